"""Build the report of an experiment: its tables, pairs and sentences, worked out from raw records.

Only finished runs enter a ratio. A run that crashed or was stopped is shown with its own figures
and compared with nothing: whatever ended it may have slowed it before.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from lenet import catalog, instruments, twins
from lenet.analysis import confirmation, decision, multiple, steady, summary, twin_words, verdict, work_done
from lenet.analysis.noise import floor_words, measured, quiet
from lenet.analysis.noise.measured import Floor
from lenet.analysis.standings import variants_table
from lenet.analysis.timed import Timed, statuses
from lenet.analysis.verdict import Pair
from lenet.catalog import Entry
from lenet.records import Epoch, Experiment, Parity, Run
from lenet.settings import Settings
from lenet.worker.tape import DTYPE

if TYPE_CHECKING:
    from lenet.store import Store

Rows = npt.NDArray[np.void]
NO_ROWS: Rows = np.zeros(0, DTYPE)


@dataclass(frozen=True)
class Report:
    """The results of an experiment. `summary` and `standings` list the columns of its tables."""

    experiment: Experiment
    runs: pd.DataFrame
    """One row per run."""
    variants: pd.DataFrame
    """One row per label, fastest first."""
    pairs: tuple[Pair, ...]
    """Every two labels whose times may be compared, the fastest labels first, without a twin. Only a race
    has pairs: ladders and laws are read by modules of their own."""
    verdicts: tuple[str, ...]
    """A sentence per pair, then one per label or pair that was not compared, with its reason."""
    epochs: pd.DataFrame
    """One row per epoch of each run."""
    batches: pd.DataFrame
    """The steady batches of the runs."""
    parities: Mapping[str, Parity]
    """Each label's exam result, where there is one."""
    hindrances: Mapping[str, str]
    """For each label whose time may not be compared, the sentence that gives the reason."""
    floors: Mapping[str, Floor] = field(default_factory=dict)
    """The measurement of the noise floor that counts for each label, where there is one."""
    beside: tuple[str, ...] = ()
    """Remarks on the verdicts: what differs in work, where the noise floor comes from, and what
    disturbed the machine."""
    twin: Pair | None = None
    """The pair of its first variant and that one's twin, where both were timed; its verdict says what this
    race calls equal."""

    @property
    def quantile(self) -> float:
        """The quantile of Student's t for its 95 % intervals."""
        rounds = int(self.runs["round"].max()) if len(self.runs) else 0
        return decision.of_race(self.experiment.request.settings, rounds)


def load(store: Store, experiment_id: int) -> Report:
    """The report of an experiment in the store.

    Raises BadInput when there is no such experiment, StoreError when it cannot be read. A run that
    is still running has no batches in the store yet, so it is missing until a later report.
    """
    experiment = store.experiment(experiment_id)
    runs = store.runs(experiment_id)
    keys = store.parity_keys(experiment_id)
    answers = store.parities(keys.values())
    parities = {label: answers[key] for label, key in keys.items() if key in answers}
    batches = {run.id: store.batches(run.id) for run in runs}
    floors = measured.floors(store, experiment) if instruments.of(experiment.request).compared else {}
    return build(experiment, runs, batches, store.epochs(experiment_id), parities, floors)


def build(
    experiment: Experiment,
    runs: Sequence[Run],
    batches: Mapping[int, Rows],
    epochs: Sequence[Epoch],
    parities: Mapping[str, Parity],
    floors: Mapping[str, Floor] | None = None,
) -> Report:
    """The report from records: `batches` by run id (rows of `tape.DTYPE`), others by label.

    Batches of an experiment that was not timed hold no times: they are left out.
    """
    kind = instruments.of(experiment.request)
    timed = _timed(experiment, runs, batches if kind.timed else {}, epochs)
    labels = catalog.labels(experiment.request.variants)
    by_label = {label: [t for t in timed if t.run.label == label] for label in labels}
    run_rows = summary.runs_table(timed)
    variants = variants_table(by_label, run_rows, parities)
    ranking = [str(label) for label in variants["label"]]
    reasons = {label: _hindrance(experiment, label, by_label[label], parities.get(label)) for label in ranking}
    known = [label for label in ranking if kind.compared and not reasons[label]]
    twin = twins.label(experiment.request)
    fit = [label for label in known if label != twin]
    settings = experiment.request.settings
    quantile = decision.of_race(settings, max((run.round for run in runs), default=0))
    pairs, apart = _pairs(fit, by_label, floors or {}, quantile, settings)
    with_itself = _with_itself(twin, by_label, quantile) if twin in known else None
    sentences = [pair.verdict for pair in pairs] + apart + [reason for reason in reasons.values() if reason]
    return Report(
        experiment,
        run_rows,
        variants,
        tuple(pairs),
        tuple(sentences),
        summary.epochs_table(timed),
        summary.batches_table(timed),
        dict(parities),
        _hindrances(reasons, twin),
        floors or {},
        (
            *work_done.beside((pair.slow, pair.fast) for pair in pairs),
            *floor_words.beside(floors or {}, experiment, fit if pairs else ()),
            *quiet.during(runs),
        ),
        with_itself,
    )


