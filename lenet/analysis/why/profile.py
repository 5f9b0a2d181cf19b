"""Where a batch's time goes: the stacks that were sampled as a tree, each frame with its layer, and
one sentence."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lenet import catalog
from lenet.analysis.report import Report
from lenet.analysis.why import layers
from lenet.analysis.words import counted
from lenet.records import Run

SMALLEST = 0.005
"""Share of all samples below which a frame is not drawn apart."""
SMALL = "other"
OURS = (" (lenet/worker/", "(runpy.py", "(<frozen runpy>")
COLUMNS = ["id", "parent", "label", "layer", "share", "samples"]
MOST_NAMED = 3

Path = tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """One run's samples. Shares are of all samples of the training thread, from 0 to 1."""

    label: str
    samples: int
    nodes: pd.DataFrame
    """COLUMNS: a tree for an icicle; the root's parent is ''. A frame's share has that of all it
    called in it."""
    layers: pd.DataFrame
    """layer, share, samples, error (of the share, one standard deviation): where the samples'
    innermost frames lay."""
    sentence: str


def of_experiment(report: Report, runs: Sequence[Run]) -> tuple[Profile, ...]:
    """The result of an experiment of the instrument `profile`, run by run."""
    return tuple(build(run) for run in runs)


def build(run: Run) -> Profile:
    """The profile that a run of the instrument `profile` took; without nodes when nothing was
    sampled."""
    stacks = list(_stacks(run.evidence)) if run.evidence else []
    total = sum(samples for _, samples in stacks)
    table = _layers(stacks, total)
    return Profile(run.label, total, _nodes(run.label, stacks, total), table, _sentence(run, table, total))


def _stacks(evidence: dict[str, Any]) -> Iterator[tuple[Path, int]]:
    """(frames without our own, outermost first; samples) of each stack."""
    frames = evidence["frames"]
    for samples, places in evidence["stacks"]:
        names = (frames[place] for place in places)
        yield tuple(name for name in names if not any(ours in name for ours in OURS)), samples


def _layers(stacks: list[tuple[Path, int]], total: int) -> pd.DataFrame:
    counts: Counter[str] = Counter()
    for path, samples in stacks:
        counts[_innermost(path)] += samples
    rows = [(layer, n / total, n, math.sqrt(n * (total - n) / total**3)) for layer, n in counts.most_common()]
    return pd.DataFrame(rows, columns=["layer", "share", "samples", "error"])


def _innermost(path: Path) -> str:
    """The layer that works: a function of Python's own library works for whoever called it."""
    for frame in reversed(path):
        layer = layers.of(frame)
        if layer != layers.PYTHON:
            return layer
    return layers.PYTHON


def _nodes(label: str, stacks: list[tuple[Path, int]], total: int) -> pd.DataFrame:
    counts: Counter[Path] = Counter()
    for path, samples in stacks:
        for depth in range(1, len(path) + 1):
            counts[path[:depth]] += samples
    if not total:
        return pd.DataFrame(columns=COLUMNS)
    large = {path: n for path, n in counts.items() if n >= SMALLEST * total}
    ids = {path: str(number) for number, path in enumerate(large, start=1)}
    rows = [("0", "", catalog.title(label), layers.PROGRAM, 1.0, total)]
    for path, n in large.items():
        rows.append((ids[path], ids.get(path[:-1], "0"), path[-1], layers.of(path[-1]), n / total, n))
    return pd.DataFrame(rows + _small(counts, large, ids, total), columns=COLUMNS)


def _small(
    counts: Counter[Path], large: dict[Path, int], ids: dict[Path, str], total: int
) -> list[tuple[str, str, str, str, float, int]]:
    """One node for the small frames below each large one, where they are large together."""
    small: Counter[Path] = Counter()
    for path, n in counts.items():
        if path not in large and (path[:-1] in large or len(path) == 1):
            small[path[:-1]] += n
    return [
        (f"{ids.get(path, '0')}-", ids.get(path, "0"), SMALL, layers.OTHER, n / total, n)
        for path, n in small.items()
        if n >= SMALLEST * total
    ]


def _sentence(run: Run, table: pd.DataFrame, total: int) -> str:
    title = catalog.title(run.label)
    if not total:
        return f"There is no profile of {title}: {run.reason or 'nothing was sampled.'}"
    shares = zip(table["share"].tolist(), table["layer"].tolist(), strict=True)
    named = ", ".join(f"{100 * share:.0f} % {layer}" for share, layer in list(shares)[:MOST_NAMED])
    batches = counted(run.evidence["batches"], "batch", "batches")
    error = 100 * table["error"].max()
    return (
        f"Where {title}'s time goes over {batches}: {named} ({counted(total, 'sample')}; a share is "
        f"good to {max(error, 0.1):.1f} points; a C function's time is that of the Python function that calls it)."
    )
