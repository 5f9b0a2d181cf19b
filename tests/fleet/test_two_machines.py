"""A fleet of two machines on this one, with Ray: they race, are watched and stopped, and one is lost."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import psutil
import pytest

from lenet.bench import live
from lenet.records import Request
from lenet.settings import Settings
from lenet.store import open_store
from tests.helpers.fleets import PATIENCE, Fleet, fleet, needs_ray

pytestmark = [pytest.mark.slow, needs_ray]

SHORT = ("--rounds", "1", "--epochs", "1", "--images-per-epoch", "160", "--batch-size", "8", "--threads", "1")
LONG = Request(
    ("numpy_reference", "numpy_reference"),
    Settings.parse({"rounds": 1, "epochs": 1, "images_per_epoch": 48_000, "batch_size": 8, "threads": 1}),
)


def rows(fleet: Fleet, name: str, uid: str) -> list[bytes]:
    """The batches of an experiment as a member has them."""
    with contextlib.closing(open_store(fleet.home(name).database_url)) as store:
        number = store.number_of(uid)
        assert number is not None
        return [store.batches(run.id).tobytes() for run in store.runs(number)]


def mirrored(fleet: Fleet, number: int) -> int:
    """The batches of a race on another machine that a page of the head could draw now."""
    home = fleet.home("head")
    live.note_watcher(home.experiment(number))
    return sum(len(live.read_tape(home, run)) for run in fleet.store.run_states(number))


def listening(processes: list[psutil.Process]) -> set[str]:
    """The addresses on which processes accept connections."""
    found = set()
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):  # one that has just ended
            listening = (one for one in process.net_connections("inet") if one.status == psutil.CONN_LISTEN)
            found |= {one.laddr.ip.removeprefix("::ffff:") for one in listening}
    return found


def test_two_machines_race_and_one_is_stopped(tmp_path: Path) -> None:
    with fleet(tmp_path, "one", "two") as made:
        made.join("stranger", "0" * 64)  # Ray takes its time to refuse it
        names = {made.machine(name).id: name for name in ("one", "two")}
        said = made.shell("head", "run", "--on", "all", "--variants", "numpy_reference,numpy_reference", *SHORT)
        assert said.returncode == 0, said.stderr
        raced = made.store.experiments()
        assert {one.machine["id"] for one in raced} == names.keys() and len({one.group for one in raced}) == 1
        for one in raced:
            here = [made.store.batches(run.id).tobytes() for run in made.store.runs(one.id)]
            assert here == rows(made, names[one.target], one.uid) and all(here)
        everyone = [process for name in ("head", "one", "two") for process in made.below(name)]
        assert listening(everyone) == {"127.0.0.1"}
        number = made.submit(LONG, "one")
        made.wait_for(lambda: mirrored(made, number) > 0)
        made.store.ask_to_stop(number, "Ada")
        experiment = made.ended(number)
        assert (experiment.status, experiment.reason) == ("cancelled", "It was stopped by Ada.")
        assert made.store.runs(number)[0].batch_count > 0
        assert made.processes["stranger"].wait(PATIENCE) == 1 and "refused the token" in made.said("stranger")
        assert names.keys() == {one.id for one in made.store.machines()}


def test_a_head_finds_again_what_runs_and_a_machine_that_comes_back_brings_the_rest(tmp_path: Path) -> None:
    with fleet(tmp_path, "one") as made:
        number = made.submit(LONG, "one")
        made.wait_for(lambda: mirrored(made, number) > 0)
        made.processes["head"].kill()
        made.processes["head"].wait()
        made.begin("head", "start", "--port", str(made.port))
        before = mirrored(made, number)
        made.wait_for(lambda: mirrored(made, number) > before)
        assert made.store.experiment(number).status == "running"
        processes = made.below("one")
        for process in processes:
            if "worker" not in " ".join(process.cmdline()):
                with contextlib.suppress(psutil.NoSuchProcess):
                    os.kill(process.pid, signal.SIGKILL)
        made.processes["one"].wait()
        lost = made.ended(number)
        assert lost.status == "interrupted" and "Its machine was lost" in lost.reason
        seen = [run.batch_count for run in made.store.runs(number)]
        assert sum(seen) >= before
        psutil.wait_procs(processes, 20)
        assert not any(process.is_running() for process in processes)
        made.join("one")
        made.wait_for(lambda: made.store.experiment(number).reason != lost.reason)
        here = [made.store.batches(run.id).tobytes() for run in made.store.runs(number)]
        assert here == rows(made, "one", lost.uid)
        assert sum(run.batch_count for run in made.store.runs(number)) >= sum(seen)
