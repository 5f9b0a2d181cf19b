"""`bisect`, as a shell runs it: releases from local wheels, stacks that pip builds, races of processes that train."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lenet.cli.main import main
from tests.helpers import wheels

PROGRAM = """
import planted
from lenet.variants.numpy_reference import LeNet as Reference
from lenet.variants.numpy_reference import gradients

VARIANT = {"title": "Planted", "packages": ["planted"], "written_as": "control"}


class LeNet(Reference):
    def step(self, images, labels):
        for _ in range(planted.IN_VAIN):
            gradients(self.weights(), images, labels)
        return super().step(images, labels)
"""
SMALL = ("--batch-size", "1", "--threads", "1", "--images-per-epoch", "100")
QUICK, SLOW = "IN_VAIN = 0", "IN_VAIN = 1"


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a variant that imports `planted`, whose 1.2 cannot be built and whose later ones compute twice."""
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
