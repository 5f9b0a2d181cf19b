"""A label as one side of a comparison of experiments: its time, its program, its circumstances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lenet import catalog
from lenet.analysis import effective
from lenet.analysis.across import figures
from lenet.analysis.circumstances import Circumstance, circumstance
from lenet.analysis.report import Report
from lenet.analysis.why import label_times
from lenet.records import Figure

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Side:
    """A label of an experiment. `name`: how sentences call the experiment."""

    report: Report
    label: str
    name: str

    @property
    def title(self) -> str:
        """The label as a person reads it."""
        return catalog.title(self.label)

    @cached_property
    def circumstance(self) -> Circumstance:
        """The circumstances under which the label was timed."""
        return circumstance(self.report.experiment, self.label)

    @cached_property
    def figure(self) -> Figure:
        """The label's time with its interval, and its versions."""
        return next(figure for figure in figures.of(self.report) if figure.label == self.label)

    @cached_property
    def sources(self) -> frozenset[str]:
        """The fingerprints of the program's file in the label's runs."""
        return frozenset(self.report.runs.loc[self.report.runs["label"] == self.label, "source_hash"])

    @cached_property
    def facts(self) -> dict[str, str]:
        """The settings in force in the label's runs; see `effective`."""
        return effective.facts(self.report, self.label)

    def beside(self, label: str) -> Side:
        """Another label of the same experiment."""
        return Side(self.report, label, self.name)

    def rounds(self, yardsticks: Sequence[str] = ()) -> list[Floats]:
        """Per round, logarithmic times of the slices (n,), less the yardsticks' mean at each place.

        Only rounds count in which the label and all yardsticks finished.
        """
        rounds = label_times.complete(self.report, [self.label, *yardsticks])
        return [_relative(slices, self.label, yardsticks) for slices in rounds]


def unchanged(base: Side, new: Side) -> bool:
    """Whether all recorded facts of the program are equal: variant, source, versions, settings."""
    return all(
        (
            base.figure.variant == new.figure.variant,
            base.figure.versions == new.figure.versions,
            base.sources == new.sources,
            base.facts == new.facts,
        )
    )


def _relative(slices: label_times.Slices, label: str, yardsticks: Sequence[str]) -> Floats:
    count = min(map(len, slices.values()))
    logs = {name: np.log(figures[:count]) for name, figures in slices.items()}
    beside = np.mean([logs[name] for name in yardsticks], axis=0) if yardsticks else 0.0
    return np.asarray(logs[label] - beside)
