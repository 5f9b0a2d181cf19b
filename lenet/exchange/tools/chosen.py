"""What of an experiment another tool is told: the labels whose times may be compared, and their times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd

from lenet import instruments
from lenet.analysis import report as reports
from lenet.analysis.export import plain
from lenet.analysis.report import Report
from lenet.analysis.words import listed
from lenet.errors import BadInput
from lenet.forms import Wanted
from lenet.records import UNFINISHED, versions_of

if TYPE_CHECKING:
    from lenet.store import Store

MEANING = "the time from the end of the batch before to its own end, feeding and bookkeeping included"


@dataclass(frozen=True)
class Chosen:
    """An experiment's report, and the labels of it that are told, fastest first."""

    report: Report
    labels: tuple[str, ...]

    def figures(self, label: str) -> dict[str, Any]:
        """The label's row of the report's table of variants."""
        table = self.report.variants
        return {str(name): value for name, value in table[table["label"] == label].iloc[0].items()}

    def runs(self, label: str) -> list[dict[str, Any]]:
        """The runs that its figures come from, as the report's table has them."""
        table = self.report.runs
        mine = table[(table["label"] == label) & (table["status"] == "finished") & (table["steady_batches"] > 0)]
        return [{str(name): value for name, value in row.items()} for row in mine.to_dict("records")]

    def batches(self, run: int) -> pd.DataFrame:
        """The batches of a run that count: batch (its number, from 0), slice, ms."""
        return self.report.batches[self.report.batches["run_id"] == run]

    def slices(self, label: str) -> list[npt.NDArray[np.float64]]:
        """The mean times of the slices of each run, in ms."""
        by_run = [self.batches(run["run_id"]).groupby("slice")["ms"].mean() for run in self.runs(label)]
        return [means.to_numpy(np.float64) for means in by_run]

    def versions(self, label: str) -> dict[str, str]:
        """Package -> version, as its runs recorded them."""
        return {name: version for run in self.runs(label) for name, version in versions_of(run["facts"]).items()}


def choose(store: Store, wanted: Wanted) -> Chosen:
    """The experiment with what of it is told.

    Raises BadInput where nothing of it was timed or may be compared, or while it is not over.
    """
    experiment = store.experiment(wanted.experiment)
    kind = instruments.of(experiment.request)
    if not kind.timed:
        usual = f"`python -m lenet export {experiment.id} --format html`"
        raise BadInput(f"Experiment {experiment.id} ({kind.name}) was not timed, so there is no time to tell; {usual}.")
    if experiment.status in UNFINISHED:
        raise BadInput(f"Experiment {experiment.id} is {experiment.status}; export it when it has ended.")
    report = reports.load(store, experiment.id)
    raced = [str(label) for label in report.variants["label"]]
    if wanted.label and wanted.label not in raced:
        raise BadInput(f"Experiment {experiment.id} has no label {wanted.label!r}; it has {listed(raced)}.")
    asked = [wanted.label] if wanted.label else raced
    fit = tuple(label for label in asked if label not in report.hindrances)
    if not fit:
        reasons = " ".join(dict.fromkeys(report.hindrances[label] for label in asked))
        raise BadInput(f"Experiment {experiment.id} has no time that may be compared. {reasons}")
    return Chosen(report, fit)


def as_bytes(values: Any) -> bytes:
    """Values as indented JSON."""
    return orjson.dumps(plain(values), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
