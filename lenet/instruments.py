"""The instruments: what an experiment can be raced for, one row each.

A row says which class runs it, what reads its result out, and where that is shown; the rest of the
program asks the row, not the name. Runner and finding are import paths, resolved where they are
used: this table is read at the first paint, which waits for no NumPy.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lenet import catalog
from lenet.records import Request


def _entries(request: Request) -> str:
    return _titles(catalog.labels(request.variants))


def _ladder(request: Request) -> str:
    return str(request.plan["title"])


def _law(request: Request) -> str:
    return _titles(request.plan["variants"])


def _copies(request: Request) -> str:
    return f"{len(request.variants)} copies of {catalog.title(request.variants[0])}"


def _titles(entries: list[str]) -> str:
    return ", ".join(catalog.title(entry) for entry in entries)


@dataclass(frozen=True)
class Instrument:
    """One way to use a race, or a run that is watched instead of timed."""

    name: str
    """As requests, records and addresses have it."""
    title: str
    about: Callable[[Request], str]
    """The subject of one of its experiments, in words."""
    timed: bool = True
    """Its runs have a clock. Of the others no time is ever taken."""
    compared: bool = False
    """Its entries are compared pair by pair."""
    reports_training: bool = False
    """Accuracy and the cost of a start are asked too, not the time of a batch alone."""
    finding: str = ""
    """Makes its result from (Report, Sequence[Run]); '' where the report says it all."""
    view: str = "lenet.views.race:load"
    """Makes what page, shell and documents show of it, from (Store, the experiment's number)."""
    runner: str = "lenet.bench.race:Race"
    """The class that runs it: as `Race`, made from (Experiment, Store, Home)."""

    @property
    def asks_why(self) -> bool:
        """It looks for causes, beyond what the report of a race says."""
        return bool(self.finding)

    @property
    def page(self) -> str:
        """The page that shows its result, below `pages/`."""
        return "why" if self.asks_why else "results"


WHY = "lenet.views.why:load"
RACE = Instrument("race", "Race", _entries, compared=True, reports_training=True)
LADDER = Instrument("ladder", "Ladder", _ladder, finding="lenet.analysis.why.ladder:of_experiment", view=WHY)
LAW = Instrument("law", "Overhead law", _law, finding="lenet.analysis.why.law:of_experiment", view=WHY)
COUNTS = Instrument(
    "counts", "Counts", _entries, timed=False, finding="lenet.analysis.why.counts:of_experiment",
    view=WHY,
    runner="lenet.bench.counting:Counting",
)  # fmt: skip
PROFILE = Instrument(
    "profile", "Profile", _entries, timed=False, finding="lenet.analysis.why.profile:of_experiment",
    view=WHY,
    runner="lenet.bench.profiling:Profiling",
)  # fmt: skip
NOISE = Instrument("noise", "Noise floor", _copies, compared=True)

INSTRUMENTS: dict[str, Instrument] = {one.name: one for one in (RACE, LADDER, LAW, COUNTS, PROFILE, NOISE)}
TIMED = tuple(one.name for one in INSTRUMENTS.values() if one.timed)


def of(request: Request) -> Instrument:
    """The instrument of an experiment."""
    return INSTRUMENTS[request.instrument]


def on_page(page: str) -> tuple[str, ...]:
    """Names of the instruments whose results a page shows."""
    return tuple(one.name for one in INSTRUMENTS.values() if one.page == page)


def resolve(path: str) -> Any:
    """The object that an import path `module:name` names."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def subject(request: Request) -> str:
    """The subject of an experiment in a list of experiments; of a race the titles alone."""
    kind = of(request)
    return kind.about(request) if kind is RACE else f"{kind.title}: {kind.about(request)}"
