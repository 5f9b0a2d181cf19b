"""Put experiments with known times into a real store, as if they had been raced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lenet import catalog, requests
from lenet.analysis.issue7439.answer import ORIGINAL, TODAY, Era
from lenet.catalog import Entry, Ladder
from lenet.records import Parity, Request
from lenet.settings import Settings
from lenet.store import Store, tables
from lenet.worker.tape import DTYPE
from tests.helpers.tapes import Rows, passed, raced

MACHINE = {"host": "one", "cpu": "a test's", "cores": 2, "memory_bytes": 8 << 30}
BATCHES = 220
VERSIONS = {"tf1": {"tensorflow": "1.2.1", "keras": "2.0.6"}, "main": {"tensorflow": "2.21.0", "keras": "3.15.0"}}

Times = Mapping[str, float] | Callable[[str], float]
"""The batch time of each entry, in ms."""


CORES = 2
"""Of a stored ladder or law, whatever the machine has."""


def begin(
    store: Store,
    request: Request,
    owner: str = "nobody:1:0",
    machine: Mapping[str, Any] = MACHINE,
    wrong: tuple[str, ...] = (),
) -> int:
    """Store a running experiment and return its number.

    All labels have passed their exam, except those in `wrong`.
    """
    number = store.add_experiment(request, owner)
    store.claim(number, dict(machine), owner)
    keys = {}
    for label in catalog.labels(request.variants):
        values: dict[str, Any] = {"equivalent": False, "difference": 0.5} if label in wrong else {}
        keys[label] = f"{label}-{label in wrong}"
        store.add_parity(Parity(**{**vars(passed(label, **values)), "key": keys[label]}))
    store.set_parity_keys(number, keys)
    return number


def give(store: Store, number: int, target: str, group: str) -> None:
    """An experiment was asked for on a machine of the fleet, as one of a group."""
    with store._writing() as connection:
        table = tables.experiments
        connection.execute(table.update().where(table.c.id == number).values(target=target, group=group))


def silence(store: Store, number: int) -> None:
    """The process that runs an experiment has not been heard of for a while."""
    with store._writing() as connection:
        table = tables.experiments
        connection.execute(table.update().where(table.c.id == number).values(beat=None))


def add(
    store: Store,
    request: Request,
    times: Times,
    *,
    machine: Mapping[str, Any] = MACHINE,
    status: str = "finished",
    failed: tuple[str, ...] = (),
    wrong: tuple[str, ...] = (),
    evidence: Mapping[str, dict[str, Any]] | None = None,
    packages: Mapping[str, str] | None = None,
) -> int:
    """Store a raced experiment and return its number.

    Labels in `failed` have crashed, labels in `wrong` have failed their exam.
    """
    number = begin(store, request, machine=machine, wrong=wrong)
    generator = np.random.default_rng(number)
    of = times if callable(times) else times.__getitem__
    for round in range(1, request.settings.rounds + 1):
        for label in catalog.labels(request.variants):
            ms = of(str(Entry.parse(label).without_copy)) * generator.normal(1, 0.002)
            times = ms * generator.gamma(900, 1 / 900, BATCHES)
            planned = catalog.settings_of(label, request.settings).batches
            rows = None if label in failed else raced(times[:planned], 25)
            _run(store, number, round, label, rows, (evidence or {}).get(label, {}), packages)
    store.end_experiment(number, status, "" if status == "finished" else "Something did not finish.")
    return number


def _run(store: Store, number: int, round: int, label: str, rows: Rows | None, evidence: Any, packages: Any) -> None:
    variant = catalog.variant(label)
    run = store.add_run(
        number, round=round, label=label, variant=variant.name, stack=variant.stack, source_hash="0",
        folder=f"r{round}-{label}",
    )  # fmt: skip
    if rows is None:
        store.end_run(run, "crashed", reason="It was ended by signal 9.", batches=np.zeros(0, DTYPE))
    else:
        told = VERSIONS.get(variant.stack, {}) if packages is None else packages
        facts = {"packages": told} if told else {}
        store.end_run(run, "finished", batches=rows, facts=facts, evidence=evidence, peak_memory=2**29)


def add_race(store: Store, era: Era, keras: float, tensorflow: float, *, settings: Any = None, **values: Any) -> int:
    """Store a race of an era's pair, with the issue's settings."""
    wanted = Settings.parse({"epochs": 12, "threads": 2, **(settings or {})})
    return add(store, Request(era.pair, wanted), {era.keras: keras, era.tensorflow: tensorflow}, **values)


def add_law(store: Store, laws: Mapping[str, tuple[float, float]], **values: Any) -> int:
    """Store a law. laws: (ms per batch, ms per image) of each variant."""
    request = requests.law_request(tuple(laws), (1, 4, 16, 64), {"rounds": 3, "cores": CORES})

    def of(entry: str) -> float:
        a, b = laws[catalog.variant(entry).name]
        return a + b * float(catalog.overrides(entry)["batch_size"])

    return add(store, request, of, **values)


def add_ladder(store: Store, ladder: Ladder, times: Mapping[str, float] | None = None, **values: Any) -> int:
    """Store a ladder; without `times` its times fall from 3 to 2 ms."""
    return add(
        store,
        requests.ladder_request(ladder, {"rounds": 3, "cores": CORES}),
        times or falling(ladder, 3.0, 2.0),
        **values,
    )


def falling(ladder: Ladder, first: float, last: float) -> dict[str, float]:
    """Times of a ladder whose effects halve from change to change and do not depend on order."""
    worth = np.array([0.5**at for at in range(len(ladder.changes))])
    worth *= (first - last) / worth.sum()
    times = dict(zip(ladder.forward(), first - np.concatenate([[0], np.cumsum(worth)]), strict=True))
    if undone := ladder.backward():
        times = dict(zip(undone, last + np.concatenate([[0], np.cumsum(worth)]), strict=True)) | times
    return times


def add_counts(
    store: Store, era: Era, keras: bool | None, control: bool | None = True, told_by: str = "a test", **values: Any
) -> int:
    """Store counts of an era's Keras and of its control; each may re-create on every batch."""
    evidence = {era.keras: recreating(keras, told_by), era.control: recreating(control, told_by)}
    return add_evidence(store, "counts", evidence, **values)


