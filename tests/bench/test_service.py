"""Races from submission to record: order, rounds, stops, queues, crashes. Doubles run; nothing is computed."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from lenet import catalog
from lenet.analysis import report as reports
from lenet.bench import exam, live, lock
from lenet.bench import race as race_module
from lenet.bench.launcher import Worker
from lenet.bench.queue import Queue
from lenet.bench.service import Service
from lenet.errors import BadInput, DataError, StoreError
from lenet.program import PROJECT
from lenet.records import Parity, Request
from lenet.settings import Settings
from lenet.views import experiment as experiment_view
from tests.helpers import passing
from tests.helpers.growing import newest_round

SMALL = {"batch_size": 4, "images_per_epoch": 240, "rounds": 1, "slice_ms": 20, "threads": 1, "timeout": 20}


@pytest.fixture(autouse=True)
def no_exams(monkeypatch):
    """Doubles compute nothing, so they would fail the exam: every one is said to pass."""

    monkeypatch.setattr(exam, "sit", passing.sit)
    monkeypatch.setattr(race_module, "evaluate", lambda weights: (0.5, 0.9))


@pytest.fixture
def service(home, doubles):
    service = Service(home)
    yield service
    service.close()


def request(*variants, **settings):
    return Request(variants, Settings.parse({**SMALL, **settings}))


def turns(service, experiment_id):
    """Per run: its label and the times (start, end) of each uninterrupted stretch of batches."""
    found = []
    for run in service.store.runs(experiment_id):
        rows = service.store.batches(run.id)
        cuts = np.flatnonzero(rows["start"][1:] != rows["end"][:-1]) + 1
        for stretch in np.split(rows, cuts):
            found.append((stretch["start"][0], stretch["end"][-1], run.label, run.round))
    return sorted(found)


def test_a_race_takes_turns_and_only_one_run_trains_at_a_time(service):
    number = service.submit(request("plain", "slower"))
    assert service.wait(number, 60).status == "finished"
    stretches = turns(service, number)
    assert all(first[1] <= second[0] for first, second in zip(stretches, stretches[1:], strict=False))
    labels = [label for *_, label, _ in stretches]
    assert labels.count("plain") == labels.count("slower") >= 3
    # Neighbours: each turn of one has a turn of the other beside it.
    assert all({labels[i], labels[i + 1]} == {"plain", "slower"} for i in range(0, len(labels), 2))


def test_the_order_within_a_turn_is_shuffled(service):
    number = service.submit(request("plain", "slower", images_per_epoch=1200, slice_ms=1))
    service.wait(number, 60)
    labels = [label for *_, label, _ in turns(service, number)]
    assert {tuple(labels[i : i + 2]) for i in range(0, len(labels), 2)} == {("plain", "slower"), ("slower", "plain")}


def test_every_round_starts_fresh_processes_and_is_recorded_whole(service):
    number = service.submit(request("plain", "fits", rounds=2, epochs=2))
    assert service.wait(number, 60).status == "finished"
    runs = service.store.runs(number)
    assert sorted((run.round, run.label, run.status) for run in runs) == [
        (round_, label, "finished") for round_ in (1, 2) for label in ("fits", "plain")
    ]
    assert all(run.batch_count == 120 and len(service.store.batches(run.id)) == 120 for run in runs)
    assert [(epoch.epoch, epoch.batches) for epoch in service.store.epochs(number) if epoch.run_id == runs[0].id] == [
        (1, 60),
        (2, 120),
    ]
    run = runs[0]
    assert run.facts["device"] == "cpu" and run.phases["import"] > 0 and run.peak_memory > 0
    assert run.source_hash == catalog.variant(run.variant).source_hash()
    assert {"busy_percent", "steal_percent", "app_shares_cores", "worker_cores"} <= run.load.keys()
    assert service.store.experiment(number).machine["cores"] >= 1
    assert not (service.home.experiment(number) / "problem.npz").exists()


def test_a_precision_ends_a_race_as_soon_as_it_is_reached(service):
    number = service.submit(request("plain", "slower", rounds=2, precision="20%", budget="5m"))
    ended = service.wait(number, 120)
    raced = max(run.round for run in service.store.runs(number))
    assert ended.status == "finished"
    assert ended.reason.startswith("Every ratio is known to ±") and ended.reason.endswith("(asked: ±20 %).")
    (pair,) = reports.load(service.store, number).pairs
    assert pair.rounds == raced >= 2
    assert (pair.high / pair.low) ** 0.5 - 1 <= 0.2
    assert not service.home.experiment(number).exists()


def test_a_budget_ends_a_race_that_does_not_become_precise(service):
    number = service.submit(request("plain", "slower", rounds=2, precision="0.0001%", budget="3s"))
    ended = service.wait(number, 60)
    runs = service.store.runs(number)
    assert ended.status == "finished" and {run.status for run in runs} == {"finished"}
    # On a busy machine two rounds are all that fit, and tell next to nothing.
    assert re.match(r"Its budget of 3 s ended it: Slower against Plain is known to (no better than )?±\d", ended.reason)
    assert 2 <= max(run.round for run in runs) < 30


def test_a_race_for_a_precision_that_is_stopped_keeps_its_rounds(service):
    number = service.submit(request("plain", "slower", precision="0.0001%", budget="10m"))
    _until(lambda: any(run.round == 3 for run in service.store.runs(number)))
    service.stop(number)
    assert service.wait(number, 10).status == "cancelled"
    kept = [run for run in service.store.runs(number) if run.round < 3]
    assert {run.status for run in kept} == {"finished"} and len(kept) == 4
    (pair,) = reports.load(service.store, number).pairs
    assert pair.rounds >= 2


def test_one_that_crashes_does_not_keep_a_race_going(service):
    number = service.submit(request("plain", "segfault", rounds=2, precision="0.0001%", budget="10m"))
    ended = service.wait(number, 60)
    assert ended.status == "failed"
    assert ended.reason == "2 of its runs did not finish. There is no ratio that could be known to ±0.0001 %."


def test_slices_off_runs_one_after_the_other(service):
    number = service.submit(request("plain", "slower", slice_ms=0))
    service.wait(number, 60)
    assert len(turns(service, number)) == 2


def test_a_variant_may_race_itself(service):
    number = service.submit(request("plain", "plain"))
    service.wait(number, 60)
    assert sorted(run.label for run in service.store.runs(number)) == ["plain", "plain~2"]


def test_one_bad_run_does_not_take_the_others_with_it(service):
    number = service.submit(request("segfault", "raises", "plain"))
    experiment = service.wait(number, 60)
    assert experiment.status == "failed" and "2 of its runs did not finish" in experiment.reason
    found = {run.label: run for run in service.store.runs(number)}
    assert {label: run.status for label, run in found.items()} == {
        "segfault": "crashed",
        "raises": "failed",
        "plain": "finished",
    }
    assert found["segfault"].batch_count == found["raises"].batch_count == 4
    assert "Traceback" in found["raises"].log


def test_an_unavailable_variant_is_a_result(service, monkeypatch):
    missing = dataclasses.replace(catalog.VARIANTS["slower"], packages=("no-such-package",))
    monkeypatch.setitem(catalog.VARIANTS, "slower", missing)
    number = service.submit(request("plain", "slower"))
    service.wait(number, 60)
    found = {run.label: (run.status, run.reason) for run in service.store.runs(number)}
    assert found["plain"][0] == "finished"
    assert found["slower"][0] == "unavailable" and "no-such-package is not installed" in found["slower"][1]


def test_an_exam_without_an_answer_keeps_the_variant_out_and_is_asked_again(service, monkeypatch):
    def crash(variant, settings, folder, started):
        return exam.Sitting(
            Parity("key", variant.name, False, float("nan"), "", 1e-5, "Ended by SIGSEGV.", "crashed"), "its log"
        )

    monkeypatch.setattr(exam, "sit", crash)
    number = service.submit(request("plain"))
    service.wait(number, 60)
    (run,) = service.store.runs(number)
    assert (run.status, run.reason) == ("crashed", "In the check against the reference: Ended by SIGSEGV.")
    assert run.log == "its log"
    assert service.store.parity_keys(number) == {}


def test_what_a_finished_run_left_behind_is_said(service, monkeypatch):
    monkeypatch.setitem(
        catalog.VARIANTS,
        "leaves_behind",
        dataclasses.replace(catalog.VARIANTS["leaves_behind"], environment={"HOW": "session"}),
    )
    number = service.submit(request("plain", "leaves_behind"))
    assert service.wait(number, 60).status == "finished"
    runs = service.store.runs(number)
    section = experiment_view.left_behind(runs)
    assert [block.notes for block in section.blocks] == [
        ("Round 1, Leaves behind: LeNet Bench: It left these processes behind, which were ended: sleep 4741.",)
    ]


def test_stop_ends_everything_at_once_and_keeps_the_batches(service):
    number = service.submit(request("plain", "slower", images_per_epoch=60_000))
    _until(lambda: min(_both(service, number)) > 30)
    begin = time.monotonic()
    service.stop(number)
    assert service.wait(number, 10).status == "cancelled"
    assert time.monotonic() - begin < 2
    assert {(run.status, run.batch_count > 30) for run in service.store.runs(number)} == {("cancelled", True)}


def test_the_second_experiment_waits_its_turn_and_can_be_stopped_there(service):
    first = service.submit(request("plain", images_per_epoch=60_000))
    second, third = service.submit(request("plain")), service.submit(request("slower"))
    _until(lambda: service.store.experiment(first).status == "running")
    assert [service.place(number) for number in (first, second, third)] == [0, 1, 2]
    service.stop(second)
    assert service.store.experiment(second).status == "cancelled"
    service.stop(first)
    assert service.wait(third, 60).status == "finished"
    assert service.store.runs(second) == []


def test_another_process_that_races_makes_us_wait(service):
    with lock.MachineLock() as other:
        assert other.acquire()
        number = service.submit(request("plain"))
        assert service.wait(number, 1.5).status == "queued"
    assert service.wait(number, 60).status == "finished"


def test_the_machine_has_one_lock_and_a_dead_holder_gives_it_back(home):
    code = "from lenet.bench.lock import MachineLock as L; assert L().acquire(); print('held', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], cwd=PROJECT, stdin=-1, stdout=-1, text=True) as child:
        assert child.stdout.readline() == "held\n"
        ours = lock.MachineLock()
        assert not ours.acquire()
        assert lock.holder().pid == child.pid
        child.kill()
        child.wait()
        assert lock.holder() is None, "what it wrote does not count any more"
        assert ours.acquire()
        ours.release()


APP = """
import sys, time
from lenet import catalog
from lenet.bench import exam, race
from lenet.bench.service import Service
from lenet.home import open_home
from lenet.records import Request
from lenet.settings import Settings
from tests.conftest import double
from tests.helpers import passing
for name in ("plain", "slower"):
    catalog.VARIANTS[name] = double(name)
