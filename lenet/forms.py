"""What an experiment can be written as: a row per form, for `lenet export` and for the buttons of a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lenet import instruments
from lenet.records import Experiment

if TYPE_CHECKING:
    from lenet.store import Store


@dataclass(frozen=True)
class Wanted:
    """What of which experiment is to be written."""

    experiment: int
    label: str = ""
    """The only label that another tool is told of; '' for all whose times may be compared."""
    commit: str = ""
    """The commit under which asv files it; '' for that of the program that raced."""


@dataclass(frozen=True)
class Form:
    """One form."""

    name: str
    title: str
    """On a button."""
    ending: str
    """Of a file's name."""
    kind: str
    """The type of its content, as browsers call it."""
    about: str
    maker: str
    """Import path of the function that makes its content from (Store, Wanted)."""
    of_times: bool = False
    """Whether it has nothing but times, so that what was never timed cannot be written so."""
    by_commit: bool = False
    """Whether its tool files results by commit, so that one has to be known."""

    def fits(self, experiment: Experiment) -> bool:
        """Whether an experiment that is over can be written so, as it is."""
        timed = not self.of_times or instruments.of(experiment.request).timed
        return timed and (not self.by_commit or bool(experiment.machine.get("commit")))

    def content(self, store: Store, wanted: Wanted) -> bytes:
        """The content of its file. Raises BadInput where there is no such experiment or label, or
        nothing of it can be written so; StoreError."""
        made: bytes = instruments.resolve(self.maker)(store, wanted)
        return made


JSON = "application/json"
OWN = (
    Form(
        "json", "JSON", "json", JSON, "its figures, by lenet/schema/experiment-1.json", "lenet.exchange.own:figures",
    ),
    Form(
        "parquet", "Parquet", "parquet", "application/vnd.apache.parquet",
        "every batch, to import elsewhere or to read with any data tool", "lenet.exchange.own:batches",
    ),
    Form("html", "HTML", "html", "text/html", "a report with charts, in one file", "lenet.exchange.own:report"),
)  # fmt: skip
FOREIGN = (
    Form(
        "pyperf", "pyperf", "pyperf.json", JSON, "every batch, for `pyperf stats` and `compare_to`",
        "lenet.exchange.tools.pyperf:suite", of_times=True,
    ),
    Form(
        "asv", "asv", "asv.json", JSON, "a result file of airspeed velocity", "lenet.exchange.tools.asv:results",
        of_times=True, by_commit=True,
    ),
    Form(
        "github", "github-action-benchmark", "github.json", JSON,
        "times and ratios for github-action-benchmark (customSmallerIsBetter)",
        "lenet.exchange.tools.github:benchmarks", of_times=True,
    ),
    Form(
        "tensorboard", "TensorBoard", "tensorboard.zip", "application/zip",
        "loss, accuracy and batch times of each run, to unpack into a log folder",
        "lenet.exchange.tools.tensorboard:folders", of_times=True,
    ),
)  # fmt: skip
"""For tools that other people made."""
FORMS: Mapping[str, Form] = {form.name: form for form in (*OWN, *FOREIGN)}
