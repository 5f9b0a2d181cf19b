"""A race of one variant with several releases of a package: how its time went from release to release.

Such a race says in its plan, under KEY, which package it is about and which entry has which release.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from lenet import catalog
from lenet.analysis import decision, multiple, ranking, ratio_words
from lenet.analysis.bisect import Gap
from lenet.analysis.report import Report
from lenet.analysis.verdict import Pair
from lenet.catalog import Entry
from lenet.records import Request

KEY = "releases"
NAMED = re.compile(r"[\w.!+-]{1,60}", re.ASCII)


@dataclass(frozen=True)
class Release:
    """A release in a race, and the label of its runs."""

    name: str
    label: str


@dataclass(frozen=True)
class Row:
    """The releases of a race, the oldest first."""

    package: str
    raced: tuple[Release, ...]
    """Those whose time may be compared."""
    left_out: tuple[tuple[Release, str], ...]
    """The others, each with the sentence that says why."""
    steps: tuple[tuple[Release, Pair], ...]
    """Each release that surely takes another time than the one before it, and the pair of the two, the new
    one first: how many times as long it takes. One false alarm in twenty is allowed to all of them
    together."""
    report: Report

    @property
    def title(self) -> str:
        """The variant, without the stacks of its releases."""
        return catalog.title(Entry.parse((*self.raced, *(one for one, _ in self.left_out))[0].label).name)


def plan(package: str, releases: Sequence[tuple[str, str]], **more: Any) -> dict[str, Any]:
    """The plan of a race of (entry, release), the oldest first. more: what else is to be kept with it."""
    return {KEY: {"package": package, "entries": [list(one) for one in releases], **more}}


def planned(request: Request) -> tuple[Release, ...]:
    """The releases of a race, the oldest first; () for any other, and for a plan that is not well-formed: an
    imported file says what it likes."""
    found = request.plan.get(KEY)
    entries = found.get("entries") if isinstance(found, dict) and _named(found.get("package")) else None
    if not isinstance(entries, list) or not all(isinstance(one, list) and len(one) == 2 for one in entries):
        return ()
    known = [Release(name, entry) for entry, name in entries if _named(name) and entry in request.variants]
    return tuple(known) if len(known) == len(request.variants) == len({*known}) else ()


def _named(text: Any) -> bool:
    """Whether this may be the name of a package or a release."""
    return isinstance(text, str) and NAMED.fullmatch(text) is not None


def of(report: Report) -> Row | None:
    """The releases of a race; None for any other race."""
    asked = planned(report.experiment.request)
    if not asked:
        return None
    why = report.hindrances
    raced = tuple(one for one in asked if one.label not in why)
    left_out = tuple((one, why[one.label]) for one in asked if one.label in why)
    package = str(report.experiment.request.plan[KEY]["package"])
    return Row(package, raced, left_out, tuple(_steps(report, raced)), report)


def _steps(report: Report, raced: Sequence[Release]) -> Iterator[tuple[Release, Pair]]:
    neighbours = [
        (one, later, pair)
        for one, later in pairwise(raced)
        if (pair := ranking.pair_of(report, one.label, later.label)) is not None
    ]
    judged = multiple.judged([pair for _, _, pair in neighbours], report.quantile)
    for (_, later, _), pair in zip(neighbours, judged, strict=True):
        if pair.holds:
            yield later, pair if pair.slow == later.label else decision.turned(pair)


def gaps(report: Report) -> Iterator[tuple[str, str, Gap]]:
    """(earlier release, later release, how far they are apart) of all that a race compared."""
    row = of(report)
    for place, one in enumerate(row.raced if row else ()):
        for later in row.raced[place + 1 :] if row else ():
            pair = ranking.pair_of(report, one.label, later.label)
            if pair is not None and pair.low == pair.low:
                yield one.name, later.name, _gap(pair, later.label, report.experiment.id)


def _gap(pair: Pair, later: str, experiment: int) -> Gap:
    seen = pair if pair.slow == later else decision.turned(pair)
    return Gap(seen.ratio, seen.low, seen.high, pair.outcome == ratio_words.DIFFERENT, experiment, pair.verdict)


def sentences(row: Row) -> list[str]:
    """What became of the time from release to release: the first that changed it in front."""
    if len(row.raced) < 2:
        return []
    said = [f"{one.name} is {word(pair.ratio)}: {_against_the_one_before(row, one, pair)}." for one, pair in row.steps]
    if not said:
        return [_none(row)]
    first, pair = row.steps[0]
    opening = f"{row.package} {first.name} is the first release that is {word(pair.ratio)}"
    return [f"{opening}: {_against_the_one_before(row, first, pair)}.", *said[1:]]


def _against_the_one_before(row: Row, one: Release, pair: Pair) -> str:
    before = row.raced[row.raced.index(one) - 1].name
    return times(row.title, pair.ratio, pair.low, pair.high, before)


def word(ratio: float) -> str:
    """Whether what takes so many times as long is slower or faster."""
    return "slower" if ratio > 1 else "faster"


def times(title: str, ratio: float, low: float, high: float, before: str) -> str:
    """'a batch of Keras on JAX takes 1.05 [1.04, 1.06] times as long as with 3.11.3'."""
    return f"a batch of {title} takes {ratio_words.text(ratio, low, high)} times as long as with {before}"


def _none(row: Row) -> str:
    first, last = row.raced[0], row.raced[-1]
    none = f"No release of {row.package} from {first.name} to {last.name} surely takes another time than the one before"
    pair = ranking.pair_of(row.report, first.label, last.label)
    return f"{none}. {pair.verdict}" if pair else f"{none}."


def as_json(row: Row) -> dict[str, Any]:
    """The row as plain values."""
    changed = {one.name: word(pair.ratio) for one, pair in row.steps}
    return {
        "package": row.package,
        "entries": [{"release": one.name, "label": one.label, "changed": changed.get(one.name)} for one in row.raced],
        "sentences": sentences(row),
    }
