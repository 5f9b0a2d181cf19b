"""Show where a batch's time goes: the sampled stacks as a tree with layers, and a sentence."""

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
"""The least share of all samples for which a frame is drawn separately."""
SMALL = "other"
OURS = (" (lenet/worker/", "(runpy.py", "(<frozen runpy>")
COLUMNS = ["id", "parent", "label", "layer", "share", "samples"]
MOST_NAMED = 3

Path = tuple[str, ...]


@dataclass(frozen=True)
class Profile:
    """One run's samples. Shares, from 0 to 1, are of all samples of the training thread."""

    label: str
    samples: int
    nodes: pd.DataFrame
    """COLUMNS: a tree for an icicle. The root's parent is ''; a share includes that of callees."""
    layers: pd.DataFrame
    """By innermost frame: layer, share, samples, error (the share's standard deviation)."""
    sentence: str


def of_experiment(report: Report, runs: Sequence[Run]) -> tuple[Profile, ...]:
    """The result of an experiment of the instrument `profile`, run by run."""
    return tuple(build(run) for run in runs)


def build(run: Run) -> Profile:
    """The profile of a run of the instrument `profile`; without nodes if it has no samples."""
    stacks = list(_stacks(run.evidence)) if run.evidence else []
    total = sum(samples for _, samples in stacks)
    table = _layers(stacks, total)
    return Profile(run.label, total, _nodes(run.label, stacks, total), table, _sentence(run, table, total))


def _stacks(evidence: dict[str, Any]) -> Iterator[tuple[Path, int]]:
    """Each stack: its frames without the worker's own, outermost first, and its samples."""
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
    """The layer that is at work: Python's own library works for the layer that called it."""
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
    """A node for the small frames below each large one, if they are large together."""
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
