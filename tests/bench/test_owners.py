"""Whose experiment it is, and when it counts as left behind: the clock, the host's name and numbers
of processes may change under a race, and none of that ends it."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time

import psutil
import pytest
import sqlalchemy as sa

from lenet.bench import live, owners, recovery
from lenet.bench.owners import Life, Owner
from lenet.bench.service import Service
from lenet.cli.options import opened_store
from lenet.errors import BadInput, StoreError
from lenet.home import Home
from lenet.program import PROJECT
from lenet.store import open_store, tables
from tests.bench import test_service as races
from tests.bench.test_service import APP
from tests.helpers import stored

no_exams, service = races.no_exams, races.service
LONG = {"images_per_epoch": 60_000}
BY_APP = [sys.executable, "-c", APP]
NAMESPACES = shutil.which("unshare") and not subprocess.call(["unshare", "-m", "-u", "true"], stderr=subprocess.DEVNULL)
in_namespaces = pytest.mark.skipif(not NAMESPACES, reason="needs `unshare` and the right to use it")


@pytest.fixture
def racing(service):
    """A service, and the number of the experiment that it races."""
    number = service.submit(races.request("plain", "slower", **LONG))
    races._until(lambda: min(races._both(service, number)) > 30)
    return service, number


@pytest.fixture(scope="module")
def left_behind(tmp_path_factory):
    """The data folder of a process that was killed while it raced, with another experiment in its queue; the
    experiment's number."""
    root = tmp_path_factory.mktemp("left-behind")
    home = Home(root / "home")
    return home, _killed(home, BY_APP, LENET_LOCK=str(root / "lock"), TMPDIR=str(root))


@pytest.fixture
def killed(left_behind, home, doubles):
    """The number of that experiment, in this test's data folder."""
    left, number = left_behind
    shutil.copytree(left.root, home.root, dirs_exist_ok=True)
    return number


def _killed(home, command, **variables):
    variables = {**os.environ, "LENET_HOME": str(home.root), **variables}
    with subprocess.Popen(command, cwd=PROJECT, env=variables, stdout=-1, text=True) as app:
        number = int(app.stdout.readline())
        with contextlib.closing(open_store(home.database_url)) as watcher:
            races._until(lambda: _trained(watcher, home, number) > 30)
        workers = psutil.Process(app.pid).children(recursive=True)
        app.kill()
        app.wait()
    psutil.wait_procs(workers, timeout=30)
    return number


def _trained(store, home, number):
    """Batches of the run that has fewest, of both."""
    counts = [len(live.rows(store, home, run)) for run in store.runs(number)]
    return min(counts) if len(counts) == 2 else 0


def step_clock(monkeypatch, seconds):
    """The system's clock is stepped: what is told as a time since 1970 moves, time since the start
    of the machine does not."""
    boot, now = psutil._psplatform.boot_time, time.time
    monkeypatch.setattr(psutil._psplatform, "boot_time", lambda: boot() + seconds)
    monkeypatch.setattr(time, "time", lambda: now() + seconds)


def rename_host(monkeypatch, name):
    monkeypatch.setattr(socket, "gethostname", lambda: name)


WORLDS = {
    "a second later": lambda patch: step_clock(patch, 1),
    "an hour back": lambda patch: step_clock(patch, -3600),
    "renamed": lambda patch: rename_host(patch, "oldbox"),
    "both": lambda patch: (step_clock(patch, -7), rename_host(patch, "oldbox")),
}
in_each_world = pytest.mark.parametrize("change", WORLDS.values(), ids=WORLDS)


@in_each_world
def test_what_changes_beside_a_race_does_not_end_it(racing, home, monkeypatch, change):
    service, number = racing
    change(monkeypatch)
    other = Service(home)
    with opened_store() as store:
        assert store.experiment(number).status == "running"
    assert other.unfinished()[0].status == "running" and not other.adrift(other.store.experiment(number))
    with pytest.raises(BadInput, match="belongs to another process .*, which lives; stop it instead"):
        other.force(number)
    other.close()
    assert service.place(number) == 0 and service.place(service.submit(races.request("plain"))) == 1
    _until_it_moves(service, number)
    service.stop(number)
    assert service.wait(number, 60).status == "cancelled"
    assert {(run.status, run.batch_count > 30) for run in service.store.runs(number)} == {("cancelled", True)}


def _until_it_moves(service, number):
    before = max(races._both(service, number))
    races._until(lambda: min(races._both(service, number)) > before)


