"""A folder with programs in the style that people publish goes the whole way: exam, race, export."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lenet import catalog, stacks
from lenet.catalog import own
from lenet.cli.main import main
from lenet.home import open_home
from lenet.store import open_store
from tests.helpers import exams
from tests.helpers.places import ROOT

FOLDER = ROOT / "tests" / "helpers" / "strangers"
RIGHT = ("tf_data_loop", "keras_subclass", "torch_loader", "optax_state", "absl_flags", "numpy_feeder")
WRONG = "wrong_momentum"
SIZE = ["--batch-size", "8", "--images-per-epoch", "160", "--epochs", "2", "--rounds", "1", "--threads", "1"]
SIZE += ["--slice-ms", "50", "--timeout", "120"]


def lenet(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def test_the_folder_has_what_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LENET_VARIANTS", str(FOLDER))
    assert sorted(own.known()) == sorted([*RIGHT, WRONG])
    assert [variant.mistake() for variant in own.known().values() if variant.mistake()] == []


def test_the_wrong_one_is_refused_with_its_cause() -> None:
    checked = lenet("check", str(FOLDER / f"{WRONG}.py"), "--batch-size", "8")
    said = " ".join(checked.output.split())
    assert checked.exit_code == 1 and "NOT equivalent" in said
    assert "Nesterov's momentum, not the classical one" in said


@pytest.mark.slow
@pytest.mark.usefixtures("stacks_of_this_machine")
def test_all_are_examined_raced_and_exported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LENET_VARIANTS", str(FOLDER))
    there = [name for name in RIGHT if stacks.availability(catalog.variant(name)).available]
    for name in there:
        exams.need(catalog.variant(name))
    # Where DataLoader's sockets would be too long for the system.
    home = tmp_path / ("a data folder with a long name " * 3)
    home.mkdir()
    (home / "stacks").symlink_to(open_home().root / "stacks", target_is_directory=True)
    monkeypatch.setenv("LENET_HOME", str(home))
    monkeypatch.delenv("LENET_VARIANTS")

    entries = ",".join([*there, "numpy_reference"])
    raced = lenet("run", "--variants-from", str(FOLDER), "--variants", entries, *SIZE)
    assert raced.exit_code == 0, raced.output
    exported = lenet("export", "1", "--output", str(tmp_path / "out.json"))
    assert exported.exit_code == 0, exported.output
    document = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    ended = {run["label"]: (run["status"], run["batches"]) for run in document["runs"]}
    assert ended == dict.fromkeys([*there, "numpy_reference"], ("finished", 40))
    with closing(open_store(open_home().database_url)) as store:
        machine = store.experiment(1).machine
        kept = own.programs_of(machine)
        answers = store.parities(store.parity_keys(1).values()).values()
        logs = {run.label: run.log for run in store.runs(1)}
    assert all(answer.equivalent for answer in answers), "each passed its exam"
    assert {name: program["files"] for name, program in kept.items()} == {
        name: {f"{name}.py": (FOLDER / f"{name}.py").read_text(encoding="utf-8")} for name in there
    }, "its source travels with it, and what it builds on where that does not ship"
    left = {label for label, log in logs.items() if "It had not ended" in log}
    assert left == {"numpy_feeder"}, logs
