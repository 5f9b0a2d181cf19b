"""`python -m lenet.worker JOB.json`: import, build and train one variant, and report events."""

import contextlib
import json
import os
import platform
import sys
import time
import traceback
from functools import partial

from lenet.worker import energy, facts, family, memory, paths, place, programs, tape
from lenet.worker.clock import Clock, read, train
from lenet.worker.pipes import Commands, Events


def main(path):
    """Run the job at `path`; return the exit status: 0 finished, 1 failed."""
    place.write_on_death()
    family.adopt()
    del sys.argv[1:]  # a program that reads its arguments, as with absl's flags, is given none
    events = Events()
    commands = Commands()
    with open(path, encoding="utf-8") as file:
        job = json.load(file)
    if job["all_cores"]:
        keep_on(job["all_cores"])
    try:
        work(job, events, commands)
    except BaseException as error:
        traceback.print_exc()
        where = place.of_error(error, programs.file_of(job))
        events.send("failed", type=type(error).__name__, message=str(error), place=where)
        return 1
    return 0


def work(job, events, commands):
    """Import, build and train the variant, and report each of these phases by itself."""
    import numpy as np

    settings = job["settings"]
    events.send("started", python=platform.python_version(), numpy=np.__version__)
    images, labels, weights = read(paths.of_text(job["problem"]))

    begin = time.perf_counter()
    module = programs.load(job)
    events.send("imported", seconds=time.perf_counter() - begin)

    begin = time.perf_counter()
    variant = module.LeNet(weights, settings)
    seconds = time.perf_counter() - begin
    told = facts.told(variant)
    facts.check_device(told, settings["device"])
    events.send("built", seconds=seconds, facts=told)
    if job.get("cores"):
        keep_on(job["cores"])

    writer = tape.Writer(paths.of_text(job["tape"]))
    per_epoch = len(images) // settings["batch_size"]
    clock = clock_of(job)(writer, events, commands, variant.wait, settings["sync"], per_epoch)

    def epoch_end():
        epoch = writer.count // per_epoch
        weights_path = os.path.join(paths.of_text(job["folder"]), "epoch-{}.npz".format(epoch))
        np.savez(weights_path, **variant.weights())
        events.send("epoch", epoch=epoch, weights=paths.to_text(weights_path))
        if epoch < settings["epochs"]:
            clock.pause()

    train(variant, images, labels, settings, job["owns_loop"], clock, epoch_end)
    told = dict(facts.told(variant), **memory.device_peak(settings["device"]))
    events.send("finished", facts=told, load=clock.meter.joules(), evidence=clock.evidence())


def keep_on(cores):
    """Keep all threads, and so all later ones, on `cores`.

    Until training begins, a worker may use all cores, because many start together; then only those
    of the race.
    """
    for thread in os.listdir("/proc/self/task"):
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread), cores)


def clock_of(job):
    """The class that `train` ticks: the clock, or the counter where the job is to count.

    The counter is loaded only in a process that counts.
    """
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
