"""`backup`, `restore`, `prune` and `db` in a shell."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lenet.analysis.across import figures
from lenet.cli.main import main
from lenet.records import Filter, Request
from lenet.settings import Settings
from lenet.store import Store, schema, tables
from tests.helpers import stored

REQUEST = Request(("keras_fit", "tensorflow_graph"), Settings.parse({"rounds": 2}))
TIMES = {"keras_fit": 3.0, "tensorflow_graph": 2.0}


def shell(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def test_there_and_back_again(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored.add(store, REQUEST, TIMES)
    shown, file = shell("show", "1").output, str(tmp_path / "all.zip")
    made = shell("backup", file)
    assert made.exit_code == 0 and made.output.startswith("1 experiments with 4 runs' batches in "), made.output
    refused = shell("restore", file)
    assert refused.exit_code == 2 and "or say --replace to lose that" in refused.output
    monkeypatch.setenv("LENET_HOME", str(tmp_path / "another"))
    assert shell("restore", file).output == "Restored 1 experiments with 4 runs' batches.\n"
    assert shell("show", "1").output == shown
    assert shell("restore", file, "--replace").exit_code == 0


def test_a_folder_that_is_not_there(store: Store, tmp_path: Path) -> None:
    refused = shell("backup", str(tmp_path / "none" / "all.zip"))
    assert refused.exit_code == 2 and "There is no folder" in refused.output


def test_prune_asks_and_says_what_was_freed(store: Store) -> None:
    number = stored.add(store, REQUEST, TIMES)
    asked = CliRunner().invoke(main, ["prune", "--older-than", "0d", "--keep-figures"], input="n\n")
    assert asked.exit_code == 1 and "Remove the batches of the experiments that ended before" in asked.output
    assert len(store.batches(store.runs(number)[0].id)) > 0
    done = shell("prune", "--older-than", "0d", "--keep-figures", "--yes")
    assert done.exit_code == 0 and "The batches of 1 experiments are removed; their figures stay" in done.output
    assert len(store.batches(store.runs(number)[0].id)) == 0
    assert len(store.figures(Filter())) == 2 and store.without_figures(figures.VERSION, 9) == []
    assert "Its batches were removed on" in shell("show", str(number)).output
    export = shell("export", str(number), "--format", "parquet")
    assert export.exit_code == 2 and "export its figures as JSON or HTML" in export.output
    assert "Deleted 1 experiments as a whole" in shell("prune", "--older-than", "0d", "--yes").output
    assert store.experiments() == []


@pytest.mark.parametrize("age", ["90", "d", "-1d", "90 days", "1h"])
def test_what_is_no_age(store: Store, age: str) -> None:
    refused = shell("prune", "--older-than", age, "--yes")
    assert refused.exit_code == 2 and "is no age; write a number of days, weeks or years" in refused.output


def test_the_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    monkeypatch.setenv("LENET_DATABASE_URL", url)
    assert (
        shell("db", "status").output
        == f"The tables are at no version yet; this program works with {tables.REVISION}.\n"
    )
    assert schema.state(url) is None
    assert shell("db", "upgrade").output == f"Upgraded from nothing; the tables are at {tables.REVISION}.\n"
    assert shell("db", "upgrade").output.startswith("They were up to date")
    assert schema.state(url) == tables.REVISION
