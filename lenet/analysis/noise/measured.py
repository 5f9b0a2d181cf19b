"""Choose the measurement of the noise floor (see `floor_estimate`) that counts for a race.

A measurement is an experiment of the instrument `noise`: copies of one program, raced. It counts
for races on its machine under its circumstances. Only batch size and images may differ, as the
lottery of a process hardly depends on them. Of several measurements one of the same program comes
first, then one of the same batch size, then the nearest in time. A measurement made more than 30
days apart from the race, or when the machine had another CPU, is stale: it is named and decides
nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from lenet import catalog
from lenet.analysis.circumstances import Circumstance, circumstance, differences
from lenet.analysis.noise import floor_estimate as spreads
from lenet.analysis.noise.floor_estimate import Spread
from lenet.analysis.timed import Timed
from lenet.analysis.words import counted
from lenet.instruments import NOISE
from lenet.records import Experiment

if TYPE_CHECKING:
    from lenet.store import Store

DAYS = 30
FREE = ("batch_size", "images_per_epoch")
"""The settings in which a measurement may differ from the race that it counts for."""
REPLACED = ("cpu", "cores", "gpus")
"""The parts of a machine that may change while it keeps its name."""


@dataclass(frozen=True)
class Floor:
    """A measurement of the noise floor. `stale`: why it does not count for this race, or ''."""

    spread: Spread
    experiment_id: int
    entry: str
    """The entry whose copies were raced."""
    measured: datetime
    circumstance: Circumstance
    stale: str = ""

    @property
    def source(self) -> str:
        """The measurement in words: '4 copies of Keras fit in 4 rounds (experiment 12)'."""
        rounds = counted(self.spread.rounds, "round")
        return (
            f"{self.spread.copies} copies of {catalog.title(self.entry)} in {rounds} (experiment {self.experiment_id})"
        )


def floor(store: Store, where: Circumstance, entry: str = "", when: datetime | None = None) -> Floor | None:
    """The measurement that counts for `entry` ('': for any program) under these circumstances.

    when: the time of the race, None for now. Returns a stale measurement where there is no other,
    None where there are none at all. Raises StoreError.
    """
    return _choose(store, _measurements(store), where, entry, when or datetime.now(UTC))


def floors(store: Store, experiment: Experiment) -> dict[str, Floor]:
    """The measurement that counts for each label of an experiment, if any. Raises StoreError."""
    measurements, when = _measurements(store), experiment.started or experiment.created
    labels = catalog.labels(experiment.request.variants) if measurements else []
    counting = {label: _choose(store, measurements, circumstance(experiment, label), label, when) for label in labels}
    return {label: chosen for label, chosen in counting.items() if chosen}


def all_floors(store: Store) -> list[Floor]:
    """All measurements, newest first, from every machine. Raises StoreError."""
    made = ((experiment, _spread(store, experiment.id, experiment.created)) for experiment in _measurements(store))
    return [_floor(experiment, spread, "") for experiment, spread in made if spread]


def measured_by(store: Store, experiment_id: int) -> Floor | None:
    """The result of an experiment that measures the floor; None when too little of it finished.

    Raises BadInput, StoreError.
    """
    experiment = store.experiment(experiment_id)
    spread = _spread(store, experiment_id, experiment.created) if experiment.status == "finished" else None
    return _floor(experiment, spread, "") if spread else None


def _measurements(store: Store) -> list[Experiment]:
    """Finished measurements, newest first.

    Several programs are ruled out: an imported file may call their race a measurement.
    """
    made = store.experiments(instruments=(NOISE.name,))
    return [e for e in made if e.status == "finished" and len(set(e.request.variants)) == 1]


def _choose(
    store: Store, measurements: Sequence[Experiment], where: Circumstance, entry: str, when: datetime
) -> Floor | None:
    def rank(made: tuple[Experiment, str]) -> tuple[bool, bool, bool, float]:
        experiment, stale = made
        own = experiment.request.variants[0]
        other_size = _where(experiment).settings.batch_size != where.settings.batch_size
        apart = abs((_when(experiment) - when).total_seconds())
        return bool(stale), program(own) != program(entry), other_size, apart

    fitting = [e for e in measurements if not differences(_where(e), where, (*FREE, *REPLACED))]
    for experiment, stale in sorted(((e, _stale(e, where, when)) for e in fitting), key=rank):
        if spread := _spread(store, experiment.id, experiment.created):
            return _floor(experiment, spread, stale)
    return None


def _floor(experiment: Experiment, spread: Spread, stale: str) -> Floor:
    entry = experiment.request.variants[0]
    return Floor(spread, experiment.id, entry, _when(experiment), _where(experiment), stale)


def _where(experiment: Experiment) -> Circumstance:
    return circumstance(experiment, experiment.request.variants[0])


def _when(experiment: Experiment) -> datetime:
    return experiment.started or experiment.created


def program(label: str) -> tuple[str, str]:
    known = catalog.of_label(label)
    return (known.name, known.stack) if known else (label, "")


def _stale(experiment: Experiment, where: Circumstance, when: datetime) -> str:
    before = _where(experiment)
    if differences(before, where, FREE):
        return f"on {before.machine}, which has changed"
    return f"more than {DAYS} days apart" if abs(_when(experiment) - when).days >= DAYS else ""


@lru_cache(maxsize=64)
def _spread(store: Store, experiment_id: int, created: datetime) -> Spread | None:
    """The spread that an experiment measured, cached: an ended experiment never changes.

    `created` tells apart experiments that bear the same number.
    """
    settings = store.experiment(experiment_id).request.settings
    rounds: dict[int, dict[str, spreads.Floats]] = {}
    for run in store.runs(experiment_id):
        timed = Timed(run, store.batches(run.id), (), catalog.settings_of(run.label, settings))
        if run.status == "finished" and len(timed.slice_means):
            rounds.setdefault(run.round, {})[run.label] = timed.slice_means
    return spreads.spread(list(rounds.values()))
