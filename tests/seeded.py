"""Experiments of every instrument in a store, with known causes and without a race."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lenet import catalog, instruments
from lenet.catalog import Ladder
from lenet.records import Parity, Request
from lenet.store import Store
from tests.tapes import MACHINE, raced

NOISE = 400
"""Shape of the gamma noise of a batch: about 5 %."""
LENGTH = 60


def add_ladder(store: Store, ladder: Ladder, times: Mapping[str, float], **values: Any) -> int:
    """A finished experiment of a ladder; times: us per batch of each entry."""
    request = instruments.ladder_request(ladder, {"rounds": 3, "images_per_epoch": 8 * 320, **values})
    return add_raced(store, request, times)


def add_law(store: Store, laws: Mapping[str, tuple[float, float]], sizes: tuple[int, ...] = (1, 4, 16, 64)) -> int:
    """A finished experiment of a law; laws: (a in us per batch, b in us per image) of each variant."""
    request = instruments.law_request(list(laws), sizes, {"rounds": 3, "images_per_epoch": 6400})
    times = {}
    for entry in request.variants:
        a, b = laws[entry.partition("+")[0]]
        times[entry] = a + b * catalog.settings_of(entry, request.settings).batch_size
    return add_raced(store, request, times)


def add_raced(store: Store, request: Request, times: Mapping[str, float], status: str = "finished") -> int:
    """An experiment whose batches take `times` us, by entry, give or take."""
    number = begin(store, request)
    generator = np.random.default_rng(7439)
    for round in range(1, request.settings.rounds + 1):
        for label in catalog.labels(request.variants):
            entry = label.partition("~")[0]
            batches = catalog.settings_of(entry, request.settings).batches
            ms = times[entry] / 1000 * generator.gamma(NOISE, 1 / NOISE, batches)
            store.end_run(_run(store, number, label, round), "finished", batches=raced(ms, LENGTH), peak_memory=2**29)
    store.end_experiment(number, status)
    return number


def add_evidence(store: Store, instrument: str, evidence: Mapping[str, dict[str, Any]]) -> int:
    """A finished experiment of counts or a profile; evidence by variant."""
    build = instruments.counts_request if instrument == "counts" else instruments.profile_request
    number = begin(store, build(list(evidence), {}))
    for name, found in evidence.items():
        store.end_run(_run(store, number, name, 1), "finished", batches=raced([0.0] * 30), evidence=found)
    store.end_experiment(number, "finished")
    return number


def begin(store: Store, request: Request, owner: str = "me") -> int:
    """A running experiment whose entries have all passed their exam."""
    number = store.add_experiment(request, owner)
    store.start_experiment(number, MACHINE)
    keys = {label: f"key of {label}" for label in catalog.labels(request.variants)}
    for label, key in keys.items():
        store.add_parity(Parity(key, catalog.variant(label).name, True, 3e-8, "conv1_bias", 1e-5))
    store.set_parity_keys(number, keys)
    return number


def _run(store: Store, number: int, label: str, round: int) -> int:
    variant = catalog.variant(label)
    return store.add_run(
        number, round=round, label=label, variant=variant.name, stack=variant.stack, source_hash="0",
        folder=f"r{round}-{label}",
    )  # fmt: skip


def counted(traces: int = 0, python_calls: int = 500) -> dict[str, Any]:
    """What a counter found on 40 batches: so many traces in each."""

    def count(what: str, each: float, framework: str = "TensorFlow") -> dict[str, Any]:
        return {
            "what": what, "framework": framework, "by": f"{framework}'s own counter", "total": int(40 * each),
            "typical": each, "least": each, "most": each, "calls_with": 40 if each else 0, "calls": 40,
        }  # fmt: skip

    return {
        "first": 20,
        "batches": 40,
        "watched": ["TensorFlow"],
        "counts": [
            count("traces", traces), count("graph_operations", 0), count("bytes_in", 25_088),
            count("python_calls", python_calls, "Python"), count("c_calls", 2 * python_calls, "Python"),
        ],
        "untold": [{"what": "bytes_out", "framework": "TensorFlow", "why": "no counter tells it"}],
        "called": [{"where": "keras/src/trainers/trainer.py", "name": "train_step", "calls": 40}],
    }  # fmt: skip


PROFILED: dict[str, Any] = {
    "batches": 1500,
    "frames": [
        "train (lenet/worker/loop.py)",
        "fit (keras/src/trainers/trainer.py)",
        "on_batch_end (keras/src/callbacks/callback_list.py)",
        "call_function (tensorflow/python/eager/context.py)",
    ],
    "stacks": [[300, [0, 1]], [200, [0, 1, 2]], [500, [0, 1, 3]]],
}
"""What a sampler found: half of the time in TensorFlow, the rest in Keras."""
