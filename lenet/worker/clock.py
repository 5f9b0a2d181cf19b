"""The clock and the training loop; they decide what is timed.

A batch's time runs from the end of the batch before it (or from the resume after a pause) to its
own end. Feeding, callbacks and progress bars are inside; pauses, epoch ends and evaluation are
outside.
"""

import numbers
import time

import numpy as np

from lenet.worker.energy import Meter

NAN = float("nan")
TOO_MANY = (
    "tick counted more than the {} batches of an epoch; call tick(loss) once after each batch, and "
    "epoch_end() after the last one of each epoch"
)
NOT_THERE = (
    "epoch_end() was called after {} batches, and epoch {} ends after {}; call it once, after the "
    "last batch of each epoch"
)
UNSAID = "epoch_end() was called {} times in {} epochs; call it after the last batch of each epoch"


def _nanoseconds():
    return int(time.perf_counter() * 1e9)


def _cpu_nanoseconds():
    return int(time.process_time() * 1e9)


# Python 3.6 has neither perf_counter_ns nor process_time_ns.
now_ns = getattr(time, "perf_counter_ns", _nanoseconds)
cpu_ns = getattr(time, "process_time_ns", _cpu_nanoseconds)


class Clock:
    """Times batches onto a tape, and pauses when the granted slice is used up.

    wait: the variant's `wait`. sync: 'batch' waits for every batch; 'epoch' waits only for the last
    one of a slice, so that no work runs on into another run's slice, and reads the other losses
    during the pause. meter: measures the energy of the slices. cpu: the clock of the CPU time of all
    threads of this process. It is read between turns only, for it is a call of the kernel (0.3 us and
    more, the more threads there are), where `now` takes 0.05 us.
    """

    def __init__(self, tape, events, commands, wait, sync, batches_per_epoch, now=now_ns, meter=None, cpu=cpu_ns):
        self.tape = tape
        self.events = events
        self.commands = commands
        self.wait = wait
        self.every_batch = sync == "batch"
        self.batches_per_epoch = batches_per_epoch
        self.now = now
        self.cpu = cpu
        self.meter = meter or Meter()
        self.unread = []
        self.left = 0
        self.epoch_ends = 0
        self.start = 0
        self.cpu_start = 0

    def tick(self, loss, batches=1):
        """Note the end of a batch; `loss` is what the variant returned, not yet read.

        batches: how many ended together, for a framework that trains several per call. Each gets an
        equal share of the time, and the last one the loss; a slice lasts to the end of the call in
        which it is used up.
        Raises RuntimeError for more batches than an epoch has, and for a number of batches that is
        not a whole one from 1.
        """
        if batches != 1:
            _check_whole(batches)
        self.left -= batches
        if self.left <= 0 and self.tape.count + batches > self.epoch_ends:
            raise RuntimeError(TOO_MANY.format(self.batches_per_epoch))
        if self.every_batch or self.left <= 0:
            value = self.wait(loss)
        else:
            value = NAN
            self.unread.append((self.tape.count + batches - 1, loss))
        end = self.now()
        spent = self.cpu() - self.cpu_start if self.left <= 0 else 0
        if batches > 1:
            self._share(end, batches)
        self.tape.append(self.start, end, value, spent)
        self.start = end
        if self.left <= 0:
            self._end_slice()

    def _share(self, end, batches):
        """Write the rows of all but the last of `batches`, and set the last one's start."""
        begin = self.start
        for number in range(1, batches):
            border = begin + (end - begin) * number // batches
            self.tape.append(self.start, border, NAN)
            self.start = border

    def _end_slice(self):
        self.meter.stop()
        for index, loss in self.unread:
            self.tape.set_loss(index, self.wait(loss))
        del self.unread[:]
        # At the end of an epoch, `epoch_end` pauses.
        if self.tape.count % self.batches_per_epoch:
            self.pause()

    def pause(self):
        """Give the machine back; when it is granted again, start the next batch's time."""
        self.events.send("slice", batches=self.tape.count)
        granted = self.commands.next_grant()
        remaining = self.batches_per_epoch - self.tape.count % self.batches_per_epoch
        self.left = min(granted, remaining)
        self.epoch_ends = self.tape.count + remaining
        self.meter.start()
        self.cpu_start = self.cpu()
        self.start = self.now()

    def leave(self):
        """Note that the program has left an epoch: what follows until `pause` returns is not its own.

        Nothing to a clock, which does not time it; `Counter` counts here.
        """

    def evidence(self):
        """{}: a clock's evidence is its tape. `Counter` returns its counts here."""
        return {}


def train(variant, images, labels, settings, owns_loop, clock, epoch_end):
    """Train `variant`; tick `clock` after each batch, and call `epoch_end()` after each epoch.

    images: float32 (n, 28, 28, 1); labels: int64 (n,); n a multiple of the batch size.
    Raises RuntimeError when a variant that owns its loop did not train every batch, or did not say
    where each epoch ends.
    """
    epochs, ended = settings["epochs"], []

    def end_epoch():
        ended.append(clock.tape.count)
        expected = len(ended) * clock.batches_per_epoch
        if ended[-1] != expected:
            raise RuntimeError(NOT_THERE.format(ended[-1], len(ended), expected))
        clock.leave()
        epoch_end()

    clock.pause()
    if owns_loop:
        variant.fit(images, labels, epochs, clock.tick, end_epoch)
    else:
        _train_steps(variant, images, labels, settings["batch_size"], epochs, clock.tick, end_epoch)
    expected = epochs * clock.batches_per_epoch
    if clock.tape.count != expected:
        raise RuntimeError("trained {} of {} batches".format(clock.tape.count, expected))
    if len(ended) != epochs:
        raise RuntimeError(UNSAID.format(len(ended), epochs))


def _check_whole(batches):
    if not isinstance(batches, numbers.Integral) or batches < 1:
        text = "tick(loss, batches) was told {!r} batches; give a whole number from 1, or leave it out"
        raise RuntimeError(text.format(batches))


def _train_steps(variant, images, labels, batch_size, epochs, tick, epoch_end):
    step = variant.step
    for _ in range(epochs):
        for first in range(0, len(images), batch_size):
            last = first + batch_size
            tick(step(images[first:last], labels[first:last]))
        epoch_end()


def read(path):
    """Read the file of a `problem.Problem`: images as variants get them, labels, named weights."""
    with np.load(path) as problem:
        weights = {name[8:]: problem[name] for name in problem.files if name.startswith("weights/")}
        return prepare(problem["images"]), problem["labels"], weights


def prepare(images):
    """Pixels as variants get them: float32, divided by 256 as in the original (exact in binary)."""
    return np.ascontiguousarray(images, dtype=np.float32) / np.float32(256)
