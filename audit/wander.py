"""`python -m audit.wander [--turn MS]`: how far batches differ by how far apart they are, and what a
pause costs the first ones.

Races three frameworks in long turns. The first table is why turns are short: it says how a machine's
speed wanders. The second is why they are no shorter: it says which batches after a pause are slow. The
third is what short turns make of a ratio: the batches that count in a turn of six against the later half
of a long turn, as a bare loop trains them, in two programs at once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from audit import words
from lenet import catalog
from lenet.analysis.intervals import Interval, log_interval
from lenet.analysis.steady import RESUME_DROP, SHORT_DROP, WARMUP, Rows, milliseconds, stretches
from lenet.bench.service import Service
from lenet.home import Home
from lenet.records import Request
from lenet.settings import Settings

VARIANTS = ("tensorflow_function", "pytorch_eager", "jax_jit")
SETTINGS = {"batch_size": 8, "images_per_epoch": 16_000, "rounds": 3, "threads": 1, "cores": 2}
APART = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""The borders of the distances in time, in s."""
PLACES = (0, 1, 2, 3, 4, 5, 6, 8, 12, 20, 40, 80)
"""The borders of the groups of batches after a pause, the first batch being 0."""
NORMAL = 1.4826
"""A standard deviation in median absolute deviations, of a normal distribution."""

Floats = npt.NDArray[np.float64]


@click.command()
@click.option("--turn", default=100, show_default=True, help="How long a turn lasts, in ms.")
def main(turn: int) -> None:
    """Race, and print the tables."""
    with tempfile.TemporaryDirectory(prefix="lenet-bench-") as folder:
        service = Service(Home(Path(folder)))
        try:
            number = service.submit(Request(VARIANTS, Settings.parse({**SETTINGS, "slice_ms": turn})))
            service.wait(number)
            runs = {name: [] for name in VARIANTS}  # type: dict[str, list[Rows]]
            for run in service.store.runs(number):
                runs[run.label].append(service.store.batches(run.id))
        finally:
            service.close()
    print(
        "\n".join(
            [
                words.head(f"python -m audit.wander --turn {turn}"),
                "",
                *_distances(runs),
                "",
                *_places(runs),
                "",
                *_biases(runs),
            ]
        )
    )


def by_distance(runs: Iterable[Rows]) -> Floats:
    """The robust standard deviation of a batch, as a share of its time, from the differences of two that
    begin so far apart: one figure per distance of APART (7,), mean over runs; NaN where no two do."""
    found = np.array([_by_distance(rows) for rows in runs])
    known = (~np.isnan(found)).sum(axis=0)
    return np.asarray(np.divide(np.nansum(found, axis=0), known, out=np.full(len(known), np.nan), where=known > 0))


def _by_distance(rows: Rows) -> list[float]:
    stretch = stretches(rows)
    number = np.arange(len(rows))
    keep = (number >= WARMUP) & (number - np.searchsorted(stretch, stretch) >= RESUME_DROP)
    begin, logs = rows["start"][keep] / 1e9, np.log(milliseconds(rows)[keep])
    one, other = np.triu_indices(len(logs), 1)
    apart, differ = begin[other] - begin[one], np.abs(logs[other] - logs[one])
    inside = [(apart >= low) & (apart < high) for low, high in pairwise(APART)]
    return [NORMAL * float(np.median(differ[pairs])) / np.sqrt(2) if pairs.any() else np.nan for pairs in inside]


def by_place(runs: Iterable[Rows]) -> Floats:
    """By how much longer each group of batches after a pause took than the later half of its turn
    (len(PLACES) - 1,): the median over turns as a share, mean over runs; NaN where no turn's first half
    is so long."""
    return np.asarray(np.mean([_by_place(rows) for rows in runs], axis=0))


def _by_place(rows: Rows) -> Floats:
    turns = _whole(rows)
    half = turns.shape[1] // 2
    later = np.median(turns[:, half:], axis=1)
    groups = [slice(first, end) if end <= half else None for first, end in pairwise(PLACES)]
    found = [np.median(turns[:, group], axis=1) / later - 1 if group else [np.nan] for group in groups]
    return np.array([np.median(shares) for shares in found])


def _whole(rows: Rows) -> Floats:
    """The times of the batches of the turns of the usual length, in ms (turns, batches of a turn)."""
    stretch, ms = stretches(rows), milliseconds(rows)
    sizes = np.bincount(stretch)
    firsts = np.cumsum(sizes) - sizes
    usual = int(np.median(sizes))
    whole = [turn for turn in range(1, len(sizes)) if sizes[turn] == usual and firsts[turn] >= WARMUP]
    return np.array([ms[firsts[turn] : firsts[turn] + usual] for turn in whole])


def bias(one: Sequence[Rows], other: Sequence[Rows]) -> Interval:
    """By how much turns of six change the ratio of `one` to `other`, runs of the same rounds: 1 for not
    at all. The interval is over rounds and turns."""
    shares = [(_flattered(_whole(a)), _flattered(_whole(b))) for a, b in zip(one, other, strict=True)]
    return log_interval([a[: len(b)] / b[: len(a)] for a, b in shares])


def _flattered(turns: Floats) -> Floats:
    """The time of the batches that count in a turn of six, as a share of those of the turn's later half
    (turns,)."""
    counted = turns[:, SHORT_DROP : 2 * SHORT_DROP].mean(axis=1)
    return np.asarray(counted / turns[:, turns.shape[1] // 2 :].mean(axis=1))


def _distances(runs: dict[str, list[Rows]]) -> list[str]:
    heads = [f"{low:g} to {high:g} s" for low, high in pairwise(APART)]
    return _table(["two batches apart by", *heads], {name: by_distance(own) for name, own in runs.items()})


def _places(runs: dict[str, list[Rows]]) -> list[str]:
    heads = [f"{first + 1}." if end == first + 1 else f"{first + 1}. to {end}." for first, end in pairwise(PLACES)]
    return _table(["batch after a pause", *heads], {name: by_place(own) for name, own in runs.items()})


def _biases(runs: dict[str, list[Rows]]) -> list[str]:
    lines = ["| a ratio by turns of six / by long turns | measured [95 %] |", "| --- | --- |"]
    for one, other in combinations(runs, 2):
        found = bias(runs[one], runs[other])
        figures = f"{found.estimate:.3f} [{found.low:.3f}, {found.high:.3f}]"
        lines.append(f"| {catalog.title(one)} to {catalog.title(other)} | {figures} |")
    return lines


def _table(heads: Sequence[str], rows: dict[str, Floats]) -> list[str]:
    lines = [f"| {' | '.join(heads)} |", f"| {' | '.join(['---'] * len(heads))} |"]
    for name, shares in rows.items():
        cells = ["–" if np.isnan(share) else f"{100 * share:.1f} %" for share in shares]
        lines.append(f"| {catalog.title(name)} | {' | '.join(cells)} |")
    return lines


if __name__ == "__main__":
    main()
