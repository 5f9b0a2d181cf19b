"""What is known of the causes of a pair's gap: the ladders, laws and counts that were raced of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lenet import catalog, instruments, requests
from lenet.analysis.why.findings import Findings, newest
from lenet.catalog import Entry, Ladder
from lenet.records import Experiment

if TYPE_CHECKING:
    from lenet.store import Store

Read = Callable[[Experiment], Findings]


@dataclass(frozen=True)
class Causes:
    """For two entries: the ladder between them, its newest result, and what else was measured."""

    slow: str
    fast: str
    ladder: Ladder | None
    """The catalogue's ladder between the two, in either direction."""
    climbed: Findings | None
    """The newest finished ladder between the two on the same machine."""
    law: int | None
    """The newest finished law of both; `counts`: the newest finished counts of either."""
    counts: int | None


def of(store: Store, slow: str, fast: str, host: str, read: Read) -> Causes:
    """What is known of the gap between two labels on the machine `host`.

    read: the findings of an experiment. Raises StoreError.
    """
    wanted = _entry(slow), _entry(fast)
    climbed = next(_climbs(store, wanted, host), None)
    law = next((e.id for e in _finished(store, "law") if {*wanted} <= {*ends(e)}), None)
    counts = newest(store, instruments.COUNTS.name, wanted)
    return Causes(*wanted, between(*wanted), read(climbed) if climbed else None, law, counts)


def between(one: str, other: str) -> Ladder | None:
    """The catalogue's ladder between two entries, in either direction; None without one."""
    return next((ladder for ladder in catalog.LADDERS.values() if {ladder.start, ladder.end} == {one, other}), None)


def newest_of(store: Store, instrument: str, one: str, other: str) -> Experiment | None:
    """The newest experiment of an instrument that is about both entries; None without one."""
    every = store.experiments(instruments=(instrument,))
    return next((experiment for experiment in every if {one, other} <= {*ends(experiment)}), None)


def ends(experiment: Experiment) -> tuple[str, ...]:
    """The entries that an experiment is about: a ladder's two ends, a law's variants, else all."""
    request = experiment.request
    if instruments.of(request) is instruments.LADDER:
        raced = requests.ladder_of(experiment)
        return raced.start, raced.end
    if instruments.of(request) is instruments.LAW:
        return tuple(request.plan["variants"])
    return request.variants


def _entry(label: str) -> str:
    """The entry of a label, without its copy and its own settings: instruments have their own."""
    return str(Entry.parse(label).without_settings)


def _climbs(store: Store, wanted: tuple[str, str], host: str) -> Iterator[Experiment]:
    for experiment in _finished(store, instruments.LADDER.name):
        if {*ends(experiment)} == {*wanted} and experiment.machine.get("host", "") == host:
            yield experiment


def _finished(store: Store, instrument: str) -> Iterator[Experiment]:
    return (one for one in store.experiments(instruments=(instrument,)) if one.status == "finished")
