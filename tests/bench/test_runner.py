"""A runner apart from the app: what it takes, in which order, and what a death of any of them leaves."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from datetime import timedelta

import psutil
import pytest
import sqlalchemy as sa

from lenet.bench import lapsed, live, picture, runner
from lenet.bench.queue import Queue
from lenet.bench.runner import Runner
from lenet.errors import StoreError
from lenet.program import PROJECT
from lenet.store import open_store, tables
from tests.bench import test_service as races
from tests.helpers import postgres, stored
from tests.helpers.growing import newest_round

no_exams = races.no_exams
pytestmark = pytest.mark.usefixtures("doubles")
LONG = {"images_per_epoch": 60_000}

RUNNER = """
import sys
from lenet import catalog
from lenet.bench import exam, race
from lenet.cli.main import main
from tests.conftest import double
from tests.helpers import passing
for name in ("plain", "slower"):
    catalog.VARIANTS[name] = double(name)
exam.sit = passing.sit
race.evaluate = lambda weights: (0.5, 0.9)
main(["runner"])
"""


@contextlib.contextmanager
def running(home, shared=True):
    """A runner in this process."""
    with contextlib.closing(open_store(home.database_url)) as store:
        one = Runner(store, home, shared)
        one.start()
        try:
            yield one
        finally:
            one.close()


@contextlib.contextmanager
def process(*prefix):
    """`lenet runner` in a process of its own."""
    with subprocess.Popen([*prefix, sys.executable, "-c", RUNNER], cwd=PROJECT, stdout=-1, text=True) as one:
        try:
            assert one.stdout.readline().startswith("Waiting for experiments")
            yield one
        finally:
            with contextlib.suppress(ProcessLookupError):
                one.kill()


def trained(queue, number, more_than=30):
    """Whether each run of its newest round has more batches than that."""
    runs = newest_round(queue.store, queue.home, number)
    return len(runs) == 2 and all(run.count > more_than for run in runs)


def on_tape(home, runs):
    """The batches on the tape of each run."""
    return [len(live.read_tape(home, run)) for run in runs]


def test_what_is_queued_without_a_runner_waits_and_the_next_runner_takes_it(queue, home):
    number = queue.submit(races.request("plain"))
    assert queue.wait(number, 0.5).status == "queued" and queue.place(number) == 0
    with running(home) as one:
        ended = queue.wait(number, 120)
        assert (ended.status, ended.owner) == ("finished", one.owner)
        races._until(lambda: queue.store.runners()[0].doing == "waiting")
    assert queue.store.runners() == []


def test_an_app_of_ones_own_leaves_alone_what_waits_for_a_runner(queue, home):
    number = queue.submit(races.request("plain"))
    with running(home, shared=False) as one:
        one.wake()
        assert queue.wait(number, 2).status == "queued"
    assert queue.store.runners() == []


def test_the_web_servers_end_touches_neither_race_nor_queue(queue, home):
    first = queue.submit(races.request("plain", "slower", **LONG))
    second = queue.submit(races.request("plain"))
    with running(home):
        races._until(lambda: trained(queue, first))
        with contextlib.closing(Queue(home)) as web:
            assert [e.status for e in web.unfinished()] == ["running", "queued"]
        assert [e.status for e in queue.unfinished()] == ["running", "queued"]
        assert queue.place(second) == 1
        queue.stop(first, "ada@example.org")
        ended = queue.wait(first, 60)
        assert (ended.status, ended.reason) == ("cancelled", "It was stopped by ada@example.org.")
        assert queue.wait(second, 120).status == "finished"


def test_pages_anywhere_see_a_picture_of_what_a_runner_races_until_it_ends(queue, home):
    number = queue.submit(races.request("plain", "slower", **LONG))
    with running(home):
        races._until(lambda: trained(queue, number) and queue.store.live(number))
        version, first = queue.store.live(number)
        races._until(lambda: queue.store.live(number, version))
        assert picture.unpacked(first)["strip"]
        races._until(lambda: picture.unpacked(queue.store.live(number)[1])["charts"])
        queue.stop(number, "ada@example.org")
        assert queue.wait(number, 60).status == "cancelled"
        assert queue.store.live(number) is None
    assert queue.store.live(number) is None


def test_an_app_of_ones_own_puts_no_pictures_into_the_database(home, doubles):
    with running(home, shared=False) as one:
        assert not [thread.name for thread in one._threads if thread.name == "pictures"]


def test_a_runner_that_is_asked_to_end_keeps_what_it_measured_and_leaves_what_waits(queue, home):
    first = queue.submit(races.request("plain", "slower", **LONG))
    second = queue.submit(races.request("plain"))
    with process() as one:
        races._until(lambda: trained(queue, first))
        one.send_signal(signal.SIGTERM)
        assert one.wait(timeout=120) == 0
    assert [queue.store.experiment(number).status for number in (first, second)] == ["interrupted", "queued"]
    assert min(run.batch_count for run in queue.store.runs(first)) > 30
    assert queue.store.runners() == []


def killed(queue, number):
    """The batches on the tapes of an experiment whose runner was killed while it ran."""
    with process() as one:
        races._until(lambda: trained(queue, number))
        workers = psutil.Process(one.pid).children(recursive=True)
        one.kill()
        one.wait()
    psutil.wait_procs(workers, timeout=30)
    return on_tape(queue.home, queue.store.runs(number))


NEW_HOST = ("unshare", "-u", "sh", "-c", 'hostname newbox && exec "$0" "$@"')
NAMESPACES = not subprocess.call(["unshare", "-u", "true"], stderr=subprocess.DEVNULL)


@pytest.mark.parametrize(
    "host",
    [(), pytest.param(NEW_HOST, marks=pytest.mark.skipif(not NAMESPACES, reason="needs the right to use `unshare`"))],
    ids=["same host", "new host"],
)
def test_a_runner_that_is_killed_loses_no_batch_and_its_successor_goes_on(queue, home, host):
    first = queue.submit(races.request("plain", "slower", **LONG))
    second = queue.submit(races.request("plain"))
    made = killed(queue, first)
    with process(*host):
        assert queue.wait(first, 120).status == "interrupted"
        assert [run.batch_count for run in queue.store.runs(first)] == made and min(made) > 30
        assert queue.wait(second, 120).status == "finished"


def test_of_whom_no_lock_tells_a_runner_waits_for_a_sign_of_life_and_then_ends_it_where_its_tapes_are(
    queue, home, monkeypatch
):
    monkeypatch.setattr(lapsed, "LEASE_SECONDS", 1.0)
    first = queue.submit(races.request("plain", "slower", **LONG))
    made = killed(queue, first)
    # Its machine was started again under another name, and its lock is gone with the old disk.
    for file in (home.root / "owners").iterdir():
        file.unlink()
    watching = lapsed.Lapsed(queue.store, home)
    watching.look()
    assert queue.store.experiment(first).status == "running", "its last sign has only just been seen"
    time.sleep(1.1)
    assert queue.store.beat(first, queue.store.experiment(first).owner)
    watching.look()
    assert queue.store.experiment(first).status == "running", "it has given another one"
    time.sleep(1.1)
    watching.forget()
    watching.look()
    assert queue.store.experiment(first).status == "running", "the database was away: it counts anew"
    time.sleep(1.1)
    watching.look()
    assert queue.store.experiment(first).status == "interrupted"
    assert [run.batch_count for run in queue.store.runs(first)] == made and min(made) > 30


def test_where_its_tapes_are_not_nobody_ends_it(queue, home, monkeypatch):
    monkeypatch.setattr(lapsed, "LEASE_SECONDS", 0.1)
    number = stored.begin(queue.store, races.request("plain"), "far:1:boot:token")
    watching = lapsed.Lapsed(queue.store, home)
    watching.look()
    time.sleep(0.2)
    watching.look()
    assert queue.store.experiment(number).status == "running"


def test_a_runner_that_was_taken_for_dead_ends_its_race_and_stores_what_it_measured(queue, home, monkeypatch):
    monkeypatch.setattr(runner, "BEAT_SECONDS", 0.2)
    number = queue.submit(races.request("plain", "slower", **LONG))
    with running(home) as one:
        races._until(lambda: trained(queue, number))
        # Another machine, which has no tapes, ends it by force.
        with contextlib.closing(open_store(home.database_url)) as far:
            for run in far.runs(number):
                far.end_run(run.id, "interrupted", reason="Ended far away.", batches=live.NO_BATCHES)
            far.end_experiment(number, "interrupted", "Ended far away.")
        races._until(lambda: one._race is None)
    assert queue.store.experiment(number).reason == "Ended far away."
    assert min(run.batch_count for run in queue.store.runs(number)) > 30


# The database goes away


@contextlib.contextmanager
def away(url):
    """The database refuses everybody, and has dropped all who were connected."""
    address = sa.make_url(url)
    name = address.database
    with postgres.administered(sa.make_url(postgres.POSTGRES)) as admin:
        admin.execute(sa.text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false"))
        admin.execute(sa.text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"))
        try:
            yield
        finally:
            admin.execute(sa.text(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true"))


def test_a_database_that_goes_away_for_a_while_ends_no_race_and_loses_nothing(home, doubles, postgres_url, monkeypatch):
    monkeypatch.setenv("LENET_DATABASE_URL", postgres_url)
    monkeypatch.setattr(runner, "BEAT_SECONDS", 0.2)
    monkeypatch.setattr(runner, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(runner, "RETRY_SECONDS", 0.5)
    with contextlib.closing(Queue(home)) as queue:
        first = queue.submit(races.request("plain", "slower", **LONG))
        second = queue.submit(races.request("plain"))
        with running(home):
            races._until(lambda: trained(queue, first))
            runs = queue.store.runs(first)
            with away(postgres_url):
                with pytest.raises(StoreError, match="does not answer|refused|not currently accepting"):
                    queue.unfinished()
                before = [len(live.read_tape(home, run)) for run in runs]
                races._until(
                    lambda: all(len(live.read_tape(home, run)) > n for run, n in zip(runs, before, strict=True))
                )
            assert [e.status for e in queue.unfinished()] == ["running", "queued"]
            queue.stop(first)
            assert queue.wait(first, 60).status == "cancelled"
            assert all(run.batch_count > n for run, n in zip(queue.store.runs(first), before, strict=True))
            assert queue.wait(second, 120).status == "finished"


# Whose turn it is


def used(queue, submitter, hours, ago=0.5):
    """Store an experiment that had a machine for so many hours, and ended so many hours ago."""
    number = stored.add(queue.store, races.request("plain"), {"plain": 2.0})
    with queue.store._writing() as connection:
        ended = queue.store.experiment(number).ended - timedelta(hours=ago)
        values = {"submitter": submitter, "started": ended - timedelta(hours=hours), "ended": ended}
        connection.execute(tables.experiments.update().where(tables.experiments.c.id == number).values(**values))


def waits(queue, *submitters):
    request = races.request("plain")
    return [queue.store.add_experiment(type(request)(request.variants, request.settings, submitter=who), "")
            for who in submitters]  # fmt: skip


def test_whoever_had_the_machine_least_in_the_last_day_is_next(queue):
    used(queue, "ada", hours=2)
    used(queue, "bob", hours=1)
    used(queue, "cy", hours=9, ago=30)
    ada, bob, cy, ada_too = waits(queue, "ada", "bob", "cy", "ada")
    assert queue.store.waiting(("",)) == [cy, bob, ada, ada_too]
    assert [queue.place(number) for number in (cy, bob, ada)] == [0, 1, 2]


def test_one_who_floods_the_queue_does_not_keep_the_others_waiting(queue):
    flood = waits(queue, *["flooder"] * 20)
    (ada,) = waits(queue, "ada")
    order = []
    for _ in range(3):
        (number, *_) = queue.store.waiting(("",))
        assert queue.store.claim(number, {}, "r")
        order.append(number)
    assert order.index(ada) == 1, "the flooder's first was before; then ada, who had nothing yet"
    assert order[0] == flood[0]


CLAIMER = """
import os, signal, sys, time
from lenet.store import open_store
store = open_store(sys.argv[1])
me, dies = sys.argv[2], len(sys.argv) > 3
done = 0
print("ready", flush=True)
sys.stdin.readline()
while waiting := store.waiting(("",)):
    for number in waiting[:3]:
        if store.claim(number, {}, me):
            done += 1
            if dies and done == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            store.end_experiment(number, "finished")
            break
