"""The races of the demo: whole, small, of no machine's folders, and enough for every page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lenet import demo
from lenet.analysis.issue7439 import answer
from lenet.exchange import parquet, read_parquet
from lenet.store import Store, open_store

FILES = sorted(demo.FOLDER.glob("*.parquet"))
MOST_BYTES = 3_000_000


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    database = tmp_path_factory.mktemp("demo") / "lenet.db"
    assert demo.fill(database) == len(FILES)
    with closing(open_store(database)) as store:
        yield store


def test_they_stay_small() -> None:
    assert sum(file.stat().st_size for file in FILES) < MOST_BYTES


def test_each_would_be_imported_by_anybody() -> None:
    """The demo skips this check, since it was made here."""
    assert {read_parquet(file).experiment.status for file in FILES} == {"finished"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_none_names_a_place_on_a_disk(file: Path) -> None:
    record = json.loads(pq.ParquetFile(file).metadata.metadata[parquet.KEY])
    assert "interpreter" not in record["experiment"]["machine"]
    programs = "".join(text for run in record["runs"] for text in (run["log"], run["reason"]))
    assert "/tmp/" not in programs and "/root/" not in programs


def test_the_answer_lacks_no_part_and_its_laws_hold(store: Store) -> None:
    chosen = answer.choose(store)
    assert None not in chosen
    sides = answer.gather(store, chosen)
    assert all(part.result is not None for side in sides for part in side.parts)
    laws = [side.law.result for side in sides]
    assert all(fit.holds for law in laws if law is not None for fit in law.fits.values())


def test_each_says_whose_it_is(store: Store) -> None:
    notes = store.annotations(one.id for one in store.experiments())
    assert len(notes) == len(FILES)
    assert all("not here." in note.note and "demo" in note.tags for note in notes.values())
