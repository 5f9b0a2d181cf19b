"""Work out the figures that history keeps of each experiment, so that trends read no batches."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lenet import instruments
from lenet.analysis import report as reports
from lenet.analysis.circumstances import circumstance
from lenet.analysis.report import Report
from lenet.errors import BadInput
from lenet.records import Figure, versions_of

if TYPE_CHECKING:
    from lenet.store import Store

VERSION = 3
"""The version of this arithmetic. Raise it with every change: all figures are worked out anew."""
ALL = 1_000_000


def of(report: Report) -> list[Figure]:
    """A figure for each label of a timed experiment; NaN where the time may not be compared."""
    experiment = report.experiment
    if not instruments.of(experiment.request).timed:
        return []
    facts = _facts(report)
    return [_figure(report, row, facts[row["label"]]) for row in report.variants.to_dict("records")]


def _figure(report: Report, row: Mapping[Any, Any], facts: Mapping[str, Any]) -> Figure:
    experiment, label = report.experiment, row["label"]
    hindered = label in report.hindrances
    batch_ms, low, high = (
        math.nan if hindered else float(row[name]) for name in ("batch_ms", "batch_low", "batch_high")
    )
    return Figure(
        experiment_id=experiment.id,
        label=label,
        variant=row["variant"],
        stack=facts["stack"],
        batch_ms=batch_ms,
        low=low,
        high=high,
        rounds=int(row["rounds"]),
        batches=int(row["batches"]),
        circumstance=_circumstance(report, label),
        versions=facts["versions"],
        instrument=experiment.request.instrument,
        created=experiment.created,
        submitter=experiment.request.submitter,
        host=str(experiment.machine.get("host") or ""),
        cpu=str(experiment.machine.get("cpu") or ""),
    )


def _circumstance(report: Report, label: str) -> str:
    """The key of a label's circumstance; '' (in no series) if its settings are no longer valid."""
    try:
        return circumstance(report.experiment, label).key
    except BadInput:
        return ""


def _facts(report: Report) -> dict[str, dict[str, Any]]:
    """Stack and versions of each label, as its runs recorded them; the last run decides."""
    facts: dict[str, dict[str, Any]] = {label: {"stack": "", "versions": {}} for label in report.variants["label"]}
    for run in report.runs.to_dict("records"):
        mine = facts[run["label"]]
        mine["stack"] = run["stack"]
        mine["versions"].update(versions_of(run["facts"]))
    return facts


def keep(store: Store, experiment_id: int) -> None:
    """Work out and store the figures of an experiment; none if its settings are no longer valid."""
    try:
        figures = of(reports.load(store, experiment_id))
    except BadInput:
        figures = []
    store.put_figures(experiment_id, figures, VERSION)


def fill(store: Store, seconds: float = math.inf) -> int:
    """Store missing figures, newest experiments first, for `seconds`. Return how many are left.

    At least one experiment is worked out, however short the time.
    """
    end = time.monotonic() + seconds
    missing = store.without_figures(VERSION, ALL)
    for done, experiment_id in enumerate(missing, 1):
        keep(store, experiment_id)
        if time.monotonic() > end:
            return len(missing) - done
    return 0
