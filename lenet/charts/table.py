"""Tables as a person reads them: units in the headers, intervals beside their figures."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from lenet import catalog
from lenet.records import Parity

MEBIBYTE = 1024**2


def variants(table: pd.DataFrame) -> pd.DataFrame:
    """The report's table of variants with readable headers, in its order."""
    rows = table.to_dict("records")
    return pd.DataFrame(
        {
            "Variant": table["title"],
            "Median batch (ms) [95 %]": [between(row, "median_ms", "median_low", "median_high") for row in rows],
            "p95 (ms)": table["p95_ms"],
            "p99 (ms)": table["p99_ms"],
            "Images/s": table["images_per_second"],
            "Total (s) [95 %]": [between(row, "total_s", "total_low", "total_high") for row in rows],
            "Steady (s)": table["steady_s"],
            "First batch (s)": table["first_batch_s"],
            "Build (s)": table["build_s"],
            "Import (s)": table["import_s"],
            "Peak memory (MiB)": table["peak_memory_bytes"] / MEBIBYTE,
            "Device memory (MiB)": [_counted(bytes_ / MEBIBYTE, ",.0f") for bytes_ in table["device_peak_bytes"]],
            "Energy (J/batch)": [_counted(joules, ".3g") for joules in table["batch_joules"]],
            "Test accuracy (%)": 100 * table["test_accuracy"],
            "Runs": table["statuses"],
        }
    )


def _counted(value: float, form: str) -> str:
    """A figure that only some devices count."""
    return "not measured" if math.isnan(value) else f"{value:{form}}"


def between(row: Mapping[Hashable, Any], middle: str, low: str, high: str) -> str:
    """'4.012 [3.98, 4.05]'; without brackets where there is no interval, '' where there is no figure."""
    if math.isnan(row[middle]):
        return ""
    figure = f"{row[middle]:.3f}"
    return figure if math.isnan(row[low]) else f"{figure} [{row[low]:.3f}, {row[high]:.3f}]"


def exams(parities: Mapping[str, Parity]) -> pd.DataFrame:
    """The exam of each label: does it compute what the reference computes?"""
    return pd.DataFrame(
        {
            "Variant": [catalog.title(label) for label in parities],
            "Same answer as the reference": ["yes" if p.equivalent else "no" for p in parities.values()],
            "Largest weight difference": [f"{p.difference:.1e}" for p in parities.values()],
            "Tolerance": [f"{p.tolerance:.0e}" for p in parities.values()],
            "In": [p.layer for p in parities.values()],
            "Remark": [p.reason for p in parities.values()],
        }
    )
