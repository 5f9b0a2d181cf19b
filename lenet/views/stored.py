"""The view of an experiment in the store, whatever it was raced for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lenet.analysis import export
from lenet.analysis import report as reports
from lenet.analysis.why import findings
from lenet.bench.live import LiveRun
from lenet.records import COMPARED, Run
from lenet.views import race, why
from lenet.views.blocks import View

if TYPE_CHECKING:
    from lenet.store import Store


def load(store: Store, experiment_id: int) -> View:
    """Its result. Raises BadInput when there is no such experiment, StoreError."""
    report, runs = reports.load(store, experiment_id), store.runs(experiment_id)
    if report.experiment.request.instrument in COMPARED:
        return race.view(report, runs, _first_round(store, runs, report.experiment.request.settings.batches))
    return why.view(findings.of(report, runs), runs)


def _first_round(store: Store, runs: Sequence[Run], planned: int) -> list[LiveRun]:
    first = min((run.round for run in runs), default=0)
    return [LiveRun(run, store.batches(run.id), planned) for run in runs if run.round == first]


def as_json(store: Store, experiment_id: int) -> dict[str, Any]:
    """Its result as plain values: of a race by lenet/schema/experiment-1.json, else as `why.findings` describes."""
    report = reports.load(store, experiment_id)
    if report.experiment.request.instrument in COMPARED:
        return export.as_json(report)
    return findings.as_json(findings.of(report, store.runs(experiment_id)))
