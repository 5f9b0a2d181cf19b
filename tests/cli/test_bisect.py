"""`bisect`, as a shell runs it: releases from local wheels, stacks that pip builds, races of processes that train."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lenet.bench.service import Service
from lenet.cli.main import main
from lenet.errors import StackError
from lenet.home import Home
from lenet.records import Experiment, Request
from lenet.stacks import Stack, own_stacks, release_stacks
from tests.helpers import stored, wheels

PROGRAM = """
import time

import planted
from lenet.variants.numpy_reference import LeNet as Reference

VARIANT = {"title": "Planted", "packages": ["planted"], "written_as": "control"}


class LeNet(Reference):
    def step(self, images, labels):
        began = time.perf_counter()
        loss = super().step(images, labels)
        time.sleep(planted.SHARE * (time.perf_counter() - began))  # of a busy machine's batch it is the same share
        return loss
"""
SMALL = ("--batch-size", "1", "--threads", "1", "--images-per-epoch", "100")
QUICK, SLOW = "SHARE = 0", "SHARE = 0.5"


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a variant that imports `planted`, whose 1.2 cannot be built and whose later ones sleep."""
    releases = {f"1.{minor}": QUICK if minor < 3 else SLOW for minor in range(6)}
    wheels.write(tmp_path / "wheels", "planted", {**releases, "1.6rc1": SLOW}, {"1.2": "nowhere-to-be-found"})
    wheels.only_from(tmp_path / "wheels", monkeypatch)
    folder = tmp_path / "variants"
    folder.mkdir()
    (folder / "my_planted.py").write_text(PROGRAM)
    monkeypatch.setenv("LENET_VARIANTS", str(folder))
    return folder


def bisect(*words: str) -> Result:
    return CliRunner().invoke(main, ["bisect", *words], catch_exceptions=False)


@pytest.mark.slow
def test_a_planted_slow_release_is_found_at_the_right_place_and_a_second_time_without_a_race(
    planted: Path, tmp_path: Path
) -> None:
    asked = ("planted", "1.0..2.0", "--variant", "my_planted", "--change", "10%", *SMALL)
    first = bisect(*asked, "--json", str(tmp_path / "found.json"))
    assert first.exit_code == 0, first.output
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["releases"] == ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5"]
    assert found["outcome"] == "found" and list(found["left_out"]) == ["1.2"]
    assert (found["between"]["before"], found["between"]["after"]) == ("1.1", "1.3")
    assert found["between"]["low"] > 1.1
    assert found["sentences"][0].startswith(
        "One of planted 1.2 and 1.3 is the first release that is slower: a batch of"
    )
    again = bisect(*asked, "--json", str(tmp_path / "again.json"))
    assert json.loads((tmp_path / "again.json").read_text())["experiments"] == found["experiments"]
    assert found["sentences"][0] in " ".join(again.output.split())


# What the shell does around the search, with races and stacks of a stand-in


