"""Experiments of every instrument with known times, put into a real store as if they had been raced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lenet import catalog, instruments
from lenet.analysis.answer import ORIGINAL, TODAY, Era
from lenet.catalog import Ladder
from lenet.records import Parity, Request
from lenet.settings import Settings
from lenet.store import Store
from lenet.worker.tape import DTYPE
from tests.tapes import Rows, passed, raced

MACHINE = {"host": "one", "cpu": "a test's", "cores": 2, "memory_bytes": 8 << 30}
BATCHES = 220
VERSIONS = {"tf1": {"tensorflow": "1.2.1", "keras": "2.0.6"}, "main": {"tensorflow": "2.21.0", "keras": "3.15.0"}}

Times = Mapping[str, float] | Callable[[str], float]
"""Of each entry the time of a batch in ms."""


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
    """Store an experiment as raced; `failed` labels crashed, `wrong` ones failed their exam. Returns its number."""
    number = store.add_experiment(request, "nobody:1:0")
    store.start_experiment(number, dict(machine))
    labels = catalog.labels(request.variants)
    generator = np.random.default_rng(number)
    of = times if callable(times) else times.__getitem__
    for round in range(1, request.settings.rounds + 1):
        for label in labels:
            ms = of(label.partition("~")[0]) * generator.normal(1, 0.002)
            rows = None if label in failed else raced(ms * generator.gamma(900, 1 / 900, BATCHES), 25)
            _run(store, number, round, label, rows, (evidence or {}).get(label, {}), packages)
    _parities(store, number, labels, wrong)
    store.end_experiment(number, status, "" if status == "finished" else "Something did not finish.")
    return number


def _run(store: Store, number: int, round: int, label: str, rows: Rows | None, evidence: Any, packages: Any) -> None:
    variant = catalog.variant(label)
    run = store.add_run(
        number, round=round, label=label, variant=variant.name, stack=variant.stack, source_hash="0", folder=label
    )
    if rows is None:
        store.end_run(run, "crashed", reason="It was ended by signal 9.", batches=np.zeros(0, DTYPE))
    else:
        facts = {"packages": packages or VERSIONS.get(variant.stack, {})}
        store.end_run(run, "finished", batches=rows, facts=facts, evidence=evidence)


def _parities(store: Store, number: int, labels: list[str], wrong: tuple[str, ...]) -> None:
    keys = {}
    for label in labels:
        keys[label] = f"{label}-{label in wrong}"
        values: dict[str, Any] = {"equivalent": False, "difference": 0.5} if label in wrong else {}
        answer = passed(label, **values)
        store.add_parity(Parity(**{**vars(answer), "key": keys[label]}))
    store.set_parity_keys(number, keys)


def add_race(store: Store, era: Era, keras: float, tensorflow: float, *, settings: Any = None, **values: Any) -> int:
    """A race of an era's pair, at the issue's settings."""
    wanted = Settings.parse({"epochs": 12, "threads": 2, **(settings or {})})
    return add(store, Request(era.pair, wanted), {era.keras: keras, era.tensorflow: tensorflow}, **values)


def add_law(
    store: Store, era: Era, overhead: Mapping[str, float], per_image: Mapping[str, float], **values: Any
) -> int:
    """A law of an era's pair: ms per batch and ms per image of each of the two."""
    request = instruments.law_request(era.pair, (1, 4, 16, 64), {"rounds": 3})

    def of(entry: str) -> float:
        name = catalog.variant(entry).name
        return overhead[name] + per_image[name] * float(catalog.overrides(entry)["batch_size"])

    return add(store, request, of, **values)


def add_ladder(store: Store, ladder: Ladder, first: float = 3.0, last: float = 2.0, **values: Any) -> int:
    """A ladder whose changes are worth the less the later they come, and do not depend on each other."""
    worth = np.array([0.5**at for at in range(len(ladder.changes))])
    worth *= (first - last) / worth.sum()
    times = dict(zip(ladder.forward(), first - np.concatenate([[0], np.cumsum(worth)]), strict=True))
    if undone := ladder.backward():
        times = dict(zip(undone, last + np.concatenate([[0], np.cumsum(worth)]), strict=True)) | times
    return add(store, instruments.ladder_request(ladder, {"rounds": 3}), times, **values)


def add_counts(
    store: Store, era: Era, keras: bool | None, control: bool | None = True, told_by: str = "a test", **values: Any
) -> int:
    """Counts of an era's Keras and of its control: what each was found to do."""
    found = {era.keras: evidence(keras, told_by), era.control: evidence(control, told_by)}
    return add(store, instruments.counts_request(tuple(found), {}), lambda entry: 1.0, evidence=found, **values)


def evidence(recreated: bool | None, told_by: str = "a test") -> dict[str, Any]:
    """What a run that counted leaves: 40 batches that traced a function each, or none, or nothing that tells."""
    traces = _count("traces", "TensorFlow", told_by, 1.0 if recreated else 0.0)
    calls = [_count(what, "Python", told_by, 900.0) for what in ("python_calls", "c_calls")]
    return {
        "first": 20,
        "batches": 40,
        "watched": ["TensorFlow"],
        "counts": calls if recreated is None else [traces, *calls],
        "untold": [],
        "called": [],
    }


def _count(what: str, framework: str, by: str, each: float) -> dict[str, Any]:
    total = int(40 * each)
    return {"what": what, "framework": framework, "by": by, "total": total, "typical": each, "least": each,
            "most": each, "calls_with": 40 if each else 0, "calls": 40}  # fmt: skip


def add_everything(store: Store, **values: Any) -> None:
    """Every part of the answer to issue 7439, Keras slower in both eras and nothing re-created."""
    for era, keras, tensorflow, fixed in ((ORIGINAL, 9.1, 5.9, 3.1), (TODAY, 7.5, 6.1, 1.6)):
        add_race(store, era, keras, tensorflow, **values)
        add_law(store, era, {era.keras: fixed, era.tensorflow: 0.4}, {era.keras: 0.17, era.tensorflow: 0.165}, **values)
        add_ladder(store, catalog.ladder(era.name), 4.2, 1.6, **values)
        add_counts(store, era, False, **values)
