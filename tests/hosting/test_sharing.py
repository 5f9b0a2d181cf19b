"""Links that show one result without signing in: who makes them, what they open, and for how long."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from lenet.cli.main import main
from lenet.errors import BadInput, Forbidden
from lenet.hosting import api, sharing
from lenet.hosting.config import Hosting
from lenet.hosting.desk import Desk
from lenet.hosting.identity import Role, User
from lenet.records import Request
from lenet.settings import Settings
from lenet.views import public
from lenet.views import stored as views
from tests.helpers import golden, stored
from tests.helpers.served import served
from tests.helpers.tapes import raced

HOSTING = Hosting("hosted", "required", "https://bench.example.org/lenet", "s" * 32)
PAIR = Request(("keras_fit", "tensorflow_graph"), Settings.parse({"rounds": 2}))
TIMES = {"keras_fit": 5.0, "tensorflow_graph": 4.0}
PRINTED = "Traceback: a secret that a program printed"
PLACE = "/srv/lenet/stacks/main/bin/python"


@pytest.fixture
def server(queue):
    with served(api.routes(lambda: queue, HOSTING)) as server:
        yield server


def shared(queue, number, period=timedelta(days=7)):
    """Path and query of a link."""
    link = Desk(queue, HOSTING, User("bob@x", Role.RUNNER)).share(number, period)
    assert link.startswith(HOSTING.public_url)
    parts = urlsplit(link.removeprefix(HOSTING.public_url))
    return f"{parts.path}?{parts.query}"


def with_everything(store):
    """An experiment with logs, paths, and something left behind."""
    number = stored.begin(store, PAIR, machine={**stored.MACHINE, "interpreter": PLACE})
    for round, label, status in ((1, "keras_fit", "failed"), (1, "tensorflow_graph", "finished")):
        run = store.add_run(
            number, round=round, label=label, variant=label, stack="main", source_hash="0", folder=label
        )  # fmt: skip
        reason = f"No such file: {PLACE}" if status == "failed" else ""
        store.end_run(run, status, reason=reason, log=PRINTED, batches=raced([4.0] * 220, 25), facts={"cache": PLACE})
    store.end_experiment(number, "failed", f"It failed in {PLACE}.")
    return number


def test_a_link_shows_the_result_and_may_stand_in_a_frame(queue, server):
    number = stored.add(queue.store, PAIR, TIMES)
    reply = server.ask(shared(queue, number))
    assert reply.status == 200 and b"Keras fit takes" in reply.body
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    policy = reply.headers["content-security-policy"]
    assert "frame-ancestors *" in policy and "sandbox" in policy and "allow-same-origin" not in policy
    assert reply.headers["referrer-policy"] == "no-referrer" and "x-frame-options" not in reply.headers


def test_a_link_shows_neither_logs_nor_paths(queue, server):
    number = with_everything(queue.store)
    reply = server.ask(shared(queue, number))
    assert reply.status == 200 and b"Runs that did not finish" in reply.body
    assert PRINTED.encode() not in reply.body and PLACE.encode() not in reply.body
    whole = views.load(queue.store, number)
    assert PRINTED in str(whole) and PLACE in str(whole), "the experiment has what is to be left out"


def test_a_result_without_logs_says_all_else(queue):
    for number in golden.fill(queue.store).values():
        whole = views.load(queue.store, number)
        shown = public.view(whole)
        assert (shown.headlines, shown.points, shown.line) == (whole.headlines, whole.points, whole.line)
        assert [one.title for one in shown.sections] == [one.title for one in whole.sections]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("It is 3/4 of TensorFlow/Keras at https://example.org/a/b.", True),
        ("keras/src/trainers/trainer.py, line 9", True),
        ("1,000 images/s", True),
        ("In /srv/lenet/x.py", False),
        ("~/lenet/x.py", False),
        ("'/srv/lenet/x.py'", False),
        ("sqlite:////srv/lenet.db is busy", False),
    ],
)
def test_a_place_is_told_from_other_words(text, kept):
    assert (public.values({"a": [text]}) == {"a": [text]}) == kept


@pytest.mark.parametrize("with_", ["signature", "expires", "id", "nothing", "words"])
def test_a_changed_link_opens_nothing(queue, server, with_):
    first, second = (stored.add(queue.store, PAIR, TIMES) for _ in range(2))
    link = shared(queue, first)
    changed = {
        "signature": link[:-1] + ("0" if link[-1] != "0" else "1"),
        "expires": link.replace("expires=", "expires=1"),
        "id": link.replace(f"/{first}.html", f"/{second}.html"),
        "nothing": link.partition("?")[0],
        "words": link.replace("expires=", "expires=x"),
    }[with_]
    reply = server.ask(changed)
    assert reply.status == 403 and b"This link opens nothing" in reply.body and b"Keras" not in reply.body


def test_a_link_ends(queue, server, monkeypatch):
    link = shared(queue, stored.add(queue.store, PAIR, TIMES), timedelta(hours=1))
    now = time.time()
    monkeypatch.setattr(sharing.time, "time", lambda: now + 3590)
    assert server.ask(link).status == 200
    monkeypatch.setattr(sharing.time, "time", lambda: now + 3601)
    assert server.ask(link).status == 403


def test_another_secret_ends_all_links(queue):
    link = shared(queue, stored.add(queue.store, PAIR, TIMES))
    for secret in ("t" * 32, ""):
        with served(api.routes(lambda: queue, replace(HOSTING, secret=secret))) as server:
            assert server.ask(link).status == 403


def test_a_link_to_what_was_deleted_is_a_page_too(queue, server):
    number = stored.add(queue.store, PAIR, TIMES)
    link = shared(queue, number)
    queue.store.delete(number)
    reply = server.ask(link)
    assert reply.status == 404 and b"This link opens nothing" in reply.body


@pytest.mark.parametrize("path", ["/embed/", "/embed/1", "/embed/x.html", "/embed/../1.html", "/embed/%31.html"])
def test_no_other_address_there_shows_anything(server, path):
    assert server.ask(path).status == 403


def test_a_runner_shares_and_it_is_written_down(queue):
    number = stored.add(queue.store, PAIR, TIMES)
    shared(queue, number)
    with pytest.raises(Forbidden):
        Desk(queue, HOSTING, User("eve@x", Role.VIEWER)).share(number, timedelta(days=1))
    said = [(one.user, one.action, one.outcome, one.experiment_id) for one in queue.store.audit()]
    assert said == [("eve@x", "share", "refused", number), ("bob@x", "share", "done", number)]


@pytest.mark.parametrize("text", ["", "7", "d", "0d", "366d", "-1d", "9999w", "7 d", "seven"])
def test_a_time_that_cannot_be_meant_is_refused(text):
    with pytest.raises(BadInput, match="such as 12h"):
        sharing.period(text)


def test_times_are_read():
    assert [sharing.period(text).days for text in ("48h", "7d", "4w", "365d")] == [2, 7, 28, 365]


def test_a_laptop_has_no_links(queue):
    number = stored.add(queue.store, PAIR, TIMES)
    with pytest.raises(BadInput, match="LENET_PUBLIC_URL"):
        Desk(SimpleNamespace(store=queue.store), Hosting()).share(number, timedelta(days=1))
    assert queue.store.audit() == []


def test_a_shell_prints_a_link(queue, monkeypatch):
    number = stored.add(queue.store, PAIR, TIMES)
    monkeypatch.setenv("LENET_PUBLIC_URL", HOSTING.public_url)
    monkeypatch.setenv("LENET_SECRET", HOSTING.secret)
    printed = CliRunner().invoke(main, ["share", str(number), "--for", "2w"])
    assert printed.exit_code == 0 and printed.stdout.startswith(f"{HOSTING.public_url}/embed/{number}.html?expires=")