@pytest.fixture
def standing_in(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Stacks are built at once, but for those in `fails`, and races are over at once: NumPy is slower from 2.2.0 on.

    `built` and `raced` say what was asked for.
    """
    told: dict[str, list[str]] = {"built": [], "raced": [], "fails": [], "ends": []}

    def make(home: Home, stack: Stack, say: object) -> None:
        told["built"].append(stack.name)
        for release in told["fails"]:
            if release in stack.name:
                raise StackError(f"The stack {stack.name!r} was not built (pip knows better); check its requirements.")

    def raced(service: Service, request: Request) -> Experiment:
        known = request.plan["releases"]["entries"]
        told["raced"].append(" ".join(release for _, release in known))
        times = {entry: 5.0 if release >= "2.2" else 4.0 for entry, release in known}
        status = told["ends"].pop() if told["ends"] else "finished"
        here = {**stored.MACHINE, "host": socket.gethostname()}
        return service.store.experiment(stored.add(service.store, request, times, machine=here, status=status))

    monkeypatch.setattr(release_stacks, "make", make)
    monkeypatch.setattr(release_stacks, "missing", lambda home, stack: stack.name not in told["built"])
    monkeypatch.setattr("lenet.cli.bisect.raced", raced)
    monkeypatch.setattr("lenet.cli.run.raced", raced)
    return told


NUMPY = ("numpy", "2.0.0,2.0.1,2.1.0,2.2.0,2.3.0", "--variant", "numpy_reference", "--threads", "1")
STORED = ("--images-per-epoch", str(32 * stored.BATCHES), "--rounds", "4")


def test_only_stacks_that_a_step_needs_are_built(standing_in: dict[str, list[str]]) -> None:
    done = bisect(*NUMPY, *STORED)
    assert done.exit_code == 0
    assert "numpy 2.2.0 is the first release that is slower" in " ".join(done.output.split())
    assert standing_in["raced"] == ["2.0.0 2.3.0", "2.0.0 2.1.0 2.3.0", "2.1.0 2.2.0 2.3.0"]
    assert standing_in["built"] == [f"numpy-{release}-main" for release in ("2.0.0", "2.3.0", "2.1.0", "2.2.0")]
    assert "4 stacks at most to build" in done.output


def test_a_stopped_race_is_said_and_the_next_command_goes_on(standing_in: dict[str, list[str]]) -> None:
    standing_in["ends"] += ["cancelled", "finished"]
    stopped = bisect(*NUMPY, *STORED)
    assert stopped.exit_code == 1 and "the same command goes on from here" in stopped.output
    assert bisect(*NUMPY, *STORED).exit_code == 0
    assert standing_in["raced"].count("2.0.0 2.3.0") == 1
    assert bisect(*NUMPY, *STORED, "--again").exit_code == 0
    assert standing_in["raced"].count("2.0.0 2.3.0") == 2


def test_a_release_whose_stack_cannot_be_built_is_left_out(standing_in: dict[str, list[str]]) -> None:
    standing_in["fails"] += ["2.3.0", "2.1.0"]
    done = bisect(*NUMPY, *STORED)
    assert done.exit_code == 0
    assert "2.3.0 is left out. The stack 'numpy-2.3.0-main' was not built (pip knows better)" in done.output
    assert standing_in["raced"] == ["2.0.0 2.2.0", "2.0.0 2.0.1 2.2.0"]


def test_every_release_is_raced_in_one_experiment(standing_in: dict[str, list[str]], tmp_path: Path) -> None:
    standing_in["fails"].append("2.0.1")
    done = bisect(*NUMPY, *STORED, "--all", "--json", str(tmp_path / "all.json"))
    assert done.exit_code == 0 and standing_in["raced"] == ["2.0.0 2.1.0 2.2.0 2.3.0"]
    assert "Time per release of numpy" in done.output
    changed = json.loads((tmp_path / "all.json").read_text())["releases"]["entries"]
    assert [one["release"] for one in changed if one["changed"] == "slower"] == ["2.2.0"]
    assert bisect(*NUMPY, *STORED).exit_code == 0
    assert len(standing_in["raced"]) == 1  # what one race compared, the search need not race


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("torch", "1..2", "--variant", "numpy_reference"), "numpy_reference needs numpy, not torch"),
        (("numpy", "1.0", "--variant", "numpy_reference"), "two at least are needed"),
        (("numpy", "1.0,2.0", "--variant", "nobody"), "There is no variant 'nobody'"),
        (("numpy", "1.0,2.0", "--variant", "numpy_reference", "--change", "much"), "from 0% to 100%"),
        (("numpy", "1.0,2.0", "--variant", "numpy_reference@nowhere"), "There is no stack 'nowhere'"),
        (("numpy", "1.0,2.0", "--variant", "numpy_reference", "--all", "--budget", "9m"), "A budget ends a race"),
        (("numpy", "1.0,2.0", "--variant", "numpy_reference", "--precision", "2%"), "not for both"),
        (("numpy", "1.0,2.0", "--variant", "numpy_reference", "--disk", "0.001"), "more than the 1 MB of --disk"),
        (("numpy", "1.0,2.0", "--variant", "numpy_reference", "--python", "2.7"), "the Python '2.7'"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_built(
    standing_in: dict[str, list[str]], words: tuple[str, ...], sentence: str
) -> None:
    refused = bisect(*words)
    assert refused.exit_code == 2 and sentence in " ".join(refused.output.split())
    assert standing_in["built"] == [] == standing_in["raced"]


def test_pruning_says_what_it_freed(home: Home) -> None:
    own_stacks.add(home, own_stacks.make("numpy-2.0.0-main", ["numpy==2.0.0"], made_by=release_stacks.MAKER))
    own_stacks.add(home, own_stacks.make("mine", ["numpy==2.0.0"]))
    done = CliRunner().invoke(main, ["stacks", "prune", "--days", "0"])
    assert done.exit_code == 0 and done.output == "Removed numpy-2.0.0-main: 0 MB.\n"
    assert list(own_stacks.read(home)) == ["mine"]
