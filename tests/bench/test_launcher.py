"""One worker process and every way it can end."""

from __future__ import annotations

import dataclasses
import json
import os
import signal

import psutil
import pytest

from lenet.bench import environment
from lenet.bench.launcher import Outcome
from lenet.errors import StoreError
from lenet.settings import CORES, Settings
from tests.conftest import double
from tests.helpers import workers

SETTINGS = Settings.parse({"batch_size": 4, "images_per_epoch": 40, "epochs": 2, "timeout": 3, "threads": 1})


@pytest.fixture
def start(tmp_path):
    with workers.beginning(tmp_path, images=40) as begin:

        def start(name, settings=SETTINGS, **environment):
            return begin(dataclasses.replace(double(name), environment=environment), settings, name)

        yield start


def drive(worker, grant=7):
    """Grant slice after slice until the process ends; the events by name."""
    events = []
    while (event := worker.next_event()) is not None:
        events.append(event["event"])
        if event["event"] == "slice":
            worker.grant(grant)
    return events


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system cannot keep a process on cores")
@pytest.mark.parametrize(("cores", "given"), [(0, 1), (1, 1), (2, 2), (1024, 1024)])
def test_a_program_has_the_cores_that_it_is_given_whatever_its_threads(start, cores, given):
    worker = start("plain", dataclasses.replace(SETTINGS, cores=cores))
    while worker.next_event()["event"] != "slice":
        pass
    assert len(os.sched_getaffinity(worker.pid)) == min(given, len(CORES))
    worker.end(Outcome("cancelled"))


def test_a_good_run_tells_its_story_and_keeps_its_tape(start):
    worker = start("plain")
    events = drive(worker)
    assert events == ["started", "imported", "built", "slice", "slice", "epoch", "slice", "slice", "epoch", "finished"]
    assert worker.outcome() == Outcome("finished")
    rows = worker.batches()
    assert len(rows) == 20 and (rows["end"] > rows["start"]).all()
    assert rows["loss"].tolist() == [float(n) for n in range(1, 21)]
    assert worker.facts["device"] == "cpu" and worker.facts["python"]
    assert set(worker.phases) == {"import", "build"}
    assert worker.peak_memory > 10_000_000
    assert "device_peak_bytes" not in worker.facts  # no framework counts the CPU's memory
    assert set(worker.load) <= {"energy_joules"}


def test_a_variant_that_owns_its_loop_is_sliced_too(start):
    worker = start("fits")
    assert drive(worker).count("slice") == 4
    assert worker.outcome().status == "finished"


def test_what_a_framework_prints_goes_to_the_log_and_never_becomes_an_event(start):
    worker = start("noisy")
    assert drive(worker)[-1] == "finished"
    assert worker.outcome().status == "finished"
    log = worker.log.read_text(encoding="utf-8")
    assert "printed by the framework: é" in log
    assert "written to descriptor 1" in log and "echoed by a child" in log


@pytest.mark.parametrize(
    ("name", "status", "reason", "log"),
    [
        ("raises", "failed", "ValueError: the fifth batch is bad", "Traceback"),
        ("segfault", "crashed", "The process was ended by SIGSEGV (tests/helpers/doubles/segfault.py, line 11).", ""),
        ("hangs", "timed_out", "It made no progress for 3 s", ""),
        ("babbles", "failed", "It sent something that is not an event: b'this is no event'", ""),
        ("half_line", "crashed", "exit code 7", ""),
        ("on_gpu", "failed", "asked to run on cpu, runs on gpu", "RuntimeError"),
        ("no_import", "failed", "libmissing.so.1", "ImportError"),
        ("fits_too_little", "failed", "trained 10 of 20 batches", ""),
    ],
)
def test_every_bad_end_has_a_status_a_reason_and_a_log(start, name, status, reason, log):
    worker = start(name)
    drive(worker)
    outcome = worker.outcome()
    assert outcome.status == status
    assert reason in outcome.reason
    assert log in outcome.log


