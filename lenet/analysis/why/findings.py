"""Load the result of a Why experiment, whatever its instrument; and write it as JSON.

Format "lenet-bench/why" version 1: an object per instrument, with the fields of the dataclasses in
`ladder`, `law`, `counts` and `profile`. Missing numbers (NaN, infinite) become null.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from lenet import instruments
from lenet.analysis import export
from lenet.analysis import report as reports
from lenet.analysis.report import Report
from lenet.analysis.why import counts, ladder_words
from lenet.analysis.why.counts import Counted
from lenet.analysis.why.ladder import Climb
from lenet.analysis.why.law import Law
from lenet.analysis.why.profile import Profile
from lenet.errors import BadInput
from lenet.records import Run

if TYPE_CHECKING:
    from lenet.store import Store

FORMAT, VERSION = "lenet-bench/why", 1
BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class Findings:
    """An experiment's report, and the result of its instrument."""

    report: Report
    result: Climb | Law | tuple[Counted, ...] | tuple[Profile, ...] = ()
    """() for a race, whose report is its result."""

    @property
    def climb(self) -> Climb | None:
        """The result of a ladder."""
        return self.result if isinstance(self.result, Climb) else None

    @property
    def law(self) -> Law | None:
        """The result of an overhead law."""
        return self.result if isinstance(self.result, Law) else None

    @property
    def counts(self) -> tuple[Counted, ...]:
        """The results of counting, run by run."""
        return tuple(one for one in self._runs if isinstance(one, Counted))

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """The results of profiling, run by run."""
        return tuple(one for one in self._runs if isinstance(one, Profile))

    @property
    def _runs(self) -> tuple[Counted | Profile, ...]:
        return self.result if isinstance(self.result, tuple) else ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """The result in plain words, the answer first."""
        if isinstance(self.result, Climb):
            return ladder_words.sentences(self.result)
        return tuple(one.sentence for one in self.result) if isinstance(self.result, tuple) else self.result.sentences


def load(store: Store, experiment_id: int) -> Findings:
    """The findings of an experiment.

    Raises BadInput when there is no such experiment or it is a race, StoreError.
    """
    return of(reports.load(store, experiment_id), store.runs(experiment_id))


def of(report: Report, runs: Sequence[Run]) -> Findings:
    """The findings of an experiment with these runs.

    Raises BadInput when its instrument does not ask why.
    """
    kind, number = instruments.of(report.experiment.request), report.experiment.id
    if not kind.asks_why:
        raise BadInput(f"Experiment {number} is a race; `python -m lenet show {number}` shows its result.")
    return Findings(report, instruments.resolve(kind.finding)(report, runs))


def newest_counts(store: Store, entries: Iterable[str]) -> dict[str, Counted]:
    """The newest counts of each entry that was ever counted."""
    wanted, by_entry = set(entries), dict[str, Counted]()
    for experiment in store.experiments(instruments=(instruments.COUNTS.name,)):
        if not (wanted - by_entry.keys()) & set(experiment.request.variants):
            continue
        for run in store.runs(experiment.id):
            if run.label in wanted - by_entry.keys() and run.evidence:
                by_entry[run.label] = counts.build(run)
    return by_entry


def newest(store: Store, instrument: str, entries: Iterable[str]) -> int | None:
    """The newest finished experiment of an instrument with any of these entries, or None."""
    known = (e for e in store.experiments(instruments=(instrument,)) if e.status == "finished")
    return next((e.id for e in known if set(entries) & set(e.request.variants)), None)


def beside(before: Counted, after: Counted) -> pd.DataFrame:
    """Two counts, row by row: what, before, after, told_by. NaN where one count lacks the row."""
    key, columns = ["what", "framework"], ["per_batch", "told_by"]
    left, right = (one.table.set_index(key)[columns] for one in (before, after))
    both = left.merge(right, how="outer", left_index=True, right_index=True, suffixes=("_l", "_r"))
    order = list(dict.fromkeys([*left.index, *right.index]))
    both = both.loc[order].reset_index()
    told = both["told_by_l"].fillna(both["told_by_r"])
    return pd.DataFrame(
        {"what": both["what"], BEFORE: both["per_batch_l"], AFTER: both["per_batch_r"], "told_by": told}
    )


def as_json(findings: Findings) -> dict[str, Any]:
    """The findings as plain values, ready for any JSON writer."""
    request = findings.report.experiment.request
    experiment = {
        **export.as_json(findings.report)["experiment"],
        "instrument": request.instrument,
        "plan": request.plan,
    }
    head = {"format": FORMAT, "version": VERSION, "experiment": experiment}
    plain: dict[str, Any] = export.plain({**head, "sentences": findings.sentences, "found": _values(findings.result)})
    return plain


def _values(result: Any) -> Any:
    """The result's dataclasses and tables as dicts and lists."""
    if isinstance(result, pd.DataFrame):
        return result.to_dict("records")
    if dataclasses.is_dataclass(result) and not isinstance(result, type):
        return {field.name: _values(getattr(result, field.name)) for field in dataclasses.fields(result)}
    if isinstance(result, Mapping):
        return {str(name): _values(value) for name, value in result.items()}
    return [_values(value) for value in result] if isinstance(result, list | tuple) else result
