"""`python -m lenet.worker JOB.json`: import, build and train one variant, and report events."""

import contextlib
import importlib
import json
import os
import platform
import sys
import time
import traceback
from functools import partial

from lenet.worker import energy, facts, memory, tape
from lenet.worker.clock import Clock, read, train
from lenet.worker.pipes import Commands, Events


def main(path):
    """Run the job at `path`; exit status 0 finished, 1 failed."""
    events = Events()
    commands = Commands()
    with open(path, encoding="utf-8") as file:
        job = json.load(file)
    if job["all_cores"]:
        keep_on(job["all_cores"])
    try:
        work(job, events, commands)
    except BaseException as error:
        text = traceback.format_exc()
        sys.stderr.write(text)
        events.send("failed", type=type(error).__name__, message=str(error), traceback=text)
        return 1
    return 0


def work(job, events, commands):
    """Import, build, train; every phase is reported apart and stays apart."""
    import numpy as np

    settings = job["settings"]
    events.send("started", python=platform.python_version(), numpy=np.__version__)
    images, labels, weights = read(job["problem"])

    begin = time.perf_counter()
    module = importlib.import_module(job["module"])
    events.send("imported", seconds=time.perf_counter() - begin)

    begin = time.perf_counter()
    variant = module.LeNet(weights, settings)
    seconds = time.perf_counter() - begin
    told = facts.told(variant)
    facts.check_device(told, settings["device"])
    events.send("built", seconds=seconds, facts=told)
    if job.get("cores"):
        keep_on(job["cores"])

    paper = tape.Writer(job["tape"])
    per_epoch = len(images) // settings["batch_size"]
    clock = clock_of(job)(paper, events, commands, variant.wait, settings["sync"], per_epoch)

    def epoch_end():
        epoch = paper.count // per_epoch
        weights_path = os.path.join(job["folder"], "epoch-{}.npz".format(epoch))
        np.savez(weights_path, **variant.weights())
        events.send("epoch", epoch=epoch, weights=weights_path)
        if epoch < settings["epochs"]:
            clock.pause()

    train(variant, images, labels, settings, job["owns_loop"], clock, epoch_end)
    told = dict(facts.told(variant), **memory.device_peak(settings["device"]))
    events.send("finished", facts=told, load=clock.meter.joules(), evidence=clock.evidence())


def keep_on(cores):
    """Have every thread, and so every later one, run on `cores`.

    What is timed has the cores of the race; until then all may help, for many workers start
    together.
    """
    for thread in os.listdir("/proc/self/task"):
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread), cores)


def clock_of(job):
    """The class that ticks: the clock, or in a process that counts the counter, which is loaded
    only there."""
    instrument = job.get("instrument")
    if instrument == "counts":
        from lenet.worker.counting import Counter

        return partial(Counter, plan=job["plan"])
    if instrument == "profile":
        from lenet.worker import attachable

        attachable.by_parent()
    return partial(Clock, meter=energy.Meter(energy.counters(job["settings"]["device"])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
