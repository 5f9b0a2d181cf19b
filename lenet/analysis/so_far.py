"""Work out what a race knows while it runs: the ratio of its slowest and its fastest variant, and
how its interval shrank.

Whoever watches looks at every moment, and a moment flatters an interval. So these intervals are made
with the quantile for races that are looked at (`precision`). The result of a race whose rounds were
set beforehand needs no such allowance and is narrower.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from lenet import catalog, instruments, twins
from lenet.analysis import decision, twin_words, verdict
from lenet.analysis.intervals import LOOKED, Interval, log_interval
from lenet.analysis.noise import measured
from lenet.analysis.noise.measured import Floor
from lenet.analysis.steady import slice_means, steady
from lenet.analysis.verdict import Floats, Pair, Slices
from lenet.records import Experiment, Run
from lenet.settings import Settings

if TYPE_CHECKING:
    from lenet.analysis.growing.run import GrowingRun
    from lenet.analysis.report import Report
    from lenet.store import Store

FEWEST = 3
"""The slices that both runs must have in the running round before it counts as a round."""
MOST = 1000
"""The most slices of a round that a look compares: of more, neighbours are averaged."""
BACK = (1.0, 0.5, 0.25)
"""How long before now the earlier looks were, in rounds."""

USUAL = Settings()

BySlice = Mapping[str, Slices]
"""Label -> round -> mean batch time of each slice in ms."""


@dataclass(frozen=True)
class SoFar:
    """The widest pair of a race as it is known now, and its intervals at earlier looks.

    past: oldest first. An interval of one round does not hold how far processes differ, so it is
    never the past of an interval of several.
    """

    pair: Pair
    past: tuple[Interval, ...] = ()
    cuts: tuple[float, ...] = ()
    """The ratios of the lines that the race is to decide."""
    twin: Pair | None = None
    """The ratio of its twin to its first entry: what this race calls equal."""


def load(store: Store, experiment: Experiment, now: Sequence[GrowingRun], runs: Sequence[Run]) -> SoFar | None:
    """The widest pair of an experiment; None while no ratio is known, and where none is asked for.

    now: the runs of its newest round, with what they have trained by now; () for a race that has
    ended. runs: all of its runs. Raises StoreError.
    """
    if not instruments.of(experiment.request).compared:
        return None
    equal = _equivalent(store, store.parity_keys(experiment.id))
    newest = max((run.run.round for run in now), default=0)
    slices: dict[str, dict[int, Floats]] = {label: {} for label in equal}
    for run in runs:
        if run.label in equal and run.status == "finished" and run.round != newest:
            slices[run.label][run.round] = _of_ended(store, run.id, run.ended, run.label, experiment.request.settings)
    for one in now:
        if one.run.label in equal and one.run.status in ("running", "finished"):
            slices[one.run.label][newest] = one.slices.means()
    runs_on = any(one.run.status == "running" for one in now)
    twin, running, settings = twins.label(experiment.request), newest if runs_on else 0, experiment.request.settings
    coarse = _coarse(slices)
    competitors = {label: own for label, own in coarse.items() if label != twin}
    known = of(competitors, running, _floors(store, experiment.id), settings)
    return known and replace(known, twin=_with_itself(coarse, twin, running, settings) if twin in coarse else None)


def _with_itself(slices: BySlice, twin: str, running: int, settings: Settings) -> Pair | None:
    """The pair of a twin and its first; None while they have no slices together."""
    first = str(catalog.Entry.parse(twin).without_copy)
    a, b = (_counted(slices.get(label, {}), running) for label in (twin, first))
    pair = verdict.compare(twin, first, a, b, quantile=_looked(settings, len(a.keys() & b.keys())))
    return pair and twin_words.to_first(pair, twin)


def at_the_end(report: Report, store: Store) -> SoFar | None:
    """The widest pair of a race that has ended, as its result has it; None without a pair.

    Raises StoreError.
    """
    widest = max(report.pairs, key=lambda pair: pair.ratio, default=None)
    if widest is None:
        return None
    looked = load(store, report.experiment, (), store.run_states(report.experiment.id))
    same = looked is not None and (looked.pair.slow, looked.pair.fast) == (widest.slow, widest.fast)
    cuts = tuple(decision.cuts(report.experiment.request.settings.lines))
    twin = report.twin and twin_words.to_first(report.twin, twins.label(report.experiment.request))
    return SoFar(widest, looked.past if looked and same else (), cuts, twin)


def _coarse(slices: BySlice) -> BySlice:
    """The slices, neighbours averaged where a round has more than MOST: the same number of them in
    all rounds, so that those of two runs still lie side by side."""
    longest = max((len(own) for rounds in slices.values() for own in rounds.values()), default=0)
    joined = -(-longest // MOST)
    if joined <= 1:
        return slices
    return {
        label: {number: _averaged(own, joined) for number, own in rounds.items()} for label, rounds in slices.items()
    }


def _averaged(own: Floats, joined: int) -> Floats:
    whole = len(own) // joined * joined
    return own[:whole].reshape(-1, joined).mean(axis=1) if whole else own[:0]


def of(
    slices: BySlice,
    running: int = 0,
    floors: Mapping[str, Floor] | None = None,
    settings: Settings = USUAL,
) -> SoFar | None:
    """The pair that is farthest apart; None while no two labels have slices together.

    running: the round that is not over yet; 0 for none. settings: those of the race.
    """
    ends = _ends({label: _counted(own, running) for label, own in slices.items()})
    if ends is None:
        return None
    a, b = (_counted(slices[label], running) for label in ends)
    rounds = len(a.keys() & b.keys())
    pair = verdict.compare(*ends, a, b, verdict.usable(floors or {}, *ends), _looked(settings, rounds))
    if pair is None:
        return None
    if decision.too_early(pair, settings.lines):
        pair = replace(pair, different=None)
    past = _past(slices[pair.slow], slices[pair.fast], pair, running, settings)
    return SoFar(pair, tuple(past), tuple(decision.cuts(settings.lines)))


def _ends(slices: BySlice) -> tuple[str, str] | None:
    """The slowest and the fastest of the labels that share a round and have the same settings of
    their own."""
    pairs = [
        (a, b)
        for a, b in combinations(slices, 2)
        if catalog.overrides(a) == catalog.overrides(b) and slices[a].keys() & slices[b].keys()
    ]
    return max(pairs, key=lambda pair: _distance(slices, *pair), default=None)


def _distance(slices: BySlice, a: str, b: str) -> float:
    """How far apart two labels are, in logarithms of their typical slice."""
    shared = slices[a].keys() & slices[b].keys()
    return abs(float(np.mean([np.log(np.median(slices[a][r]) / np.median(slices[b][r])) for r in shared])))


def _counted(slices: Slices, running: int) -> Slices:
    """The rounds that count: those with a slice, and the running one once it has FEWEST."""
    return {number: own for number, own in slices.items() if len(own) >= (FEWEST if number == running else 1)}


def _past(slow: Slices, fast: Slices, now: Pair, running: int, settings: Settings) -> Iterator[Interval]:
    """The intervals that were known BACK rounds ago, without those that say the same as a later
    one."""
    length = max(map(len, slow.values()))
    seen = {(now.low, now.high)}
    looks = []
    for back in sorted(BACK):
        then = _interval(_before(slow, back * length, running), _before(fast, back * length, running), settings)
        if (then.rounds > 1) == (now.rounds > 1) and not np.isnan(then.low) and (then.low, then.high) not in seen:
            seen.add((then.low, then.high))
            looks.append(then)
    yield from reversed(looks)


def _before(slices: Slices, drop: float, running: int) -> Slices:
    """The rounds that counted before the last `drop` slices were trained."""
    kept, left = dict(slices), max(round(drop), 1)
    for number in sorted(slices, reverse=True):
        taken = min(left, len(slices[number]))
        kept[number], left = slices[number][: len(slices[number]) - taken], left - taken
        if not left:
            return _counted(kept, number if taken else running)
    return {}


def _interval(slow: Slices, fast: Slices, settings: Settings) -> Interval:
    shared = sorted(slow.keys() & fast.keys())
    ratios = [verdict.paired(slow[number], fast[number]) for number in shared]
    return log_interval(ratios, _looked(settings, len(shared)))


def _looked(settings: Settings, rounds: int) -> float:
    """The quantile for a look at a race that goes on."""
    return decision.of_race(settings, rounds) if settings.decide else LOOKED


def exams(store: Store, experiment: Experiment) -> tuple[int, int] | None:
    """How many labels compute what the reference computes, of how many; None before that is known.

    Raises StoreError.
    """
    keys = store.parity_keys(experiment.id)
    return (len(_equivalent(store, keys)), len(experiment.request.variants)) if keys else None


def _equivalent(store: Store, keys: Mapping[str, str]) -> set[str]:
    """The labels that passed their exam: only their times may be compared. keys: label -> key."""
    answers = store.parities(keys.values())
    return {label for label, key in keys.items() if key in answers and answers[key].equivalent}


# What does not change while a race runs is read once


@lru_cache(maxsize=64)
def _floors(store: Store, experiment_id: int) -> Mapping[str, Floor]:
    return measured.floors(store, store.experiment(experiment_id))


@lru_cache(maxsize=4096)
def _of_ended(store: Store, run_id: int, ended: datetime | None, label: str, settings: Settings) -> Floats:
    """The slices of a run that has ended; `ended` tells apart runs that bear the same number."""
    return _means(store.batches(run_id), label, settings)


def _means(rows: npt.NDArray[np.void], label: str, settings: Settings) -> Floats:
    return slice_means(steady(rows, catalog.settings_of(label, settings)))
