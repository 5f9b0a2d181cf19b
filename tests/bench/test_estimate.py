"""What an experiment is expected to cost before it starts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lenet.bench import estimate as estimating
from lenet.bench.estimate import GIBIBYTE, IMAGE_KIB, MEBIBYTE, estimate
from lenet.records import Request
from lenet.settings import Settings
from lenet.store import Store
from lenet.worker.tape import DTYPE
from tests.helpers.tapes import tape

SETTINGS = Settings.parse({"batch_size": 32, "images_per_epoch": 3200, "rounds": 2})
REQUEST = Request(("keras_fit", "numpy_reference"), SETTINGS)


def ran(store: Store, ms: float, peak_memory: int, instrument: str = "race") -> None:
    """A finished run of keras_fit."""
    number = store.add_experiment(Request(("keras_fit",), SETTINGS, instrument=instrument), "me")
    run = store.add_run(
        number, round=1, label="keras_fit", variant="keras_fit", stack="main", source_hash="", folder="f"
    )
    phases = {"import": 4.0, "build": 1.0}
    store.end_run(run, "finished", batches=tape([ms] * 100), phases=phases, peak_memory=peak_memory)


def test_what_never_ran_is_guessed_from_its_packages(store: Store) -> None:
    found = estimate(store, REQUEST)
    assert (found.known, found.processes) == (0, 2)
    assert found.memory_bytes == (600 + 150) * MEBIBYTE
    assert found.seconds > 12


def test_what_ran_before_tells_its_time_and_memory(store: Store) -> None:
    ran(store, 10.0, 900 * MEBIBYTE)
    ran(store, 500.0, 1, "counts")  # was not timed: says nothing
    found = estimate(store, REQUEST)
    assert found.known == 1 and found.memory_bytes == (900 + 150) * MEBIBYTE
    slower = estimate(store, Request(REQUEST.variants, Settings.parse({**SETTINGS.as_dict(), "rounds": 4})))
    assert slower.seconds > found.seconds + 2 * 100 * 0.010
    (alone,) = (estimate(store, Request(("keras_fit",), Settings.parse({**SETTINGS.as_dict(), "rounds": 1}))),)
    assert alone.seconds == pytest.approx(5 + 100 * 0.010)


def test_a_start_that_many_shared_is_no_slower_next_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ladder of eight on two cores: each start took four times as long as it does alone, all took 40 s."""
    monkeypatch.setattr(estimating, "CORES", (0, 1))
    request = Request(("keras_fit",) * 8, Settings.parse({**SETTINGS.as_dict(), "rounds": 2}), instrument="ladder")
    number = store.add_experiment(request, "me")
    run = store.add_run(
        number, round=2, label="keras_fit", variant="keras_fit", stack="main", source_hash="", folder="f"
    )
    phases, load = {"import": 36.0, "build": 4.0}, {"started_alone": False}
    store.end_run(run, "finished", batches=tape([10.0] * 100), phases=phases, load=load)
    trained = 2 * 8 * 100 * 0.010
    assert estimate(store, request).seconds == pytest.approx(2 * 40 + trained)
    assert estimate(store, replace(request, instrument="race")).seconds == pytest.approx(8 * 10 + 40 + trained)
    counted = replace(request, instrument="counts", settings=replace(request.settings, rounds=1))
    assert estimate(store, counted).seconds == pytest.approx(8 * 10 + trained / 2)
    one_by_one = replace(request, settings=replace(request.settings, slice_ms=0))
    assert estimate(store, one_by_one).seconds == pytest.approx(2 * 8 * 10 + trained)


def test_a_larger_batch_takes_longer_but_not_in_proportion(store: Store) -> None:
    ran(store, 10.0, MEBIBYTE)
    entry = "keras_fit+batch_size=64+images_per_epoch=6400"
    found = estimate(store, Request((entry,), Settings.parse({**SETTINGS.as_dict(), "rounds": 1})))
    assert 5 + 1.0 < found.seconds < 5 + 2.0


def test_one_after_the_other_needs_the_memory_of_one(store: Store) -> None:
    alone = Request(REQUEST.variants, Settings.parse({**SETTINGS.as_dict(), "slice_ms": 0}))
    found = estimate(store, alone)
    assert (found.processes, found.memory_bytes) == (1, 600 * MEBIBYTE)
    counted = estimate(store, Request(REQUEST.variants, SETTINGS, instrument="counts"))
    assert (counted.processes, counted.memory_bytes) == (1, 600 * MEBIBYTE)


def test_a_larger_batch_needs_more_memory(store: Store) -> None:
    def memory(variant: str, batch_size: int) -> int:
        settings = Settings.parse({"batch_size": batch_size, "rounds": 1})
        return estimate(store, Request((variant,), settings)).memory_bytes

    for variant in ("numpy_reference", "keras_fit"):
        assert memory(variant, 60_000) > 6 * GIBIBYTE > 10 * memory(variant, 32)
    ran(store, 10.0, 900 * MEBIBYTE)
    assert memory("keras_fit", 32) == 900 * MEBIBYTE
    assert memory("keras_fit", 4000) - 900 * MEBIBYTE == IMAGE_KIB["tensorflow"] * 1024 * (4000 - 32)
    assert 100 * MEBIBYTE < memory("keras_fit", 1) < 900 * MEBIBYTE


def test_tapes_of_all_runs_at_once(store: Store) -> None:
    row, batches = DTYPE.itemsize, SETTINGS.batches
    assert estimate(store, REQUEST).tape_bytes == 2 * batches * row
    entry = "keras_fit+batch_size=1+epochs=1000"
    alone = Request((entry, "numpy_reference"), Settings.parse({**SETTINGS.as_dict(), "slice_ms": 0}))
    assert estimate(store, alone).tape_bytes == 3200 * 1000 * row
