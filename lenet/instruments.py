"""The table of instruments: what an experiment can be raced for, one row each.

A row names the class that runs the instrument, the function that works out its result, and the page
that shows it; the rest of the program asks the row instead of comparing names. Runner, finding and
view are import paths that are resolved where they are used: the first paint of the app reads this
table and must not wait for NumPy.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lenet import catalog, twins
from lenet.records import Request


def _entries(request: Request) -> str:
    return _titles(catalog.labels(twins.competitors(request)))


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
    """As it stands in requests, records and addresses."""
    title: str
    about: Callable[[Request], str]
    """Says in words what an experiment raced."""
    timed: bool = True
    """Its runs are timed; those of the other instruments never are."""
    compared: bool = False
    """Its entries are compared pair by pair."""
    reports_training: bool = False
    """It reports accuracy and the cost of a start too, beside the time of a batch."""
    finding: str = ""
    """Import path of the function that makes its result from (Report, Sequence[Run]); '' where the
    report alone is the result."""
    view: str = "lenet.views.race:load"
    """Import path of the function that makes what is shown, from (Store, the experiment's
    number)."""
    runner: str = "lenet.bench.race:Race"
    """Import path of the class that runs it, made from (Experiment, Store, Home)."""

    @property
    def asks_why(self) -> bool:
        """Whether it looks for causes, beyond what the report of a race says."""
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
    """The names of the instruments whose results a page shows."""
    return tuple(one.name for one in INSTRUMENTS.values() if one.page == page)


def resolve(path: str) -> Any:
    """The object that an import path `module:name` names."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def subject(request: Request) -> str:
    """The subject of an experiment, as lists of experiments say it; for a race, only the titles."""
    kind = of(request)
    return kind.about(request) if kind is RACE else f"{kind.title}: {kind.about(request)}"
