"""The guest side without a process: the tape, the clock and the loop, with a fake time that is exact."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from lenet.worker import tape
from lenet.worker.clock import Clock, cpu_ns, prepare, train
from lenet.worker.energy import Meter


class Parent:
    """Both pipes: hands out grants, keeps events."""

    def __init__(self, grants):
        self.grants = list(grants)
        self.events = []

    def send(self, event, **fields):
        self.events.append((event, fields))

    def next_grant(self):
        return self.grants.pop(0)


class Variant:
    """Remembers what was asked of it."""

    def __init__(self):
        self.batches = []
        self.waited = []

    def step(self, images, labels):
        self.batches.append((len(images), int(labels[0])))
        return len(self.batches)

    def wait(self, loss):
        self.waited.append(loss)
        return loss / 10


def race(tmp_path, grants, batches=6, epochs=1, sync="batch", batch_size=2):
    """Train a fake variant with a clock that advances 1000 ns each time it is read."""
    path = tmp_path / "tape"
    tape.create(path, batches * epochs)
    parent, variant, times = Parent(grants), Variant(), iter(range(1000, 10**9, 1000))
    cpu = iter(itertools.accumulate(itertools.count(1)))
    clock = Clock(
        tape.Writer(path), parent, parent, variant.wait, sync, batches, now=lambda: next(times), cpu=lambda: next(cpu)
    )
    images = np.zeros((batches * batch_size, 28, 28, 1), np.float32)
    labels = np.arange(batches * batch_size)

    def epoch_end():
        parent.send("epoch")
        if clock.tape.count < batches * epochs:
            clock.pause()

    train(variant, images, labels, {"batch_size": batch_size, "epochs": epochs}, False, clock, epoch_end)
    return tape.read(path), parent, variant


def test_batches_run_tick_to_tick(tmp_path):
    rows, _, variant = race(tmp_path, [100])
    assert (rows["end"] - rows["start"] == 1000).all()
    assert (rows["start"][1:] == rows["end"][:-1]).all()
    assert variant.batches == [(2, 0), (2, 2), (2, 4), (2, 6), (2, 8), (2, 10)]


def test_a_pause_is_outside_the_clock_and_shows_on_the_tape(tmp_path):
    rows, parent, _ = race(tmp_path, [4, 100])
    resumed = np.flatnonzero(rows["start"][1:] != rows["end"][:-1]) + 1
    assert resumed.tolist() == [4]
    assert (rows["end"] - rows["start"] == 1000).all()
    assert [event for event, _ in parent.events] == ["slice", "slice", "epoch"]
    assert parent.events[1] == ("slice", {"batches": 4})


def test_a_grant_ends_with_its_epoch_and_pauses_once(tmp_path):
    rows, parent, _ = race(tmp_path, [4, 4, 4, 4], batches=6, epochs=2)
    assert len(rows) == 12
    resumed = (np.flatnonzero(rows["start"][1:] != rows["end"][:-1]) + 1).tolist()
    assert resumed == [4, 6, 10]
    assert [event for event, _ in parent.events] == ["slice", "slice", "epoch", "slice", "slice", "epoch"]


def test_waiting_for_every_batch_reads_every_loss_at_once(tmp_path):
    rows, _, variant = race(tmp_path, [100])
    assert variant.waited == [1, 2, 3, 4, 5, 6]
    assert rows["loss"].tolist() == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]


def test_waiting_for_the_slice_waits_for_its_last_batch_inside_and_reads_the_rest_outside(tmp_path):
    rows, _, variant = race(tmp_path, [4, 100], sync="epoch")
    # The last of each slice first (inside the clock: no work may run on into another's turn), then the others.
    assert variant.waited == [4, 1, 2, 3, 6, 5]
    assert rows["loss"].tolist() == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]


def race_in_calls(tmp_path, grants, calls, sync="batch", epochs=1):
    """A variant that trains several batches per call, `calls` an epoch; its clock is read at 1000, 2000, ... ns."""
    path, per_epoch = tmp_path / "tape", sum(calls)
    tape.create(path, per_epoch * epochs)
    parent, times = Parent(grants), iter(range(1000, 10**9, 1000))
    clock = Clock(tape.Writer(path), parent, parent, float, sync, per_epoch, now=lambda: next(times))

    class Calls:
        def fit(self, images, labels, epochs, tick, epoch_end):
            for _ in range(epochs):
                for number, batches in enumerate(calls):
                    tick(number / 8, batches)
                epoch_end()

    def epoch_end():
        if clock.tape.count < per_epoch * epochs:
            clock.pause()

    images, settings = np.zeros((per_epoch, 28, 28, 1)), {"batch_size": 1, "epochs": epochs}
    train(Calls(), images, np.zeros(per_epoch), settings, True, clock, epoch_end)
    return tape.read(path), parent


@pytest.mark.parametrize("sync", ["batch", "epoch"])
def test_batches_of_one_call_share_its_time_and_the_last_has_its_loss(tmp_path, sync):
    rows, _ = race_in_calls(tmp_path, [100], [5, 5, 1], sync)
    assert (rows["end"] - rows["start"]).tolist() == [200] * 10 + [1000]
    assert (rows["start"][1:] == rows["end"][:-1]).all()
    nan = math.nan
    expected = [nan, nan, nan, nan, 0, nan, nan, nan, nan, 0.125, 0.25]
    assert np.array_equal(rows["loss"], expected, equal_nan=True)


def test_a_call_that_cannot_be_shared_equally_loses_no_time(tmp_path):
    rows, _ = race_in_calls(tmp_path, [100], [3])
    assert (rows["end"] - rows["start"]).tolist() == [333, 333, 334]


@pytest.mark.parametrize("sync", ["batch", "epoch"])
def test_a_slice_goes_on_to_the_end_of_a_call(tmp_path, sync):
    rows, parent = race_in_calls(tmp_path, [3, 5, 1, 9, 9], [5, 5, 2], sync, epochs=2)
    resumed = (np.flatnonzero(rows["start"][1:] != rows["end"][:-1]) + 1).tolist()
    assert resumed == [5, 10, 12, 22] and len(rows) == 24
    assert [fields["batches"] for event, fields in parent.events if event == "slice"] == [0, 5, 10, 12, 22]
    assert rows["loss"][[4, 9, 11, 16, 21, 23]].tolist() == [0, 0.125, 0.25] * 2


def test_energy_is_counted_in_a_runs_own_turns_alone(tmp_path):
    """The counter goes on by 7 J whenever others have the machine, and by 1 J in each of its own six batches."""

    class Counter:
        range, count = 50_000_000, 30_000_000

        def read(self):
            return self.count % self.range

    class Others(Parent):
        def next_grant(self):
            Counter.count += 7_000_000
            return super().next_grant()

    tape.create(tmp_path / "tape", 6)
    parent, meter = Others([4, 100]), Meter([Counter()])
    clock = Clock(tape.Writer(tmp_path / "tape"), parent, parent, float, "batch", 6, meter=meter)

    class Busy:
        def step(self, images, labels):
            Counter.count += 1_000_000
            return 0.0

    train(Busy(), np.zeros((6, 1)), np.zeros(6), {"batch_size": 1, "epochs": 1}, False, clock, lambda: None)
    assert Counter.count == 50_000_000 and Counter().read() == 0  # it started over on the way
    assert meter.joules() == {"energy_joules": 6.0}


def test_a_loop_that_leaves_batches_out_is_an_error(tmp_path):
    path = tmp_path / "tape"
    tape.create(path, 4)
    parent = Parent([100])
    clock = Clock(tape.Writer(path), parent, parent, float, "batch", 4)

    class Lazy:
        def fit(self, images, labels, epochs, tick, epoch_end):
            tick(1.0)

    with pytest.raises(RuntimeError, match="trained 1 of 4 batches"):
        train(Lazy(), np.zeros((8, 28, 28, 1)), np.zeros(8), {"batch_size": 2, "epochs": 1}, True, clock, None)


class Fits:
    """Owns its loop, which is given as the calls that it makes: a number ticks so many batches at once, None ends an
    epoch."""

    def __init__(self, calls):
        self.calls = calls

    def fit(self, images, labels, epochs, tick, epoch_end):
        for batches in self.calls:
            if batches is None:
                epoch_end()
            elif batches == 1:
                tick(0.5)
            else:
                tick(0.5, batches)


END = None


@pytest.mark.parametrize(
    ("calls", "said"),
    [
        ([1] * 5 + [END], r"tick counted more than the 4 batches of an epoch; call tick\(loss\) once after each batch"),
        ([4, 1, END] * 2, "tick counted more than the 4 batches of an epoch"),
        ([3, 3, END], "tick counted more than the 4 batches of an epoch"),
        ([4, END, 4, END, 1], "tick counted more than the 4 batches of an epoch"),
        ([4, END] * 3, "tick counted more than the 4 batches of an epoch"),
        ([1] * 8, r"tick counted more than the 4 batches of an epoch.* and epoch_end\(\) after the last one of each"),
        ([4, END, 4], r"epoch_end\(\) was called 1 times in 2 epochs; call it after the last batch of each epoch"),
        ([1, 1, END, 1, 1], r"epoch_end\(\) was called after 2 batches, and epoch 1 ends after 4; call it once"),
        ([4, END, END, 4], r"epoch_end\(\) was called after 4 batches, and epoch 2 ends after 8"),
        ([4, END, 4, END, END], r"epoch_end\(\) was called after 8 batches, and epoch 3 ends after 12"),
        ([0] * 9, r"tick\(loss, batches\) was told 0 batches; give a whole number from 1, or leave it out"),
        ([-1, 4], "was told -1 batches"),
        ([2.5, 1.5, END], "was told 2.5 batches"),
        (["all"], "was told 'all' batches"),
        ([4, END, 3, END], r"epoch_end\(\) was called after 7 batches, and epoch 2 ends after 8"),
    ],
)
@pytest.mark.parametrize("sync", ["batch", "epoch"])
def test_a_loop_that_counts_wrongly_is_told_what_to_call_when(tmp_path, calls, said, sync):
    """Of two epochs of four batches each."""
    tape.create(tmp_path / "tape", 8)
    parent = Parent([100] * 9)
    clock = Clock(tape.Writer(tmp_path / "tape"), parent, parent, float, sync, 4)
    ends = []

    def epoch_end():
        ends.append(clock.tape.count)
        if clock.tape.count < 8:
            clock.pause()

    with pytest.raises(RuntimeError, match=said):
        train(Fits(calls), np.zeros((8, 1)), np.zeros(8), {"batch_size": 2, "epochs": 2}, True, clock, epoch_end)
    assert ends in ([], [4], [4, 8]), "an epoch that did not end sends no weights"


def test_numpy_counts_batches_too(tmp_path):
    tape.create(tmp_path / "tape", 8)
    parent = Parent([100] * 9)
    clock = Clock(tape.Writer(tmp_path / "tape"), parent, parent, float, "batch", 8)
    fits = Fits([np.int64(3), np.int64(5), END])
    train(fits, np.zeros((8, 1)), np.zeros(8), {"batch_size": 1, "epochs": 1}, True, clock, lambda: None)
    assert len(tape.read(tmp_path / "tape")) == 8


def test_the_tape_can_be_read_while_it_is_written(tmp_path):
    path = tmp_path / "tape"
    tape.create(path, 3)
    assert len(tape.read(path)) == 0
    writer = tape.Writer(path)
    writer.append(10, 20, 0.5)
    writer.append(20, 45, math.nan)
    rows = tape.read(path)
    assert rows["start"].tolist() == [10, 20] and rows["end"].tolist() == [20, 45]
    assert rows["loss"][0] == 0.5 and math.isnan(rows["loss"][1])
    writer.set_loss(1, 0.25)
    assert tape.read(path)["loss"].tolist() == [0.5, 0.25]
    assert tape.count(path) == 2


@pytest.mark.parametrize("sync", ["batch", "epoch"])
def test_the_cpu_time_of_a_turn_stands_in_its_last_row(tmp_path, sync):
    """The fake CPU clock reads 1, 3, 6, 10 ... ns: nothing reads it but the two ends of a turn."""
    rows, *_ = race(tmp_path, [4, 1, 100, 100], batches=6, epochs=2, sync=sync)
    assert rows["cpu"].tolist() == [0, 0, 0, 2, 4, 6, 0, 0, 0, 0, 0, 8]


def test_the_clock_of_cpu_time_counts_this_process():
    before, until = cpu_ns(), time.process_time() + 0.02
    while time.process_time() < until:
        pass
    assert 10_000_000 < cpu_ns() - before < 10**9


def test_a_tape_of_before_there_was_cpu_time_is_read(tmp_path):
    path, rows = tmp_path / "tape", np.zeros(3, tape.BEFORE)
    rows["start"], rows["end"], rows["loss"] = [1, 2, 3], [2, 3, 4], [0.3, 0.2, 0.1]
    head = tape.HEADER.pack(b"LENETBT1", 3, 3)
    path.write_bytes(head + bytes(tape.ROWS_AT - len(head)) + rows.tobytes())
    found = tape.read(path, 1)
    assert found.dtype == tape.DTYPE and found["cpu"].tolist() == [0, 0]
    assert found["start"].tolist() == [2, 3] and found["loss"].tolist() == [0.2, 0.1]


def test_a_row_is_seen_only_when_it_is_whole(tmp_path):
    """The counter is written after the row: a reader between the two sees one row less, never half a row."""
    path = tmp_path / "tape"
    tape.create(path, 2)
    writer = tape.Writer(path)
    seen = []

    def spy(*arguments):
        seen.append(len(tape.read(path)))
        tape.COUNT.pack_into(*arguments)

    writer.append(10, 20, 0.5, count=spy)
    assert seen == [0] and len(tape.read(path)) == 1


@pytest.mark.parametrize("content", [b"", b"LENETBT1", b"something else entirely, longer than a header", None])
def test_what_is_no_tape_is_refused(tmp_path, content):
    path = tmp_path / "tape"
    path.write_bytes(tape.HEADER.pack(tape.MAGIC, 1, 2) + bytes(100) if content is None else content)
    with pytest.raises((ValueError, __import__("struct").error)):
        tape.read(path)


def test_more_rows_than_were_reserved_is_an_error(tmp_path):
    tape.create(tmp_path / "tape", 1)
    writer = tape.Writer(tmp_path / "tape")
    writer.append(0, 1, 0.0)
    with pytest.raises(Exception, match="buffer"):
        writer.append(1, 2, 0.0)


def test_pixels_are_divided_by_256_exactly():
    pixels = np.arange(256, dtype=np.uint8).reshape(-1, 1, 1, 1)
    ready = prepare(pixels)
    assert ready.dtype == np.float32 and ready.flags.c_contiguous
    assert (ready.ravel() * 256 == np.arange(256)).all()


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are listed on Linux only")
def test_every_thread_is_kept_on_the_cores_that_are_timed():
    code = (
        "import os, threading, time; from lenet.worker.__main__ import keep_on; "
        "threading.Thread(target=time.sleep, args=(5,), daemon=True).start(); core = min(os.sched_getaffinity(0)); "
        "keep_on([core]); threading.Thread(target=time.sleep, args=(5,), daemon=True).start(); "
        "threads = os.listdir('/proc/self/task'); "
        "print(len(threads), all(os.sched_getaffinity(int(t)) == {core} for t in threads))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    threads, kept = done.stdout.split()
    assert int(threads) >= 3 and kept == "True"