print(done)
"""


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_four_who_claim_at_once_get_each_experiment_once(tmp_path, database, request):
    url = f"sqlite:///{tmp_path / 'one.db'}"
    if database == "postgresql":
        url = request.getfixturevalue("postgres_url")
    with contextlib.closing(open_store(url)) as store:
        numbers = [store.add_experiment(races.request("plain"), "") for _ in range(60)]
        command = [sys.executable, "-c", CLAIMER, url]
        each = [["runner-0", "dies"], ["runner-1"], ["runner-2"], ["runner-3"]]
        pipes = {"stdin": -1, "stdout": -1, "text": True}
        started = [subprocess.Popen([*command, *words], cwd=PROJECT, **pipes) for words in each]
        assert [one.stdout.readline() for one in started] == ["ready\n"] * 4
        for one in started:  # all at once, so that the one that is to die gets its turn
            one.stdin.write("go\n")
            one.stdin.flush()
        ended = [one.communicate(timeout=300)[0] for one in started]
        assert started[0].returncode == -signal.SIGKILL
        found = [store.experiment(number) for number in numbers]
        assert sum(one.status == "running" for one in found) == 1, "what the dead one had"
        assert sum(int(text) for text in ended[1:]) == 60 - 2
        assert sum(one.owner == "runner-0" for one in found) == 2
