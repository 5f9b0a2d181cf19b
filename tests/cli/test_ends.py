"""How a race in a shell ends that nobody waits for: a closed terminal, a kill, a full disk, force."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import termios
import time

import psutil
import pytest
from click.testing import CliRunner

from lenet.bench import live
from lenet.cli.main import main
from lenet.home import Home
from lenet.program import PROJECT
from lenet.records import Request
from lenet.settings import Settings
from lenet.store import open_store
from tests.helpers import stored

RUN = """
import sys
from lenet import catalog
from lenet.bench import exam, race
from lenet.cli.main import main
from tests.conftest import double
from tests.helpers import passing

catalog.VARIANTS["plain"] = double("plain")
exam.sit = passing.sit
race.evaluate = lambda weights: (0.5, 0.9)
main(["run", "--variants", "plain", "--threads", "1", *sys.argv[1:]])
"""
COMMAND = [sys.executable, "-c", RUN]
LONG = [*COMMAND, "--epochs", "30"]
"""A race that is not over before a busy machine has looked at it."""


@pytest.fixture
def store(home, doubles):
    with contextlib.closing(open_store(home.database_url)) as store:
        yield store


@pytest.fixture
def shell(doubles):
    return lambda *arguments: CliRunner().invoke(main, list(arguments))


def until(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def made(store, home):
    """Batches made until now, of the newest run of the newest experiment."""
    runs = [run for one in store.experiments(limit=1) for run in store.runs(one.id)]
    return len(live.rows(store, home, runs[-1])) if runs else 0


def in_a_terminal():
    """The shell in a terminal of its own, and the other end of that."""
    master, slave = os.openpty()
    process = subprocess.Popen(
        COMMAND, cwd=PROJECT, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(slave)
    return process, master


def close_terminal(process, master):
    os.close(master)


def hang_up(process, master):
    os.kill(process.pid, signal.SIGHUP)


def hang_up_twice(process, master):
    os.kill(process.pid, signal.SIGHUP)
    os.kill(process.pid, signal.SIGHUP)
    close_terminal(process, master)


@pytest.mark.parametrize("end", [close_terminal, hang_up, hang_up_twice])
def test_a_race_whose_terminal_is_closed_is_stored_as_interrupted(store, home, end):
    process, master = in_a_terminal()
    until(lambda: made(store, home))
    end(process, master)
    assert process.wait(timeout=120) != 0
    (experiment,) = store.experiments()
    assert (experiment.status, experiment.reason) == ("interrupted", "LeNet Bench was closed while it ran.")
    assert [(run.status, run.batch_count > 0) for run in store.runs(experiment.id)] == [("interrupted", True)]
    assert not home.experiment(experiment.id).exists() and list((home.root / "owners").iterdir()) == []


def test_nohup_keeps_a_race_going(store, home):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does; a child inherits it
    process = subprocess.Popen(COMMAND, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    signal.signal(signal.SIGHUP, before)
    until(lambda: made(store, home))
    os.kill(process.pid, signal.SIGHUP)
    seen = made(store, home)
    until(lambda: made(store, home) > seen)
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(timeout=120) == 1
    assert store.experiments()[0].status == "cancelled"


@pytest.fixture(scope="module")
def left_behind(tmp_path_factory):
    """The data folder of a process that was killed while it raced."""
    root = tmp_path_factory.mktemp("left-behind")
    home = Home(root / "home")
    home.root.mkdir()
    own = {"LENET_HOME": str(home.root), "LENET_LOCK": str(root / "lock"), "TMPDIR": str(root)}
    with contextlib.closing(open_store(home.database_url)) as store:
        process = subprocess.Popen(LONG, cwd=PROJECT, env={**os.environ, **own}, stdout=subprocess.DEVNULL)
        until(lambda: made(store, home))
    workers = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    psutil.wait_procs(workers, timeout=30)
    return home.root


@pytest.mark.parametrize(
    "command", [["list"], ["history"], ["show", "1"], ["export", "1"], ["stop", "1"], ["delete", "1", "--yes"]]
)
def test_whatever_reads_sees_the_end_of_a_process_that_was_killed(left_behind, shell, home, command):
    shutil.copytree(left_behind, home.root, dirs_exist_ok=True)
    result = shell(*command)
    assert result.exit_code == 0, result.output
    assert ("deleted" if command[0] == "delete" else "interrupted") in result.output
    assert not home.experiment(1).exists()


def test_stop_by_force_is_for_what_nobody_can_tell(shell, store):
    number = stored.begin(store, Request(("plain",), Settings()), owner="oldbox:17:1764200000.25")
    stored.silence(store, number)
    refused = shell("stop", str(number))
    assert refused.exit_code == 2 and f"`python -m lenet stop {number} --force`" in refused.stderr
    assert "(17 on oldbox)" in refused.stderr and refused.stderr.count("\n") == 1
    assert "is running; stop it first" in shell("delete", str(number), "--yes").stderr
    forced = shell("stop", str(number), "--force")
    assert forced.exit_code == 0 and f"Experiment {number} is interrupted: A user ended it" in forced.output
    assert shell("stop", str(number)).exit_code == 0
    assert shell("delete", str(number), "--yes").exit_code == 0
    assert shell("stop", "77").exit_code == 2


def test_a_race_of_another_shell_is_stopped_from_here_and_never_ended_by_force(shell, store, home):
    process = subprocess.Popen(LONG, cwd=PROJECT, stdout=subprocess.DEVNULL)
    until(lambda: made(store, home))
    refused = shell("stop", "1", "--force")
    assert refused.exit_code == 2 and f"belongs to another process ({process.pid} on" in refused.stderr
    assert refused.stderr.endswith("which lives; stop it instead.\n")
    assert "running" in shell("list").output
    stopped = shell("stop", "1")
    assert stopped.exit_code == 0 and "Experiment 1 is cancelled: It was stopped." in stopped.output
    assert process.wait(timeout=120) == 1
    runs = store.runs(1)
    assert {run.status for run in runs} <= {"cancelled", "finished"}
    assert max(run.batch_count for run in runs) > 0


def test_a_race_that_is_suspended_is_not_taken_for_dead_and_goes_on(shell, store, home):
    process = subprocess.Popen(LONG, cwd=PROJECT, stdout=subprocess.DEVNULL)
    until(lambda: made(store, home))
    os.kill(process.pid, signal.SIGSTOP)
    assert "running" in shell("list").output
    assert "which lives" in shell("stop", "1", "--force").stderr
    seen = made(store, home)
    os.kill(process.pid, signal.SIGCONT)
    until(lambda: made(store, home) > seen)
    os.kill(process.pid, signal.SIGTERM)
    assert process.wait(timeout=120) == 1
    assert store.experiment(1).status == "cancelled"
