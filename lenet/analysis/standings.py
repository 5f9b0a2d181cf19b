"""Build the table of variants: one row per label, its figures over all its runs, fastest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lenet import catalog
from lenet.analysis.intervals import Interval, log_interval
from lenet.analysis.timed import Timed, counted, mean, percentiles, statuses
from lenet.records import Parity

NAN = float("nan")
LOSS_BAND = 0.25
LOSS_SLACK = 0.02
"""A variant with its own order of the images must end within 25 % + 0.02 of the median training
loss of the variants that share one order. Coarse on purpose: other batches end at another loss."""

Floats = npt.NDArray[np.float64]


def variants_table(
    by_label: Mapping[str, Sequence[Timed]], runs: pd.DataFrame, parities: Mapping[str, Parity]
) -> pd.DataFrame:
    """One row per label, fastest first; figures of `counted` runs, NaN where there are none.

    * batch_ms is what ratios compare: the geometric mean over rounds of the trimmed mean over slices
      of the mean batch time. median_ms is the same of the median batch time. Both have 95 % intervals
      (_low, _high).
    * images_per_second comes from batch_ms, so that a slow batch in every ten costs throughput here
      as it does in the ratio.
    * total_s is the geometric mean over runs, with its 95 % interval. The other seconds and
      test_accuracy are means over runs; import_s and build_s only over runs that had the machine to
      themselves then.
    * resume_share is how much longer than later ones the first batch after a pause takes, the median over
      all turns: 0.24 reads 24 % longer. It enters no other figure.
    * cpu_ms is the CPU time that all threads of a process take per batch, over whole turns, and cores_used
      that time by the time that passed; the geometric mean and the mean over runs. They enter no ratio. NaN
      for runs of before it was measured.
    * p95_ms and p99_ms go over all steady batches of the runs.
    * peak_memory_bytes and device_peak_bytes (the framework's own count of the device's memory) are
      the largest of any run. batch_joules is the energy per batch that the hardware counted during
      training. device_peak_bytes and batch_joules are NaN where nothing counts them.
    """
    rows = [_variant_row(label, timed, runs, parities.get(label)) for label, timed in by_label.items()]
    table = pd.DataFrame(rows)
    return _with_notes(table, by_label).sort_values("batch_ms", kind="stable", ignore_index=True)


def _variant_row(label: str, timed: Sequence[Timed], runs: pd.DataFrame, parity: Parity | None) -> dict[str, Any]:
    chosen = counted(timed)
    mine = runs[runs["run_id"].isin([t.run.id for t in chosen])]
    known = catalog.of_label(label)
    return {
        "label": label,
        "title": catalog.title(label),
        "variant": known.name if known else label,
        "written_as": known.written_as if known else None,
        "equivalent": None if parity is None else parity.equivalent,
        "rounds": sum(t.run.status == "finished" for t in timed),
        "statuses": statuses(timed),
        "batches": int(mine["batches"].sum()),
        **_batch_figures(chosen),
        **{name: mine.loc[mine["started_alone"], name].mean() for name in ("import_s", "build_s")},
        **{name: mine[name].mean() for name in ("first_batch_s", "steady_s", "test_accuracy")},
        **_total(mine["total_s"].dropna().to_numpy()),
        "peak_memory_bytes": int(mine["peak_memory_bytes"].max()) if len(mine) else 0,
        "device_peak_bytes": max(
            (facts["device_peak_bytes"] for facts in mine["facts"] if "device_peak_bytes" in facts), default=NAN
        ),
        "batch_joules": _joules(mine),
        "caveats": " ".join(known.caveats) if known else "",
    }


def _batch_figures(timed: Sequence[Timed]) -> dict[str, float]:
    ms = np.concatenate([t.steady["ms"].to_numpy() for t in timed]) if timed else np.zeros(0)
    batch, median = log_interval([t.slice_means for t in timed]), log_interval([t.slice_medians for t in timed])
    _, p95, p99 = percentiles(ms)
    size = timed[0].settings.batch_size if timed else NAN
    return {
        **_columns("batch_", "batch_ms", batch),
        **_columns("median_", "median_ms", median),
        "mean_ms": mean(ms),
        "p95_ms": p95,
        "p99_ms": p99,
        "resume_share": _resumed(timed),
        **_cpu(timed),
        "images_per_second": 1000 * size / batch.estimate,
    }


def _cpu(timed: Sequence[Timed]) -> dict[str, float]:
    known = [t.cpu_time for t in timed if not np.isnan(t.cpu_time[0])]
    of_batch = log_interval([np.array([ms]) for ms, _ in known])
    return {
        **_columns("cpu_", "cpu_ms", of_batch),
        "cores_used": mean(np.array([cores for _, cores in known])),
    }


def _resumed(timed: Sequence[Timed]) -> float:
    turns = np.concatenate([t.after_pauses for t in timed]) if timed else np.zeros(0)
    return float(np.median(turns)) - 1 if len(turns) else NAN


def _joules(runs: pd.DataFrame) -> float:
    """The energy per batch of the runs whose hardware counts it; NaN when no run's does."""
    counted = [
        load["energy_joules"] / n
        for load, n in zip(runs["load"], runs["batches"], strict=True)
        if n and "energy_joules" in load
    ]
    return mean(np.array(counted))


def _total(seconds: Floats) -> dict[str, float]:
    return _columns("total_", "total_s", log_interval([np.array([value]) for value in seconds]))


def _columns(prefix: str, name: str, interval: Interval) -> dict[str, float]:
    return {name: interval.estimate, f"{prefix}low": interval.low, f"{prefix}high": interval.high}


def _with_notes(table: pd.DataFrame, by_label: Mapping[str, Sequence[Timed]]) -> pd.DataFrame:
    """The table with train_loss (last epoch, mean over runs) and note.

    note: a sentence for a variant that shuffles and whose loss left the band.
    """
    final = [_final_loss(counted(by_label[label])) for label in table["label"]]
    table = table.assign(train_loss=final)
    shuffles = np.array([_shuffles(label) for label in table["label"]])
    wrong = np.array([answer is False for answer in table["equivalent"]])
    shared = table["train_loss"][~shuffles & ~wrong].median()
    notes = [_note(loss, shared) if own else "" for loss, own in zip(final, shuffles, strict=True)]
    return table.assign(note=notes)


def _final_loss(timed: Sequence[Timed]) -> float:
    done = [t.epoch_loss(t.settings.epochs) for t in timed if len(t.rows) == t.settings.batches]
    return mean(np.array(done))


def _shuffles(label: str) -> bool:
    known = catalog.of_label(label)
    return known is not None and known.shuffles


def _note(loss: float, middle: float) -> str:
    if not abs(loss - middle) > LOSS_BAND * middle + LOSS_SLACK:
        return ""
    return (
        f"Its training loss of the last epoch, {loss:.3f}, is far from the others' {middle:.3f}: "
        "it may not train the same thing."
    )
