"""An experiment for github-action-benchmark, as its `customSmallerIsBetter` reads it.

Times of a shared runner change from hour to hour with the machine. What a label takes against the first one
that was named, a yardstick, does so far less: so each file has both, and alarms belong on the ratios.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from lenet.analysis.verdict import Pair
from lenet.exchange.tools.chosen import MEANING, Chosen, as_bytes, choose
from lenet.forms import Wanted

if TYPE_CHECKING:
    from lenet.store import Store


def benchmarks(store: Store, wanted: Wanted) -> bytes:
    """The content of the file that the action is given as `output-file-path`."""
    chosen = choose(store, wanted)
    against = [_ratio(pair, chosen) for pair in chosen.report.pairs if _about(pair, chosen)]
    return as_bytes([*(_time(chosen, label) for label in chosen.labels), *against])


def _time(chosen: Chosen, label: str) -> dict[str, Any]:
    row = chosen.figures(label)
    return {
        "name": label,
        "unit": "ms per batch",
        "value": row["batch_ms"],
        **_range(row["batch_low"], row["batch_high"]),
        "extra": f"Of a batch: {MEANING}; {row['rounds']} rounds; experiment {chosen.report.experiment.id}",
    }


def _yardstick(chosen: Chosen) -> str:
    return chosen.report.experiment.request.variants[0]


def _about(pair: Pair, chosen: Chosen) -> bool:
    """Whether it has the yardstick, and one of the labels that are told."""
    both = {pair.slow, pair.fast}
    return _yardstick(chosen) in both and bool(both & ({*chosen.labels} - {_yardstick(chosen)}))


def _ratio(pair: Pair, chosen: Chosen) -> dict[str, Any]:
    yardstick = _yardstick(chosen)
    turned = pair.slow == yardstick
    ratio, low, high = pair.ratio, pair.low, pair.high
    if turned:
        ratio, low, high = 1 / ratio, 1 / high, 1 / low
    return {
        "name": f"{pair.fast if turned else pair.slow} / {yardstick}",
        "unit": "times as long",
        "value": ratio,
        **_range(low, high),
        "extra": f"{pair.rounds} rounds, in turns; experiment {chosen.report.experiment.id}",
    }


def _range(low: float, high: float) -> dict[str, str]:
    """The 95 % interval as the action shows it; nothing where a single slice was timed."""
    return {"range": f"95 % [{low:.4g}, {high:.4g}]"} if math.isfinite(high - low) else {}