@in_each_world
def test_what_a_dead_process_left_is_stored_whatever_has_changed(killed, home, monkeypatch, change):
    change(monkeypatch)
    made = _made(home, killed)
    Service(home).close()
    _stored_as_interrupted(home, killed, made)


def test_a_number_that_another_process_has_by_now_is_not_taken_for_the_dead_one(killed, home):
    _own(home, killed, lambda owner: dataclasses.replace(owner, pid=str(os.getpid())))
    made = _made(home, killed)
    Service(home).close()
    _stored_as_interrupted(home, killed, made)


def test_what_only_reads_ends_what_was_left_too(killed, home):
    made = _made(home, killed)
    with opened_store() as store:
        assert store.experiment(killed).status == "interrupted"
    _stored_as_interrupted(home, killed, made)


def test_a_page_that_is_open_sees_the_end_of_another_process(home, doubles):
    page = Service(home)
    number = _killed(home, BY_APP)
    assert page.store.experiment(number).status == "running"
    assert page.unfinished() == []
    page.close()


def test_stop_ends_what_was_left(home, doubles):
    page = Service(home)
    number = _killed(home, BY_APP)
    page.stop(number)
    assert page.store.experiment(number).status == "interrupted"
    page.close()


def _made(home, number):
    with contextlib.closing(open_store(home.database_url)) as store:
        return [len(live.read_tape(home, run)) for run in store.runs(number)]


def _stored_as_interrupted(home, number, made):
    with contextlib.closing(open_store(home.database_url)) as store:
        assert [store.experiment(each).status for each in (number, number + 1)] == ["interrupted"] * 2
        assert [len(store.batches(run.id)) for run in store.runs(number)] == made and min(made) > 30
        assert {run.status for run in store.runs(number)} == {"interrupted"}
    assert not home.experiment(number).exists() and list((home.root / "owners").iterdir()) == []


def _own(home, number, change):
    """Change who owns an experiment, in the database alone."""
    with contextlib.closing(open_store(home.database_url)) as store, store._writing() as connection:
        table = tables.experiments
        was = connection.scalar(sa.select(table.c.owner).where(table.c.id == number))
        new = str(change(Owner.parse(was)))
        connection.execute(table.update().where(table.c.owner == was).values(owner=new))


# What no lock tells

ELSEWHERE = {
    "another data folder": lambda owner: dataclasses.replace(owner, host="oldbox", boot="x", token="0" * 32),
    "a version before": lambda owner: "oldbox:17:1764200000.25",
    "a folder shared with a machine whose locks are its own": lambda owner: dataclasses.replace(
        owner, host="oldbox", boot="another"
    ),
    "a name that is none": lambda owner: "",
    "a name with a path": lambda owner: "oldbox:17:x:../experiments",
}


@pytest.mark.parametrize("change", ELSEWHERE.values(), ids=ELSEWHERE)
def test_of_which_nobody_can_tell_is_ended_by_force_alone_and_its_files_stay(killed, home, change):
    _own(home, killed, change)
    made = _made(home, killed)
    service = Service(home)
    stored.silence(service.store, killed)
    now = service.unfinished()[0]
    assert now.status == "running" and service.adrift(now)
    with pytest.raises(BadInput, match=f"last heard of at .* UTC. Stop it there, or .*lenet stop {killed} --force`"):
        service.stop(killed)
    service.force(killed)
    assert service.store.experiment(killed).status == "interrupted"
    assert "A user ended it" in service.store.experiment(killed).reason
    assert [len(service.store.batches(run.id)) for run in service.store.runs(killed)] == made
    assert (home.experiment(killed) / service.store.runs(killed)[0].folder / "tape").exists()
    service.force(killed)  # already over: nothing more
    service.force(killed + 1)  # it had not begun
    assert service.unfinished() == []
    service.store.delete(killed)
    service.close()


def test_a_machine_that_was_started_again_has_nothing_of_before(killed, home):
    _own(home, killed, lambda owner: dataclasses.replace(owner, boot="before"))
    made = _made(home, killed)
    Service(home).close()
    _stored_as_interrupted(home, killed, made)


