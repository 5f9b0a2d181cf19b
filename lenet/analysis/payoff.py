"""Work out when a costlier start (build and first batch: tracing, compiling) pays off.

Of two labels one starts D seconds later and gains G seconds per batch from then on, so it has
caught up after D / G batches. Both are known per round. The interval is Fieller's (J. Royal
Statist. Soc. B 1954): all numbers of batches x at which D - x G could be 0 by a t-test over the
rounds. It has no upper end where G could be 0 too. Builds are timed alone in a race's first round
only, so the scatter of builds is not in the interval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from lenet import catalog
from lenet.analysis import estimator
from lenet.analysis.intervals import FIXED, NAN, student
from lenet.analysis.ratio_words import rounded
from lenet.analysis.report import Report
from lenet.analysis.verdict import Pair
from lenet.analysis.words import counted, plain

AFTER, AT_ONCE, NEVER, UNKNOWN = "after", "at once", "never", "unknown"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Payoff:
    """Whether `label` pays off against `other`, and after how many batches, with the 95 % interval.

    cost_s: how much longer its build and first batch take. gain_ms: how much less each later batch
    takes. NaN where there is no such number, infinity where the interval has no upper end.
    """

    label: str
    other: str
    answer: str
    cost_s: float
    gain_ms: float
    batches_per_epoch: int
    batches: float = NAN
    low: float = NAN
    high: float = NAN

    @property
    def epochs(self) -> tuple[float, float, float]:
        """The batches and the ends of their interval, in epochs of this experiment."""
        size = self.batches_per_epoch
        return self.batches / size, self.low / size, self.high / size

    @property
    def moment(self) -> str:
        """The moment of paying off: 'after 3.2 epochs [2.9, 3.6]', 'at once', 'never' ..."""
        return _moment(self) if self.answer == AFTER else self.answer

    @property
    def sentence(self) -> str:
        """The answer in words."""
        return _SENTENCES[self.answer](self)


def payoffs(report: Report) -> list[Payoff]:
    """The payoff of each compared pair whose starts are known, in the report's order.

    Left out are pairs in which neither the starts nor the batches differ measurably.
    """
    if not report.pairs:
        return []
    finished = report.runs[report.runs["status"] == "finished"]
    steady = report.batches[report.batches["run_id"].isin(finished["run_id"])]
    times = steady.groupby(["label", "round", "slice"])["ms"].mean()
    builds = report.variants.set_index("label")["build_s"]
    firsts = finished.set_index("round").groupby("label")["first_batch_s"]
    start = {label: builds[label] + first for label, first in firsts}
    shared = report.experiment.request.settings
    quantile = report.quantile
    results = []
    for pair in report.pairs:
        cost = (start[pair.fast] - start[pair.slow]).dropna()
        gain = _by_round((times[pair.slow] - times[pair.fast]).dropna()) / 1e3
        rounds = cost.index.intersection(gain.index)
        costs, gains = cost[rounds].to_numpy(), gain[rounds].to_numpy()
        if len(rounds) and (pair.different or abs(costs.mean()) > _reach(costs, quantile)):
            per_epoch = catalog.settings_of(pair.fast, shared).batches_per_epoch
            results.append(of_rounds(pair, costs, gains, per_epoch, quantile))
    return results


def _by_round(slices: pd.Series) -> pd.Series:
    """The figure of each round, from the figures of its slices."""
    return slices.groupby(level="round").agg(lambda round: float(estimator.figure(round.to_numpy())))


def of_rounds(pair: Pair, cost: Floats, gain: Floats, per_epoch: int, quantile: float = FIXED) -> Payoff:
    """The payoff of a pair, from the figures of its rounds (R,).

    cost: seconds that the start of the faster label costs more. gain: seconds that each of its
    batches gains. The payoff is that of the slower label when its start costs more too: it never
    pays off. per_epoch: batches.
    """
    middle, worth, reach = float(cost.mean()), 1e3 * float(gain.mean()), _reach(cost, quantile)
    if pair.different is not True or worth <= 0:
        if middle < 0:
            return Payoff(pair.slow, pair.fast, UNKNOWN, -middle, -worth, per_epoch)
        return Payoff(pair.fast, pair.slow, UNKNOWN, middle, worth, per_epoch)
    if middle + reach < 0:
        return Payoff(pair.slow, pair.fast, NEVER, -middle, -worth, per_epoch)
    answer = AFTER if middle - reach > 0 else AT_ONCE
    return Payoff(pair.fast, pair.slow, answer, middle, worth, per_epoch, *_crossing(cost, gain, quantile))


def _reach(values: Floats, quantile: float) -> float:
    """Half the 95 % interval of the mean; 0 for a single value, whose scatter is unknown."""
    count = len(values)
    return student(count - 1, quantile) * math.sqrt(float(values.var(ddof=1)) / count) if count > 1 else 0.0


def _crossing(cost: Floats, gain: Floats, quantile: float) -> tuple[float, float, float]:
    """D / G with Fieller's interval, cut off at 0: the x with a x^2 - 2 b x + c <= 0.

    A single round has no interval.
    """
    count, middle = len(cost), max(float(cost.mean() / gain.mean()), 0.0)
    if count < 2:
        return middle, NAN, NAN
    (dd, dg), (_, gg) = np.cov(cost, gain) * student(count - 1, quantile) ** 2 / count
    a, c = float(gain.mean() ** 2 - gg), float(cost.mean() ** 2 - dd)
    b = float(cost.mean() * gain.mean() - dg)
    root = math.sqrt(max(b**2 - a * c, 0.0))
    low = c / (b + root) if c > 0 and b + root > 0 else 0.0
    high = max((b + root) / a, 0.0) if a > 0 else math.inf
    return middle, low, high


# In words


def _moment(payoff: Payoff) -> str:
    """The moment of paying off, in epochs from the first one on, in batches before."""
    unit, figures = "epochs", payoff.epochs
    if figures[0] < 1:
        unit, figures = "batches", (payoff.batches, payoff.low, payoff.high)
    middle, low, high = figures
    if math.isfinite(high):
        return "after {} {unit} [{}, {}]".format(*rounded(middle, low, high), unit=unit)
    least = f", at least {low:.2g}" if math.isinf(high) else ""
    return f"after about {middle:.2g} {unit}{least}"


def _after(payoff: Payoff) -> str:
    batches = f" ({plain(payoff.batches)} batches)" if payoff.epochs[0] >= 1 else ""
    return (
        f"{_who(payoff, 'pays off')} {payoff.moment}{batches}: {_starts(payoff)} longer, each later batch "
        f"{_span(payoff.gain_ms / 1e3)} less."
    )


def _at_once(payoff: Payoff) -> str:
    latest = f", or within {counted(math.ceil(payoff.high), 'batch', 'batches')}" if 0 < payoff.high < math.inf else ""
    return (
        f"{_who(payoff, 'pays off')} at once{latest}: its build and first batch take no longer that could be measured, "
        f"each later batch {_span(payoff.gain_ms / 1e3)} less."
    )


def _never(payoff: Payoff) -> str:
    return (
        f"{_who(payoff, 'never pays off')}: {_starts(payoff)} longer, and each later batch "
        f"{_span(-payoff.gain_ms / 1e3)} longer too."
    )


def _unknown(payoff: Payoff) -> str:
    return (
        f"Whether {_who(payoff, 'pays off')} cannot be told: {_starts(payoff)} longer, and no difference was measured "
        "between later batches."
    )


_SENTENCES = {AFTER: _after, AT_ONCE: _at_once, NEVER: _never, UNKNOWN: _unknown}


def _who(payoff: Payoff, verb: str) -> str:
    return f"{catalog.title(payoff.label)} {verb} against {catalog.title(payoff.other)}"


def _starts(payoff: Payoff) -> str:
    return f"its build and first batch take {_span(payoff.cost_s)}"


def _span(seconds: float) -> str:
    """'4.1 s', '12.0 ms', '680 µs'."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{plain(seconds / size, 1 if seconds < 100 * size else 0)} {unit}"
    return f"{plain(1e6 * seconds)} µs"
