"""Choose the batches that count: those of a warm run, away from the pauses between turns; and join
turns to slices, of which figures are made.

With sync "epoch" only the total of a turn is a time (single batches were handed over, not done), so
each batch stands for its turn's mean, and no batch inside a turn is dropped: the end of a turn also
waits for the work of its first batches.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pandas as pd

from lenet.settings import Settings

WARMUP = 20
"""The batches at the start of a run that never count: tracing, compiling, caches."""
RESUME_DROP = 5
"""The batches after each pause that do not count: caches are cold and threads asleep."""
SHORT_TURN = 10
SHORT_DROP = 3
"""The batches after each pause that do not count in a turn of fewer than SHORT_TURN. The first
takes a fifth to two fifths longer, another share for each framework, the second and third still some;
`python -m audit.wander` says how much."""
BLOCK = 50
"""Without slices, a stretch is cut into equal blocks of about this many batches as its slices."""
SHORTEST = 20
"""The fewest batches of a slice: neighbouring turns are joined to one. A slice of ten batches would or
would not hold the slow one of every ten, and the middle of the slices would lose it."""

Rows = npt.NDArray[np.void]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def milliseconds(rows: Rows) -> Floats:
    """Time of each batch in ms, from rows of `tape.DTYPE` (n,)."""
    return np.asarray((rows["end"] - rows["start"]) / 1e6)


def training_seconds(rows: Rows) -> float:
    """The time of all batches, dropped ones too, without the pauses; 0 without batches."""
    return float((rows["end"] - rows["start"]).sum() / 1e9)


def first_batch_seconds(rows: Rows) -> float:
    """The time of the first batch, which traces and compiles; NaN without batches."""
    return float(rows["end"][0] - rows["start"][0]) / 1e9 if len(rows) else float("nan")


def stretches(rows: Rows) -> Integers:
    """The number of each batch's stretch (n,), from 0.

    A stretch begins where the run was resumed after a pause: it is a turn.
    """
    resumed = rows["start"][1:] != rows["end"][:-1]
    return np.concatenate([np.zeros(min(len(rows), 1), np.int64), np.cumsum(resumed, dtype=np.int64)])


def steady(rows: Rows, settings: Settings) -> pd.DataFrame:
    """The batches that count: batch (its number in the run, from 0), slice (from 0), ms.

    All runs of a round have the same slices, so equal numbers are neighbours in time. Empty for a
    short run. A slice whose median batch took no time is left out: its clock was too coarse for it,
    and no ratio has such a figure.
    """
    stretch = stretches(rows)
    waited = settings.sync == "batch"
    keep = _warm(stretch) if waited else stretch > _stretch_of_warmup(stretch)
    ms = milliseconds(rows) if waited else _spread(milliseconds(rows), stretch)
    cut = _blocks if waited and settings.slice_ms == 0 else _joined
    return _timed(pd.DataFrame({"batch": np.flatnonzero(keep), "slice": cut(stretch[keep]), "ms": ms[keep]}))


def _timed(batches: pd.DataFrame) -> pd.DataFrame:
    if (batches["ms"] > 0).all():
        return batches
    return batches[batches.groupby("slice")["ms"].transform("median") > 0].reset_index(drop=True)


def after_pauses(rows: Rows) -> Floats:
    """How many times as long as the batches that count the first batch of each turn took (turns,): of
    turns after the warm-up in which batches count."""
    stretch = stretches(rows)
    sizes = np.bincount(stretch)
    first = np.cumsum(sizes) - sizes
    counted = sizes - dropped(sizes)
    fit = (first >= WARMUP) & (counted > 0) & (np.arange(len(sizes)) > 0)
    whole = np.concatenate([[0.0], np.cumsum(milliseconds(rows))])
    ends = first + sizes
    later = (whole[ends] - whole[ends - counted.clip(1)]) / counted.clip(1)
    return np.asarray(milliseconds(rows)[first[fit]] / later[fit])


def cpu_time(rows: Rows) -> tuple[float, float]:
    """The CPU time of a batch in ms, and how many cores were used: CPU time by time.

    Both over all batches of the turns after the warm-up, for a turn has one figure; NaN where none has.
    """
    stretch = stretches(rows)
    sizes, took = np.bincount(stretch), np.bincount(stretch, milliseconds(rows))
    last = np.cumsum(sizes) - 1
    spent = rows["cpu"][last] / 1e6
    fit = (last + 1 - sizes >= WARMUP) & (spent > 0) & (took > 0)
    if not fit.any():
        return math.nan, math.nan
    return float(spent[fit].sum() / sizes[fit].sum()), float(spent[fit].sum() / took[fit].sum())


def took_no_time(rows: Rows) -> bool:
    """Whether there are batches that began and ended at one tick of the clock."""
    return bool((rows["end"] == rows["start"]).any())


def slice_means(batches: pd.DataFrame) -> Floats:
    """The mean time in ms of the batches of each slice that count (slices,).

    The mean holds all that a variant does, the slow batch of every ten too.
    """
    return np.asarray(batches.groupby("slice")["ms"].mean(), dtype=np.float64)


def too_few(settings: Settings) -> str:
    """The advice for a run without a steady batch."""
    if settings.sync == "epoch" and settings.slice_ms == 0:
        return "train at least 2 epochs"
    drop = SHORT_DROP if settings.slice_ms else 0
    return f"train at least {WARMUP + drop + 1} batches"


def _warm(stretch: Integers) -> npt.NDArray[np.bool_]:
    number = np.arange(len(stretch))
    place = number - np.searchsorted(stretch, stretch)
    cold = dropped(np.bincount(stretch)[stretch])
    return np.asarray((number >= WARMUP) & ((stretch == 0) | (place >= cold)))


def dropped(sizes: Integers) -> Integers:
    """How many batches after the pause do not count in turns of these sizes."""
    return np.where(sizes < SHORT_TURN, SHORT_DROP, RESUME_DROP)


def _stretch_of_warmup(stretch: Integers) -> int:
    return int(stretch[min(WARMUP, len(stretch)) - 1]) if len(stretch) else 0


def _spread(ms: Floats, stretch: Integers) -> Floats:
    batches = np.bincount(stretch)
    return (np.bincount(stretch, ms) / np.maximum(batches, 1))[stretch]


def _blocks(stretch: Integers) -> Integers:
    """Each stretch cut into equal blocks of about BLOCK batches."""
    _, sizes = np.unique(stretch, return_counts=True)
    counts = np.maximum(np.rint(sizes / BLOCK).astype(np.int64), 1)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]]) if len(sizes) else counts
    place = np.arange(len(stretch)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    block = place * np.repeat(counts, sizes) // np.repeat(sizes, sizes)
    return np.asarray(np.repeat(first, sizes) + block)


def _joined(stretch: Integers) -> Integers:
    """Stretches as slices: neighbours joined until they hold SHORTEST batches.

    A short rest at the end joins the slice before it.
    """
    _, sizes = np.unique(stretch, return_counts=True)
    slices = np.zeros(len(sizes), np.int64)
    current = held = 0
    for index, size in enumerate(sizes):
        slices[index] = current
        held += size
        if held >= SHORTEST:
            current, held = current + 1, 0
    if held and current:
        slices[slices == current] = current - 1
    return np.repeat(slices, sizes)
