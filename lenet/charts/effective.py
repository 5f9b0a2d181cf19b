"""What was in force in each label's runs, side by side, as a person reads it."""

from __future__ import annotations

import pandas as pd

from lenet import catalog
from lenet.analysis import effective
from lenet.analysis.report import Report


def table(report: Report) -> pd.DataFrame:
    """A row per setting, a column per label."""
    found = effective.table(report)
    named = found.rename(columns={str(label): catalog.title(str(label)) for label in found.columns})
    named.insert(0, "In force", [effective.NAMES[str(name)] for name in found.index])
    return named.reset_index(drop=True)
