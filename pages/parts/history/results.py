"""The results of the listed experiments, read a few at a time, so that the list stands at once."""

import time
from collections.abc import Sequence

import streamlit as st

from lenet import instruments
from lenet.analysis import report as reports
from lenet.analysis.across import brief
from lenet.bench.queue import Queue
from lenet.records import UNFINISHED, Experiment
from pages.parts import errors

READING, STEP = 0.5, 1.0
"""Seconds that a view spends on missing results, and seconds between further steps of reading."""
KINDS = (instruments.RACE.name, instruments.LADDER.name)


@st.cache_resource(show_spinner=False)
def _read(database: str) -> dict[tuple[int, str], str]:
    """The results read so far, of all sessions. An ended experiment never changes."""
    return {}


def known(service: Queue, listed: Sequence[Experiment]) -> dict[int, str]:
    """The results by number, as far as they are read; some more are read meanwhile.

    Reading would disturb a race: while one runs nothing is read.
    """
    read, until = _read(str(service.home.database_url)), time.monotonic() + READING
    for one in _missing(read, listed):
        if time.monotonic() > until or service.unfinished():
            break
        read[one.id, one.uid] = brief.of(reports.load(service.store, one.id))
    return {one.id: read[one.id, one.uid] for one in listed if (one.id, one.uid) in read}


def watch(service: Queue, listed: Sequence[Experiment]) -> None:
    """Read on while the page is open, and draw it again with what was read."""
    if _missing(_read(str(service.home.database_url)), listed) and not service.unfinished():
        _go_on(service, listed)


@st.fragment(run_every=STEP)
def _go_on(service: Queue, listed: Sequence[Experiment]) -> None:
    with errors.shown():
        missing = len(_missing(_read(str(service.home.database_url)), listed))
        known(service, listed)
        if len(_missing(_read(str(service.home.database_url)), listed)) < missing:
            st.rerun()


def _missing(read: dict[tuple[int, str], str], listed: Sequence[Experiment]) -> list[Experiment]:
    wanted = [one for one in listed if one.request.instrument in KINDS and one.status not in UNFINISHED]
    return [one for one in wanted if (one.id, one.uid) not in read]
