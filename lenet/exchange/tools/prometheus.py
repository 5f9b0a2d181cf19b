"""The newest figures in the text format of Prometheus: one of each label under each circumstance.

For node_exporter's textfile collector, or whatever else reads this text. What a team's server says of itself
(`/api/v1/metrics`) names no programs; these figures do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from lenet.analysis.across import figures as kept
from lenet.records import Figure, Filter

if TYPE_CHECKING:
    from lenet.store import Store

MOST = 10_000
"""So many figures are looked at, the newest; what nobody raced since is no news."""
GAUGES: Mapping[str, tuple[str, Callable[[Figure], float]]] = {
    "lenet_batch_seconds": ("Time of a batch that counts.", lambda one: one.batch_ms / 1e3),
    "lenet_batch_seconds_low": ("The lower end of its 95 % interval.", lambda one: one.low / 1e3),
    "lenet_batch_seconds_high": ("The upper end of its 95 % interval.", lambda one: one.high / 1e3),
    "lenet_batch_rounds": ("The rounds that it rests on.", lambda one: one.rounds),
    "lenet_batch_raced_timestamp_seconds": ("When it was asked for.", lambda one: one.created.timestamp()),
}


def text(store: Store) -> bytes:
    """All gauges. A label whose newest time may not be compared has none. Raises StoreError."""
    kept.fill(store)
    newest = {(one.label, one.circumstance, one.stack): one for one in store.figures(Filter(limit=MOST))}
    fit = [one for one in newest.values() if not math.isnan(one.batch_ms)]
    return "".join(f"{line}\n" for line in _lines(fit)).encode()


def _lines(figures: Iterable[Figure]) -> Iterator[str]:
    shown = list(figures)
    for name, (about, value) in GAUGES.items():
        yield f"# HELP {name} {about}"
        yield f"# TYPE {name} gauge"
        for one in shown:
            yield f"{name}{{{_labels(one)}}} {_number(value(one))}"


def _labels(one: Figure) -> str:
    named = ("label", "variant", "stack", "host", "cpu", "circumstance")
    return ",".join(f'{name}="{_quoted(str(getattr(one, name)))}"' for name in named)


def _quoted(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    return "NaN" if math.isnan(value) else repr(float(value))