def _timed(
    experiment: Experiment, runs: Sequence[Run], batches: Mapping[int, Rows], epochs: Sequence[Epoch]
) -> list[Timed]:
    by_run: dict[int, list[Epoch]] = {}
    for epoch in sorted(epochs, key=lambda epoch: epoch.epoch):
        by_run.setdefault(epoch.run_id, []).append(epoch)
    shared = experiment.request.settings
    return [
        Timed(
            run,
            batches.get(run.id, NO_ROWS),
            tuple(by_run.get(run.id, ())),
            catalog.settings_of(run.label, shared),
        )
        for run in runs
    ]


def _hindrance(experiment: Experiment, label: str, timed: Sequence[Timed], parity: Parity | None) -> str:
    """The sentence that says why a label's time enters no ratio; '' when it enters."""
    finished = [t for t in timed if t.run.status == "finished"]
    if parity is not None and parity.status == "finished" and not parity.equivalent:
        return verdict.not_equivalent(label, parity)
    if not finished:
        return verdict.unfinished(label, statuses(timed), next((t.run.reason for t in timed if t.run.reason), ""))
    if parity is None or not parity.equivalent:
        return verdict.unexamined(label)
    if experiment.pruned:
        return verdict.removed(label)
    if not any(len(t.steady) for t in finished):
        if any(steady.took_no_time(t.rows) for t in finished):
            return verdict.untimed(label)
        return verdict.too_short(label, steady.too_few(finished[0].settings))
    return ""


def _pairs(
    labels: Sequence[str],
    by_label: Mapping[str, Sequence[Timed]],
    floors: Mapping[str, Floor],
    quantile: float,
    settings: Settings,
) -> tuple[list[Pair], list[str]]:
    """The pairs of `labels`, and a sentence for each two labels that are not compared."""
    slices = {label: _slices(by_label[label]) for label in labels}
    fresh = confirmation.confirming([t.run for label in labels for t in by_label[label]])
    pairs, apart = [], []
    for a, b in combinations(labels, 2):
        if catalog.overrides(a) != catalog.overrides(b):
            apart.append(verdict.other_settings(a, b))
            continue
        pair = verdict.compare(b, a, slices[b], slices[a], verdict.usable(floors, a, b), quantile)
        if pair is None:
            apart.append(verdict.never_together(a, b))
        else:
            pairs.append(_told(pair, slices, fresh, settings))
    return multiple.judged(pairs, quantile), apart


def _hindrances(reasons: Mapping[str, str], twin: str) -> dict[str, str]:
    """The reasons that there are, and that of the twin, which has always one."""
    own = {twin: reasons[twin] or twin_words.hindrance(twin)} if twin else {}
    return {label: reason for label, reason in {**reasons, **own}.items() if reason}


def _with_itself(twin: str, by_label: Mapping[str, Sequence[Timed]], quantile: float) -> Pair | None:
    first = str(Entry.parse(twin).without_copy)
    pair = verdict.compare(twin, first, _slices(by_label[twin]), _slices(by_label[first]), quantile=quantile)
    return pair and replace(pair, verdict=twin_words.sentence(pair, twin))


def _told(pair: Pair, slices: Mapping[str, verdict.Slices], fresh: Collection[int], settings: Settings) -> Pair:
    """The pair with what is decided of it. fresh: the rounds that were to confirm what others had decided."""
    if not settings.confirm:
        return decision.told(pair, settings.lines)
    return confirmation.told(pair, confirmation.twice(pair, slices, fresh, settings), settings.lines)


def _slices(timed: Sequence[Timed]) -> verdict.Slices:
    return {t.run.round: t.slice_means for t in timed if t.run.status == "finished" and len(t.slice_means)}
