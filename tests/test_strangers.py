"""Six programs in the style that people publish go the whole way: exam, race, export."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from lenet import catalog
from lenet.cli.main import main
from lenet.home import open_home
from lenet.store import open_store
from tests.helpers import exams

TF = ("keras", "tensorflow")
PROGRAMS = (
    catalog.Variant("tf_data_loop", "tf.data loop", TF, owns_loop=True),
    catalog.Variant("keras_subclass", "Keras subclass", TF, owns_loop=True, running_loss=True),
    catalog.Variant("torch_loader", "DataLoader with workers", ("torch",), "torch", owns_loop=True),
    catalog.Variant("optax_state", "Optax", ("jax", "optax"), "jax"),
    catalog.Variant("absl_flags", "absl's flags", ("absl-py",)),
    catalog.Variant("numpy_feeder", "NumPy with a feeder", ("numpy",), owns_loop=True),
)
SIZE = ["--batch-size", "8", "--images-per-epoch", "160", "--epochs", "2", "--rounds", "1", "--threads", "1"]
SIZE += ["--slice-ms", "50", "--timeout", "120"]


@pytest.mark.slow
@pytest.mark.usefixtures("stacks_of_this_machine")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_it_is_examined_raced_and_exported(
    program: catalog.Variant, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module = f"tests.helpers.strangers.{program.name}"
    variant = catalog.Variant(**{**vars(program), "module": module, "environment": {"KERAS_BACKEND": "tensorflow"}})
    monkeypatch.setitem(catalog.VARIANTS, program.name, variant)
    exams.need(variant)
    # Where DataLoader's sockets would be too long for the system.
    home = tmp_path / ("a data folder with a long name " * 3)
    home.mkdir()
    (home / "stacks").symlink_to(open_home().root / "stacks", target_is_directory=True)
    monkeypatch.setenv("LENET_HOME", str(home))

    checked = CliRunner().invoke(main, ["check", program.name, "--batch-size", "8"])
    assert checked.exit_code == 0, checked.output
    raced = CliRunner().invoke(main, ["run", "--variants", f"{program.name},numpy_reference", *SIZE])
    assert raced.exit_code == 0, raced.output
    exported = CliRunner().invoke(main, ["export", "1", "--output", str(tmp_path / "out.json")])
    assert exported.exit_code == 0, exported.output
    runs = {run["label"]: run for run in json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["runs"]}
    assert {label: (run["status"], run["batches"]) for label, run in runs.items()} == {
        program.name: ("finished", 40),
        "numpy_reference": ("finished", 40),
    }
    store = open_store(open_home().database_url)
    logs = {run.label: run.log for run in store.runs(1)}
    store.close()
    ended_by_us = "It had not ended" in logs[program.name]
    assert ended_by_us == (program.name == "numpy_feeder"), logs
