"""A live race without the training: runs whose tapes grow as fast as a real LeNet's."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lenet.bench import machine, owners
from lenet.bench.exhibit import Exhibit
from lenet.home import Home
from lenet.records import Experiment, Parity, Request
from lenet.settings import Settings
from lenet.store import Store, open_store
from lenet.worker import tape

MS = {"tensorflow_graph": 6.0, "keras_fit": 7.5}
"""The time of a batch of each of the two that race, as they were measured at the size of issue 7439."""
SLICE = 15
"""Batches of a turn; then the other one trains."""
AHEAD = 600
"""Seconds of a race that are drawn beforehand."""
STEP_SECONDS = 0.05
SETTINGS = Settings.parse({"batch_size": 1, "images_per_epoch": 60_000, "epochs": 20, "threads": 1})


@dataclass
class Replay:
    """A race that is being replayed."""

    number: int
    pictures: list[float] = field(default_factory=list)
    """Seconds of processor time for each picture that was put into the database."""
    _closed: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def race(home: Home, rows: int, *, exhibited: bool) -> Iterator[Replay]:
    """A running race of two variants with `rows` batches each, which grow from now on.

    exhibited: as a runner does, put a picture of it into the database once a second.
    """
    me = owners.this_process()
    hold = owners.Hold(home, me)
    hold.take()
    store = open_store(home.database_url)
    replay = Replay(_begin(store, str(me)))
    experiment = store.experiment(replay.number)
    works = [threading.Thread(target=_train, args=(store, home, experiment, rows, replay))]
    if exhibited:
        works.append(threading.Thread(target=_exhibit, args=(store, home, experiment, replay)))
    for work in works:
        work.start()
    try:
        yield replay
    finally:
        replay._closed.set()
        for work in works:
            work.join()
        for run in store.runs(replay.number):
            store.end_run(run.id, "cancelled", batches=np.empty(0, tape.DTYPE))
        store.end_experiment(replay.number, "cancelled", "The replay is over.")
        store.close()
        hold.let_go()


def _begin(store: Store, owner: str) -> int:
    number = store.add_experiment(Request(tuple(MS), SETTINGS), owner)
    store.claim(number, machine.describe(), owner)
    keys = {name: f"replayed-{name}" for name in MS}
    for name, key in keys.items():
        store.add_parity(Parity(key, name, True, 1e-8, "dense1_kernel", 1e-5))
    store.set_parity_keys(number, keys)
    return number


def _train(store: Store, home: Home, experiment: Experiment, rows: int, replay: Replay) -> None:
    """Write each batch at the moment at which it would have ended."""
    drawn = _rows(rows)
    writers = {name: _writer(store, home, experiment.id, name, drawn[name][:rows]) for name in MS}
    begun, zero = time.monotonic(), max(int(own["end"][rows - 1]) for own in drawn.values())
    at = dict.fromkeys(MS, rows)
    while not replay._closed.wait(STEP_SECONDS):
        moment = zero + int(1e9 * (time.monotonic() - begun))
        for name, writer in writers.items():
            until = int(np.searchsorted(drawn[name]["end"], moment, side="right"))
            for row in drawn[name][at[name] : until].tolist():
                writer.append(*row)
            at[name] = max(until, at[name])


def _rows(count: int) -> dict[str, Any]:
    """Rows of both runs, taking turns: `count`, and those of AHEAD seconds more."""
    generator = np.random.default_rng(7439)
    turns = (count + int(1000 * AHEAD / sum(MS.values()))) // SLICE + 1
    ms = {name: typical * generator.gamma(60, 1 / 60, (turns, SLICE)) for name, typical in MS.items()}
    first, second = ms.values()
    both = (1e6 * np.concatenate([first, second], axis=1)).astype(np.int64)
    ends = np.cumsum(both.ravel()).reshape(both.shape)
    made = {}
    for place, name in enumerate(MS):
        columns = slice(place * SLICE, (place + 1) * SLICE)
        own = np.zeros(turns * SLICE, tape.DTYPE)
        own["end"] = ends[:, columns].ravel()
        own["start"] = own["end"] - both[:, columns].ravel()
        number = np.arange(len(own))
        own["loss"] = 0.05 + 2.3 * np.exp(-number / 5000) + 0.02 * generator.random(len(own))
        made[name] = own
    return made


def _writer(store: Store, home: Home, number: int, name: str, rows: Any) -> tape.Writer:
    folder = home.experiment(number) / f"r1-{name}"
    folder.mkdir(parents=True)
    tape.create(folder / "tape", SETTINGS.batches)
    writer = tape.Writer(folder / "tape")
    for row in rows.tolist():
        writer.append(*row)
    store.add_run(number, round=1, label=name, variant=name, stack="main", source_hash="", folder=folder.name)
    return writer


def _exhibit(store: Store, home: Home, experiment: Experiment, replay: Replay) -> None:
    exhibit = Exhibit(store, home)
    while not replay._closed.wait(1.0):
        begun = time.thread_time()
        exhibit.show(experiment)
        replay.pictures.append(time.thread_time() - begun)
