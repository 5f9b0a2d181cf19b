"""A whole experiment, read from a store and put into another."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lenet.errors import BadInput
from lenet.records import UNFINISHED, Bundle, Experiment, Parity, Request

if TYPE_CHECKING:
    from lenet.store import Store


def gather(store: Store, experiment_id: int) -> Bundle:
    """Read an experiment from the store.

    Raises BadInput when there is none or it is not over, StoreError when it cannot be read.
    """
    experiment = store.experiment(experiment_id)
    if experiment.status in UNFINISHED:
        raise BadInput(f"Experiment {experiment_id} is {experiment.status}; export it when it has ended.")
    if experiment.pruned:
        raise BadInput(f"The batches of experiment {experiment_id} were removed; export its figures as JSON or HTML.")
    stored = store.runs(experiment_id)
    places = {run.id: place for place, run in enumerate(stored, 1)}
    head = _at_home(experiment)
    runs = (dataclasses.replace(run, id=places[run.id], experiment_id=head.id, folder="") for run in stored)
    epochs = store.epochs(experiment_id)
    return Bundle(
        head,
        store.annotation(experiment_id),
        tuple(runs),
        {places[run.id]: store.batches(run.id) for run in stored},
        tuple(dataclasses.replace(epoch, run_id=places[epoch.run_id]) for epoch in epochs),
        _answers(store, experiment),
    )


def _answers(store: Store, experiment: Experiment) -> dict[str, Parity]:
    """Label -> answer, with the keys that the answers had where they were given."""
    keys = store.parity_keys(experiment.id)
    prefix = f"{experiment.uid}:"
    plain = {
        key: dataclasses.replace(answer, key=key.removeprefix(prefix))
        for key, answer in store.parities(keys.values()).items()
    }
    return {label: plain[key] for label, key in keys.items() if key in plain}


def _at_home(experiment: Experiment) -> Experiment:
    """The experiment with the number, origin and submitter that it had where it was raced."""
    known, request = experiment.origin, experiment.request
    origin = {"host": known.get("host", experiment.machine.get("host", "")), "id": known.get("id", experiment.id)}
    asked = dataclasses.replace(request, submitter=known.get("submitter", request.submitter))
    return dataclasses.replace(experiment, id=origin["id"], origin=origin, request=asked, owner="")


def import_bundle(store: Store, bundle: Bundle, by: str = Request.submitter) -> int:
    """Store an experiment that was raced elsewhere, all of it or nothing; return its number here.

    by: whose it is here; who its file says had asked for it is only kept. Raises AlreadyHere, a
    BadInput, when it is here, StoreError when it cannot be stored.
    """
    there, request = bundle.experiment.origin, bundle.experiment.request
    origin = {
        "host": there["host"],
        "id": there["id"],
        "submitter": request.submitter,
        "by": by,
        "imported": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    mine = dataclasses.replace(request, submitter=by)
    experiment = dataclasses.replace(bundle.experiment, origin=origin, request=mine)
    return store.add_experiment_whole(
        experiment, bundle.runs, bundle.batches, bundle.epochs, bundle.parities, bundle.annotation
    )
