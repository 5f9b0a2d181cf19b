"""The view of a stored experiment of any instrument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lenet import instruments
from lenet.analysis import export
from lenet.analysis import report as reports
from lenet.analysis.why import findings
from lenet.views.blocks import View

if TYPE_CHECKING:
    from lenet.store import Store


def load(store: Store, experiment_id: int) -> View:
    """The result of an experiment. Raises BadInput for an unknown experiment, StoreError."""
    kind = instruments.of(store.experiment(experiment_id).request)
    view: View = instruments.resolve(kind.view)(store, experiment_id)
    return view


def as_json(store: Store, experiment_id: int) -> dict[str, Any]:
    """The result of an experiment as plain values.

    A race follows lenet/schema/experiment-1.json, every other result `analysis.why.findings`.
    """
    report = reports.load(store, experiment_id)
    if not instruments.of(report.experiment.request).asks_why:
        return export.as_json(report)
    return findings.as_json(findings.of(report, store.runs(experiment_id)))
