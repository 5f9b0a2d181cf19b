"""Batches that took no time by the clock of their record: left out, said so, and never a fault."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lenet import catalog, requests
from lenet.cli.main import main
from lenet.home import Home
from lenet.records import Request
from lenet.settings import Settings
from lenet.store import Store, open_store
from tests.helpers import stored
from tests.helpers.tapes import Rows, raced

PAIR = ("tensorflow_graph", "keras_fit")


def race(**settings: Any) -> Request:
    return Request(PAIR, Settings.parse({"rounds": 3, "epochs": 2, **settings}))


REQUESTS: dict[str, Request] = {
    "race": race(),
    "one round": race(rounds=1),
    "one after the other": race(slice_ms=0),
    "waited per epoch": race(sync="epoch"),
    "precise": race(precision=0.02),
    "law": requests.law_request(PAIR, (1, 4, 16, 64), {"rounds": 3}),
    "ladder": requests.ladder_request(catalog.ladder("today"), {"rounds": 3}),
    "noise": requests.noise_request("keras_fit", 4, {"rounds": 3}),
}


def stands_still(rows: Rows) -> None:
    rows["start"] = rows["end"] = rows["start"][0]


def ticks_between_batches(rows: Rows) -> None:
    rows["end"] = rows["start"]


def ticks_every_other_batch(rows: Rows) -> None:
    rows["end"][::2] = rows["start"][::2]


def ticks_late(rows: Rows) -> None:
    """The first slices are shorter than a tick."""
    rows["end"][:60] = rows["start"][:60] = rows["start"][0]


CLOCKS = [stands_still, ticks_between_batches, ticks_every_other_batch, ticks_late]


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with closing(open_store(home.database_url)) as opened:
        yield opened


def add(store: Store, request: Request, clock: Callable[[Rows], None], every: int) -> int:
    """An experiment in which this clock timed every so many-th run."""
    made: list[Rows] = []

    def timed(ms: Any, length: int) -> Rows:
        made.append(raced(ms, length))
        if not len(made) % every:
            clock(made[-1])
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored, "raced", timed)
        return stored.add(store, request, lambda entry: 2.0)


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize(("name", "every"), [("race", 1), *((name, 2) for name in REQUESTS)])
def test_everything_that_is_worked_out_can_be_without_a_warning(
    store: Store, tmp_path: Path, name: str, clock: Callable[[Rows], None], every: int
) -> None:
    number = str(add(store, REQUESTS[name], clock, every))
    for words in (
        ["show", number],
        ["show", number, "--markdown"],
        ["export", number],
        ["export", number, "--format", "parquet", "--output", str(tmp_path / "x.parquet")],
        ["trend", "keras_fit"],
        ["compare", f"{number}:{PAIR[0]}", f"{number}:{PAIR[1]}"],
    ):
        result = CliRunner().invoke(main, words)
        assert result.exception is None or isinstance(result.exception, SystemExit), (words, result.exception)
        assert "Warning" not in result.output and "inf" not in result.output.split()


def test_a_clock_that_stands_still_is_said_and_is_no_short_run(store: Store) -> None:
    number = add(store, race(), stands_still, 1)
    said = " ".join(CliRunner().invoke(main, ["show", str(number)]).output.split())
    assert "has batches that took no time by the clock of its record" in said
    assert "trained too few batches" not in said


def test_slices_that_were_timed_still_give_the_ratio(store: Store) -> None:
    number = add(store, race(), ticks_late, 1)
    (pair,) = json.loads(CliRunner().invoke(main, ["export", str(number)]).output)["pairs"]
    assert pair["ratio"] == pytest.approx(1, abs=0.1) and pair["low"] < 1 < pair["high"]