def test_where_there_are_no_locks_nobody_is_called_gone(home, doubles, monkeypatch):
    lock_only = fcntl.flock

    def refuse(file, how):
        if "/owners/" not in os.readlink(f"/proc/self/fd/{file}"):
            return lock_only(file, how)
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with contextlib.closing(Service(home)) as one, contextlib.closing(Service(home)) as other:
        number = one.submit(races.request("plain", "slower", images_per_epoch=8000))
        races._until(lambda: min(races._both(one, number)) > 30)
        assert other.unfinished()[0].status == "running" and other.adrift(other.store.experiment(number))
        _until_it_moves(one, number)
        # A user is wrong about it: the race ends by itself, and nothing is tried for ever.
        workers = psutil.Process().children()
        other.force(number)
        races._until(lambda: one._runner._race is None)
        assert psutil.wait_procs(workers, timeout=30)[1] == []
        assert one.store.experiment(number).reason.startswith("A user ended it")
        again = one.submit(races.request("plain"))
        assert one.wait(again, 60).status == "finished"


def test_two_that_clear_up_at_once_do_it_once(killed, home):
    with contextlib.closing(open_store(home.database_url)) as store:
        owner = Owner.parse(store.experiment(killed).owner)
        with owners.examined(home, owner) as first, owners.examined(home, owner) as second:
            assert (first, second) == (Life.GONE, Life.ALIVE)
            recovery.recover(store, home)
            assert store.experiment(killed).status == "running"
        recovery.recover(store, home)
        assert store.experiment(killed).status == "interrupted"


def test_a_database_that_refuses_keeps_what_was_left_for_the_next_time(killed, home, monkeypatch):
    def full(*arguments, **fields):
        raise StoreError("The disk is full; free some space.")

    made = _made(home, killed)
    with contextlib.closing(open_store(home.database_url)) as store:
        with monkeypatch.context() as patched:
            patched.setattr(store, "end_experiment", full)
            recovery.recover(store, home)
        assert store.experiment(killed).status == "running" and home.experiment(killed).exists()
    Service(home).close()
    _stored_as_interrupted(home, killed, made)


def test_a_service_that_closes_leaves_no_lock_and_what_waited_is_ended(home, doubles):
    one = Service(home)
    assert not (home.root / "owners").exists()  # a page that only shows holds nothing
    for _ in range(3):
        number = one.submit(races.request("plain", **LONG))
    one.close()
    with opened_store() as store:
        assert store.pending() == [] and store.experiment(number).status == "interrupted"
    assert list((home.root / "owners").iterdir()) == []


def test_an_owner_is_stored_as_words_and_read_again():
    this = owners.this_process()
    assert Owner.parse(str(this)) == this and this.beside(this)
    assert Owner.parse("box:1:12.5") == Owner("box", "1", "12.5")
    assert Owner("box", "1", "b", "t").beside(Owner("new", "2", "b", "u"))
    assert not Owner("box", "1", "b", "t").beside(Owner("box", "2", "c", "u"))
    assert Owner("box", "1", "", "t").beside(Owner("box", "2", "c", "u"))


# The same with the system's own means

LOOK = (
    f"import sys; sys.path.insert(0, {str(PROJECT)!r}); "
    "from lenet.bench.service import Service; from lenet.home import open_home; "
    "import psutil, socket; service = Service(open_home()); "
    "print(int(psutil.boot_time()), socket.gethostname(), [e.status for e in service.unfinished()]); service.close()"
)


@in_namespaces
@pytest.mark.parametrize("script", ["stat", "host"])
def test_a_stepped_clock_and_a_renamed_host_for_real(racing, tmp_path, script):
    service, number = racing
    (tmp_path / "look.py").write_text(LOOK)
    run = f"{sys.executable} {tmp_path / 'look.py'}"
    btime = int(psutil.boot_time()) + 1
    scripts = {
        "stat": f"sed 's/^btime .*/btime {btime}/' /proc/stat > {tmp_path}/stat && "
        f"mount --bind {tmp_path}/stat /proc/stat && exec {run}",
        "host": f"hostname oldbox && exec {run}",
    }
    seen = subprocess.run(
        ["unshare", "-m", "-u", "sh", "-c", scripts[script]], cwd=PROJECT, check=True, stdout=-1, text=True
    ).stdout
    assert seen.split()[0] == str(btime) or seen.split()[1] == "oldbox"
    assert "['running']" in seen
    _until_it_moves(service, number)


@in_namespaces
def test_a_race_of_a_host_that_was_renamed_since_is_ended(home, doubles, tmp_path):
    (tmp_path / "app.py").write_text(f"import sys; sys.path.insert(0, {str(PROJECT)!r})\n{APP}")
    run = f"hostname oldbox && exec {sys.executable} {tmp_path / 'app.py'}"
    number = _killed(home, ["unshare", "-u", "sh", "-c", run])
    made = _made(home, number)
    with opened_store() as store:
        assert store.experiment(number).owner.startswith("oldbox:")
    _stored_as_interrupted(home, number, made)