exam.sit = passing.sit
service = Service(open_home())
settings = Settings.parse({"batch_size": 4, "rounds": 1, "slice_ms": 20, "threads": 1})
number = service.submit(Request(("plain", "slower"), settings))
service.submit(Request(("plain",), settings))
print(number, flush=True)
time.sleep(600)
"""


def test_an_app_that_is_killed_leaves_no_orphan_and_loses_no_batch(home, doubles):
    with subprocess.Popen([sys.executable, "-c", APP], cwd=PROJECT, stdout=-1, stderr=-1, text=True) as app:
        number = int(app.stdout.readline())
        watcher = Service(home)
        _until(lambda: min(_both(watcher, number)) > 30)
        assert watcher.store.experiment(number).status == "running"
        workers = psutil.Process(app.pid).children(recursive=True)
        assert len([w for w in workers if "lenet.worker" in " ".join(w.cmdline())]) == 2
        os.kill(app.pid, signal.SIGKILL)
        app.wait()
    _, alive = psutil.wait_procs(workers, timeout=5)
    assert [w for w in alive if w.status() != psutil.STATUS_ZOMBIE] == []
    made = [len(live.read_tape(home, run)) for run in watcher.store.runs(number)]
    watcher.close()

    restarted = Service(home)
    assert restarted.store.experiment(number).status == "interrupted"
    assert {run.status for run in restarted.store.runs(number)} == {"interrupted"}
    assert [len(restarted.store.batches(run.id)) for run in restarted.store.runs(number)] == made
    assert min(made) > 30
    assert restarted.store.experiment(number + 1).status == "interrupted"
    restarted.close()


def test_closing_the_app_ends_its_race_as_interrupted(home, doubles):
    service = Service(home)
    number = service.submit(request("plain", images_per_epoch=60_000))
    _until(lambda: service.store.experiment(number).status == "running" and newest_round(service.store, home, number))
    service.close()
    again = Service(home)
    assert again.store.experiment(number).status == "interrupted"
    again.close()


def test_another_process_can_ask_for_the_end_of_what_waits_and_of_what_runs(service, home):
    number = service.submit(request("plain", images_per_epoch=60_000))
    waiting = service.submit(request("plain"))
    _until(lambda: newest_round(service.store, service.home, number))
    with contextlib.closing(Queue(home)) as other:
        for each in (waiting, number):
            other.stop(each, "ada@example.org")
        assert other.store.experiment(waiting).status == "cancelled"
        ended = other.wait(number, 60)
    assert (ended.status, ended.reason) == ("cancelled", "It was stopped by ada@example.org.")


@pytest.mark.parametrize(
    ("variants", "message"),
    [
        ((), "Choose at least one variant"),
        (("plian",), "did you mean 'plain'"),
        (("xyz",), "There is no variant 'xyz'"),
        (("plain", "plain~2"), "'plain~2' is the label of a copy; to race copies, name the entry as often"),
    ],
)
def test_a_bad_request_is_refused_before_anything_is_stored(service, variants, message):
    with pytest.raises(BadInput, match=message):
        service.submit(Request(variants, Settings.parse(SMALL)))
    assert service.store.experiments() == []


def test_damaged_data_is_said_before_anything_is_stored(service, monkeypatch):
    def damaged():
        raise DataError("The data file is damaged; restore it.")

    monkeypatch.setattr("lenet.data.load", damaged)
    with pytest.raises(DataError):
        service.submit(request("plain"))
    assert service.store.experiments() == []


def test_a_disk_that_fills_up_in_a_race_fails_the_run_with_the_reason_and_not_the_others(service, monkeypatch):
    started = []

    def full(self, *arguments):
        if started:
            raise StoreError("The disk is full; free some space.")
        started.append(self)
        prepare(self, *arguments)

    prepare = Worker._prepare
    monkeypatch.setattr(Worker, "_prepare", full)
    number = service.submit(request("plain", "slower"))
    experiment = service.wait(number, 60)
    assert experiment.status == "failed"
    runs = service.store.runs(number)
    assert sorted(run.status for run in runs) == ["failed", "finished"]
    assert [run.reason for run in runs if run.status == "failed"] == ["The disk is full; free some space."]


def test_a_store_that_refuses_says_so_and_loses_nothing(service, home, monkeypatch):
    monkeypatch.setattr("lenet.bench.runner.RETRY_SECONDS", 0.2)
    number = service.submit(request("plain", "slower", images_per_epoch=60_000))
    _until(lambda: min(_both(service, number)) > 30)
    workers = psutil.Process().children()

    def full(*arguments, **fields):
        raise StoreError("The disk is full; free some space.")

    with monkeypatch.context() as patched:
        patched.setattr(service.store, "end_run", full)
        service.stop(number)
        _until(lambda: live.stage(home, number) == "The disk is full; free some space. Trying again.")
        assert psutil.wait_procs(workers, timeout=5)[1] == []
    ended = service.wait(number, 10)
    assert (ended.status, ended.reason) == ("failed", "The disk is full; free some space.")
    assert {(run.status, run.batch_count > 30) for run in service.store.runs(number)} == {("interrupted", True)}


def _both(service, number):
    runs = newest_round(service.store, service.home, number)
    return [run.count for run in runs] if len(runs) == 2 else [0]


def _until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