def add_evidence(store: Store, instrument: str, evidence: Mapping[str, dict[str, Any]], **values: Any) -> int:
    """Store counts or a profile. evidence: by variant."""
    build = requests.counts_request if instrument == "counts" else requests.profile_request
    return add(store, build(list(evidence), {}), lambda entry: 1.0, evidence=evidence, **values)


def recreating(recreated: bool | None, told_by: str = "a test") -> dict[str, Any]:
    """The counts of 40 batches that traced a function each (True) or none (False).

    With None no counter of the framework tells.
    """
    evidence = counted(traces=1 if recreated else 0, python_calls=900, told_by=told_by)
    if recreated is None:
        evidence["counts"] = [count for count in evidence["counts"] if count["framework"] == "Python"]
    return evidence


def counted(traces: int = 0, python_calls: int = 500, told_by: str = "TensorFlow's own counter") -> dict[str, Any]:
    """The counts of 40 batches in four epochs, with so many traces in each; an epoch's start makes two iterators."""

    def count(what: str, each: float, framework: str = "TensorFlow", start: float = 0) -> dict[str, Any]:
        return {
            "what": what, "framework": framework, "by": told_by, "total": int(40 * each),
            "typical": each, "least": each, "most": each, "calls_with": 40 if each else 0, "calls": 40,
            "borders": [start] * 3,
        }  # fmt: skip

    return {
        "first": 20,
        "batches": 40,
        "epochs": 4,
        "watched": ["TensorFlow"],
        "counts": [
            count("traces", traces), count("graph_operations", 0), count("iterators", 0, start=2),
            count("bytes_in", 25_088), count("python_calls", python_calls, "Python", start=1429),
            count("c_calls", 2 * python_calls, "Python"),
        ],
        "untold": [{"what": "bytes_out", "framework": "TensorFlow", "why": "no counter tells it"}],
        "called": [{"where": "keras/src/trainers/trainer.py", "name": "train_step", "calls": 40}],
    }  # fmt: skip


PROFILED: dict[str, Any] = {
    "batches": 1500,
    "frames": [
        "train (lenet/worker/clock.py)",
        "fit (keras/src/trainers/trainer.py)",
        "on_batch_end (keras/src/callbacks/callback_list.py)",
        "call_function (tensorflow/python/eager/context.py)",
    ],
    "stacks": [[300, [0, 1]], [200, [0, 1, 2]], [500, [0, 1, 3]]],
}
"""The samples of a profile: half of the time in TensorFlow, the rest in Keras."""


def add_everything(store: Store, **values: Any) -> None:
    """Store every part of the answer to issue 7439.

    Keras is slower in both eras, and nothing is re-created.
    """
    for era, keras, tensorflow, fixed in ((ORIGINAL, 9.1, 5.9, 3.1), (TODAY, 7.5, 6.1, 1.6)):
        add_race(store, era, keras, tensorflow, **values)
        add_law(store, {era.keras: (fixed, 0.17), era.tensorflow: (0.4, 0.165)}, **values)
        ladder = catalog.ladder(era.name)
        add_ladder(store, ladder, falling(ladder, 4.2, 1.6), **values)
        add_counts(store, era, False, **values)
