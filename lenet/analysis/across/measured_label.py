"""A label of an experiment as one side of a comparison with another experiment: what was timed, and
how."""

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
        """How it was timed."""
        return circumstance(self.report.experiment, self.label)

    @cached_property
    def figure(self) -> Figure:
        """Its time with its interval, and its versions."""
        return next(figure for figure in figures.of(self.report) if figure.label == self.label)

    @cached_property
    def sources(self) -> frozenset[str]:
        """Fingerprints of the program's file in its runs."""
        return frozenset(self.report.runs.loc[self.report.runs["label"] == self.label, "source_hash"])

    @cached_property
    def facts(self) -> dict[str, str]:
        """The facts in force in its runs; see `effective`."""
        return effective.facts(self.report, self.label)

    def beside(self, label: str) -> Side:
        """Another label of the same experiment."""
        return Side(self.report, label, self.name)

    def rounds(self, yardsticks: Sequence[str] = ()) -> list[Floats]:
        """Per round the logarithmic times of its slices (n,), less the mean of the yardsticks' at
        the same places.

        Only rounds that it and all yardsticks finished.
        """
        found = label_times.complete(self.report, [self.label, *yardsticks])
        return [_relative(slices, self.label, yardsticks) for slices in found]


def unchanged(base: Side, new: Side) -> bool:
    """Whether all that is recorded of the program is equal: variant, source, versions, what was in
    force."""
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
