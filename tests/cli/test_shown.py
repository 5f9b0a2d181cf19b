"""`--json` of the commands that list things: what they print, with keys that stay, and nothing else on stdout."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import jsonschema
import pytest
from click.testing import CliRunner, Result

from lenet.analysis import report as reports
from lenet.analysis.issue7439.answer import TODAY
from lenet.bench import exam
from lenet.cli.main import main
from lenet.home import Home
from lenet.records import Annotation
from lenet.store import Store, open_store
from tests.helpers import passing, stored

KEY = {"type": "string", "pattern": "^[a-z0-9_]+$"}
SHAPE = {
    "type": "object",
    "required": ["format", "version", "sentences", "tables"],
    "additionalProperties": False,
    "properties": {
        "format": {"const": "lenet-bench/shown"},
        "version": {"const": 1},
        "sentences": {"type": "array", "items": {"type": "string"}},
        "tables": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["title", "columns", "rows"],
                "additionalProperties": False,
                "properties": {
                    "title": {"type": "string"},
                    "columns": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["key", "name", "unit"],
                            "additionalProperties": False,
                            "properties": {
                                **{name: KEY for name in ("key", "low", "high")},
                                **{name: {"type": "string"} for name in ("name", "unit")},
                                "scale": {"type": "number"},
                                "figures": {"type": "array", "items": KEY},
                            },
                        },
                    },
                    "rows": {"type": "array", "items": {"type": "object"}},
                },
            },
        },
    },
}  # fmt: skip
"""As docs/machines.md describes it."""


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with closing(open_store(home.database_url)) as store:
        yield store


@pytest.fixture
def races(store: Store) -> list[int]:
    numbers = [stored.add_race(store, TODAY, keras, 6.1) for keras in (7.5, 7.6)]
    store.annotate(numbers[0], Annotation("Before", "", ("nightly",)))
    return numbers


def shell(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


def shown(*words: str, status: int = 0) -> dict[str, Any]:
    done = shell(*words, "--json", "-")
    assert done.exit_code == status, done.output
    values: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(values, SHAPE)
    for table in values["tables"]:
        keys = {name for one in table["columns"] for end, name in one.items() if end in ("key", "low", "high")}
        keys |= {name for one in table["columns"] for name in one.get("figures", ())}
        assert all(row.keys() == keys for row in table["rows"])
    return values


def leaves(group: click.Group) -> Iterator[click.Command]:
    for command in group.commands.values():
        if isinstance(command, click.Group):
            yield from leaves(command)
        else:
            yield command


def test_every_command_that_prints_a_table_has_the_option() -> None:
    printing = [
        one for one in leaves(main) if any(call in inspect.getsource(one.callback) for call in ("show_table", ".show("))
    ]
    assert {"list", "history", "variants", "check", "ladders", "trend", "audit", "show"} <= {
        one.name for one in printing
    }
    without = [one.name for one in printing if not any("--json" in given.opts for given in one.params)]
    assert without == []


LISTS = ("list", "history", "variants", "stacks", "stacks list", "why ladders", "token list")


@pytest.mark.parametrize("words", LISTS)
def test_it_has_what_is_printed(races: list[int], words: str) -> None:
    values, printed = shown(*words.split()), " ".join(shell(*words.split()).stdout.split())
    (table,) = values["tables"]
    for row in table["rows"]:
        first = row[table["columns"][0]["key"]]
        assert str(first) in printed
    assert all(sentence in printed for sentence in values["sentences"])
    assert bool(table["rows"]) == (words != "token list")


def test_numbers_are_numbers_and_what_is_missing_is_null(races: list[int]) -> None:
    newest, oldest = shown("list")["tables"][0]["rows"]
    assert (newest["id"], oldest["id"]) == (2, 1)
    assert (oldest["title"], oldest["tags"], newest["tags"]) == ("Before", "nightly", None)
    assert newest["batch_size"] == 32


def test_nothing_to_list_is_a_table_without_rows(home: Home) -> None:
    for words in (["list"], ["history"]):
        values = shown(*words)
        assert values["tables"][0]["rows"] == [] and len(values["sentences"]) == 1


def test_a_result_is_by_its_schema_and_sessions_have_all_digits(store: Store, races: list[int]) -> None:
    exported = json.loads(shell("export", "1").stdout)
    assert json.loads(shell("show", "1", "--json", "-").stdout) == exported
    pooled = shown("show", "1+2")
    (ratios,) = pooled["tables"]
    ratio, low, high = next(one["figures"] for one in ratios["columns"] if one["key"] == "ratio")
    (row,) = ratios["rows"]
    each = [reports.load(store, number).pairs[0].ratio for number in races]
    assert row[ratio] == pytest.approx(math.prod(each) ** 0.5, rel=1e-12)
    assert row[low] < row[ratio] < row[high] and row["ratio"].startswith(f"{row[ratio]:.2f} [")
    both = shell("show", "1+2", "--markdown", "--json", "-")
    assert both.exit_code == 2 and "leave one of the two out" in both.stderr


def test_a_file_is_written_beside_what_is_printed(races: list[int], tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    done = shell("list", "--json", str(file))
    assert done.stdout.endswith(f"Written to {file}.\n") and json.loads(file.read_text())["tables"]


def test_an_exam_that_is_failed_is_written_with_the_same_status(doubles: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exam, "sit", passing.sit)
    (row,) = shown("check", "plain")["tables"][0]["rows"]
    assert (row["variant"], row["result"]) == ("plain", "equivalent")
    (row,) = shown("check", "keras2_theano", status=1)["tables"][0]["rows"]
    assert row["difference"] is None and row["result"].startswith("unavailable")


def test_an_error_writes_nothing(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    assert shell("check", "keras_fti", "--json", str(file)).exit_code == 2
    refused = shell("list", "--json", str(tmp_path / "no" / "out.json"))
    assert (refused.exit_code, refused.stderr.count("\n"), file.exists()) == (2, 1, False)
