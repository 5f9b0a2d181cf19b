"""Messages about ended experiments: what is in them, that they are signed, and that nothing waits for them."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import socket
import threading
import time

import pytest

from lenet.analysis.across import figures, regression
from lenet.bench import lapsed
from lenet.bench.queue import Queue
from lenet.bench.runner import Runner
from lenet.errors import BadInput
from lenet.hosting import webhook
from lenet.hosting.webhook import Webhook
from lenet.records import Annotation, Request
from lenet.settings import Settings
from tests.bench import test_service as races
from tests.helpers import stored
from tests.helpers.receiver import receiving

no_exams = races.no_exams
SECRET = "a secret of some length"
PAIR = Request(("keras_fit", "tensorflow_graph"), Settings.parse({"rounds": 2, "threads": 1}))
TIMES = {"keras_fit": 5.0, "tensorflow_graph": 4.0}
PLACE = "/srv/lenet/stacks/main/bin/python"


def hook(receiver, **values):
    return Webhook(f"{receiver.url}/hook", SECRET, public_url="https://bench.example.org", **values)


def raced(store, times=TIMES, **values):
    number = stored.add(store, PAIR, times, **values)
    figures.keep(store, number)
    return number


@contextlib.contextmanager
def told(store, one):
    with webhook.telling(store, one) as tell:
        yield tell


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(webhook, "WAITS", (0.01, 0.02))


def test_an_end_is_told_and_signed(store):
    number = raced(store)
    store.annotate(number, Annotation("Nightly"))
    with receiving() as chat, told(store, hook(chat)) as tell:
        tell(number)
        chat.wait(1)
    ((path, headers, body),) = chat.got
    said = json.loads(body)
    assert path == "/hook" and said["event"] == "end" and said["regressions"] == []
    one = said["experiment"]
    assert (one["id"], one["status"], one["title"]) == (number, "finished", "Nightly")
    assert one["url"] == f"https://bench.example.org/results?experiment={number}"
    assert [figure["label"] for figure in said["figures"]] == list(TIMES)
    assert headers["X-LeNet-Delivery"] == f"{one['uid']}-end"
    signed = headers["X-LeNet-Timestamp"].encode() + b"." + body
    right = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["X-LeNet-Signature"] == f"sha256={right}"
    assert abs(int(headers["X-LeNet-Timestamp"]) - time.time()) < 3600


def test_a_message_has_no_paths_of_the_machine(store):
    number = stored.add(store, PAIR, TIMES, status="failed")
    store.annotate(number, Annotation(f"In {PLACE}"))
    with receiving() as chat, told(store, hook(chat)) as tell:
        tell(number)
        chat.wait(1)
    assert PLACE.encode() not in chat.got[0][2] and b"bench.example.org/results" in chat.got[0][2]


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_busy_receiver_is_told_again(store, hurried, status):
    with receiving((status, b"", {}), (200, b"", {})) as chat:
        assert webhook.send(hook(chat), b"{}", "x", lambda seconds: None) == ""
        assert len(chat.got) == 2


def test_after_a_few_attempts_it_is_let_be_and_logged_once(store, caplog):
    waited: list[float] = []
    with receiving((503, b"", {})) as chat:
        assert webhook.send(hook(chat), b"{}", "x", waited.append) == "it answers 503"
        assert len(chat.got) == 3 and waited == list(webhook.WAITS)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404])
def test_a_refusal_and_a_redirect_are_final(store, status):
    with receiving() as elsewhere, receiving((status, b"", {"Location": elsewhere.url})) as chat:
        assert webhook.send(hook(chat), b"{}", "x", lambda seconds: None) == f"it answers {status}"
        assert len(chat.got) == 1 and elsewhere.got == []


def test_a_failure_is_logged_once_without_the_address(store, hurried, caplog):
    number = raced(store)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with told(store, Webhook(f"http://127.0.0.1:{port}/secret-path", SECRET)) as tell:
        tell(number)
    (record,) = caplog.records
    assert "was not told of experiment" in record.message and record.experiment == number
    assert "secret-path" not in caplog.text and SECRET not in caplog.text


def test_slack_gets_its_own_shape_and_no_marks_of_users(store):
    number = raced(store)
    store.annotate(number, Annotation("<!channel> & <https://evil|x>"))
    with receiving() as chat, told(store, hook(chat, format="slack")) as tell:
        tell(number)
        chat.wait(1)
    said = json.loads(chat.got[0][2])
    assert list(said) == ["text"]
    first, *lines = said["text"].splitlines()
    link = f"<https://bench.example.org/results?experiment={number}|Experiment {number}>"
    assert first.startswith(f"*{link}* finished: &lt;!channel&gt; &amp; &lt;https://evil|x&gt;")
    assert [line.split(":")[0] for line in lines] == ["• Keras fit", "• TensorFlow graph"]


def test_a_regression_is_found_by_the_experiment_that_makes_it_plain(store):
    numbers = [raced(store) for _ in range(8)]
    slower = [raced(store, {**TIMES, "keras_fit": 6.0}) for _ in range(6)]
    seen = {number: regression.found(store, number) for number in (numbers[-1], slower[-1])}
    assert seen[numbers[-1]] == [] and seen[slower[-1]] == [], "it was plain before the last one"
    for number in slower[4:]:
        store.delete(number)
    (one,) = regression.found(store, slower[3])
    assert (one.variant, one.since) == ("keras_fit", slower[0])
    assert one.low < 1.2 < one.high and one.sentence.startswith("Keras fit: From experiment")


def test_a_regression_is_told_and_an_end_is_not_where_only_those_are_wanted(store):
    for _ in range(8):
        raced(store)
    slower = [raced(store, {**TIMES, "keras_fit": 6.0}) for _ in range(4)]
    with receiving() as chat, told(store, hook(chat, on="regression")) as tell:
        for number in (1, 2, slower[3]):
            tell(number)
        chat.wait(1)
    ((_, headers, body),) = chat.got
    said = json.loads(body)
    assert said["event"] == "regression" and said["regressions"][0]["since"] == slower[0]
    assert headers["X-LeNet-Delivery"].endswith("-regression")
    assert ":warning: Keras fit: From experiment" in webhook.slack(said)


def test_a_faster_program_is_no_regression(store):
    for _ in range(8):
        raced(store)
    faster = [raced(store, {**TIMES, "keras_fit": 4.2}) for _ in range(4)]
    assert regression.found(store, faster[3]) == []


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"LENET_WEBHOOK_URL": "chat.example.org"}, "LENET_WEBHOOK_URL must be an address"),
        ({"LENET_WEBHOOK_URL": "file:///etc/passwd"}, "LENET_WEBHOOK_URL must be an address"),
        ({"LENET_WEBHOOK_URL": "https://c/1"}, "needs LENET_WEBHOOK_SECRET"),
        ({"LENET_WEBHOOK_URL": "https://c/1", "LENET_WEBHOOK_SECRET": "short"}, "needs LENET_WEBHOOK_SECRET"),
        ({"LENET_WEBHOOK_URL": "https://c/1", "LENET_WEBHOOK_FORMAT": "xml"}, "may be json or slack"),
        ({"LENET_WEBHOOK_URL": "https://c/1", "LENET_WEBHOOK_ON": "start"}, "may be end or regression"),
    ],
)
def test_a_webhook_that_cannot_be_meant_is_refused(environment, said):
    with pytest.raises(BadInput, match=said):
        webhook.read(environment)


def test_a_webhook_is_read():
    assert webhook.read({}) is None
    assert webhook.read({"LENET_WEBHOOK_URL": "https://c/1", "LENET_WEBHOOK_FORMAT": "slack"})
    environment = {"LENET_WEBHOOK_URL": "https://c/1", "LENET_WEBHOOK_SECRET": SECRET, "LENET_PUBLIC_URL": "https://b/"}
    assert webhook.read(environment) == Webhook("https://c/1", SECRET, public_url="https://b")


# The runner


def test_the_runner_tells_each_end_and_a_stuck_receiver_delays_no_race(home, doubles, no_exams, monkeypatch):
    monkeypatch.setattr(webhook, "GOODBYE_SECONDS", 0.1)
    with contextlib.closing(Queue(home)) as queue, socket.create_server(("127.0.0.1", 0)) as silent:
        # It accepts, and never answers.
        stuck = Webhook(f"http://127.0.0.1:{silent.getsockname()[1]}", SECRET)
        calls: list[int] = []
        with told(queue.store, stuck) as tell:
            runner = Runner(queue.store, home, True, lambda number: (calls.append(number), tell(number)))
            numbers = [queue.submit(races.request("plain")) for _ in range(2)]
            runner.start()
            try:
                for number in numbers:
                    assert queue.wait(number, 120).status == "finished"
            finally:
                runner.close()
    for thread in threading.enumerate():
        if thread.name == "webhook":
            thread.join(60)
    assert calls == numbers


def test_the_runner_tells_of_what_a_dead_one_left(home, doubles, no_exams, monkeypatch):
    monkeypatch.setattr(lapsed, "LEASE_SECONDS", 0.0)
    calls: list[int] = []
    arrived = threading.Event()

    def note(number):
        calls.append(number)
        arrived.set()

    with contextlib.closing(Queue(home)) as queue:
        number = stored.begin(queue.store, races.request("plain"), owner="gone:1:x:dead")
        home.experiment(number).mkdir(parents=True)
        runner = Runner(queue.store, home, True, note)
        runner.start()
        try:
            assert arrived.wait(120)
        finally:
            runner.close()
        assert queue.store.experiment(number).status == "interrupted"
    assert calls == [number]