@pytest.mark.parametrize("odd", ["raises", "nothing", "empty", "numpy", "objects", "endless", "reserved"])
def test_a_report_about_a_run_does_not_fail_the_run(start, odd):
    worker = start("odd_facts", ODD=odd)
    worker.facts["packages"] = {"numpy": "1"}
    drive(worker)
    assert worker.outcome() == Outcome("finished")
    assert worker.facts["packages"] == {"numpy": "1"} and worker.facts["python"]
    assert "device_peak_bytes" not in worker.facts
    assert len(json.dumps(worker.facts, allow_nan=False)) < 20_000
    assert ("untold" in worker.facts) == (odd in ("raises", "nothing"))
    if odd == "raises":
        assert worker.facts["untold"] == "KeyError: 'no_such_fact'"
        assert "odd_facts.py" in worker.log.read_text(encoding="utf-8")
    if odd == "numpy":
        assert (worker.facts["threads"], worker.facts["jit"], worker.facts["ids"]) == (1, False, [0, 1, 2])


@pytest.mark.parametrize("name", ["raises", "segfault", "hangs", "half_line"])
def test_the_batches_before_a_bad_end_are_kept(start, name):
    worker = start(name)
    drive(worker)
    worker.outcome()
    assert worker.batches()["loss"].tolist() == [1.0, 2.0, 3.0, 4.0]


def test_killed_from_outside_is_crashed_and_keeps_its_batches(start):
    worker = start("plain")
    while worker.next_event()["event"] != "slice":
        pass
    worker.grant(3)
    assert worker.next_event()["event"] == "slice"
    os.kill(worker.pid, signal.SIGKILL)
    assert worker.next_event() is None
    outcome = worker.outcome()
    assert (outcome.status, outcome.reason) == ("crashed", "The process was ended by SIGKILL (out of memory?).")
    assert len(worker.batches()) == 3


def test_a_slow_run_that_makes_progress_is_not_timed_out(start):
    """Its slice takes longer than the time-out, no single batch does."""
    settings = Settings.parse({**SETTINGS.as_dict(), "batch_size": 1, "timeout": 2, "epochs": 60})
    worker = start("plain", settings)
    drive(worker, grant=10_000)
    assert worker.outcome().status == "finished"
    rows = worker.batches()
    assert rows["end"][-1] - rows["start"][0] > 2.4e9


def test_nothing_a_worker_started_outlives_it(start):
    worker = start("has_child")
    assert drive(worker)[-1] == "finished"
    assert _sleepers()
    worker.outcome()
    psutil.wait_procs(_sleepers(), timeout=5)
    assert not _sleepers()


def _sleepers():
    running = psutil.process_iter(["cmdline", "status"])
    return [p for p in running if p.info["cmdline"] == ["sleep", "4739"] and p.info["status"] != psutil.STATUS_ZOMBIE]


def test_a_worker_ends_when_its_parent_is_gone(start):
    """Closing the command pipe is all that a killed parent does."""
    worker = start("hangs", Settings.parse({**SETTINGS.as_dict(), "timeout": 30}))
    while worker.next_event()["event"] != "slice":
        pass
    worker.grant(100)
    worker._process._popen.stdin.close()
    assert worker.next_event() is None
    assert worker._process._popen.wait(timeout=60) == 70


def test_a_full_disk_is_said_before_anything_starts(start, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(StoreError, match="No space left on device.*LENET_HOME"):
        start("plain")


def test_the_environment_says_threads_device_and_allocator_and_hides_the_users_own(monkeypatch):
    monkeypatch.setenv("MALLOC_ARENA_MAX", "1")
    monkeypatch.setenv("LENET_DATABASE_URL", "postgresql://secret")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    shipped = environment.of(double("plain"), SETTINGS)
    assert not [name for name in shipped if name.startswith(("MALLOC_", "LENET_"))]
    assert "/elsewhere" not in shipped["PYTHONPATH"]
    assert shipped["OMP_NUM_THREADS"] == "1" and shipped["CUDA_VISIBLE_DEVICES"] == "-1"
    steady = environment.of(double("plain"), Settings.parse({"allocator": "steady", "device": "gpu"}))
    assert environment.STEADY_ALLOCATOR.items() <= steady.items()
    assert steady.get("CUDA_VISIBLE_DEVICES") == os.environ.get("CUDA_VISIBLE_DEVICES")
