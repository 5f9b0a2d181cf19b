"""The HTTP API on a real server: who may ask what, what is answered, and that nothing else gets in or out."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from click.testing import CliRunner

from lenet.cli.main import main
from lenet.errors import StoreError
from lenet.exchange import as_parquet, gather
from lenet.hosting import answers, api, endpoints, openapi
from lenet.hosting.config import Hosting
from lenet.hosting.desk import Desk
from lenet.hosting.identity import Role, User
from lenet.records import Annotation, Request, RunnerState
from lenet.settings import Settings
from lenet.store import open_store
from tests.helpers import golden, stored
from tests.helpers.served import served

HOSTING = Hosting("hosted", "optional", "https://bench.example.org/lenet", "s" * 32)
SENT = {"Content_Type": endpoints.PARQUET}
PAIR = Request(("keras_fit", "tensorflow_graph"), Settings.parse({"rounds": 2, "threads": 1}))
TIMES = {"keras_fit": 5.0, "tensorflow_graph": 4.0}
SECRET_PLACE = "/srv/lenet/python/bin/python3"


@pytest.fixture
def server(queue):
    with served(api.routes(lambda: queue, HOSTING, lambda: 3)) as server:
        yield server


@pytest.fixture
def parquet(tmp_path):
    """An experiment that was raced elsewhere, as a file has it."""
    with contextlib.closing(open_store(tmp_path / "elsewhere.db")) as elsewhere:
        return as_parquet(gather(elsewhere, stored.add(elsewhere, PAIR, TIMES)))


def key(queue, role=Role.RUNNER, name="bob@x"):
    return Desk(queue, HOSTING, User(name, Role.ADMIN)).new_token("ci", role)


def error(reply):
    """The sentence of an error, which is all that there is."""
    assert reply.headers["content-type"] == "application/json" and list(reply.json) == ["error"]
    assert "Traceback" not in reply.json["error"]
    return reply.json["error"]


# Sending


def test_an_experiment_that_is_sent_twice_is_stored_once(queue, server, parquet):
    runner = key(queue)
    first, second = (server.ask("/api/v1/experiments", "POST", parquet, runner, **SENT) for _ in range(2))
    assert (first.status, second.status) == (201, 200)
    assert first.json == second.json
    assert first.json["url"] == f"https://bench.example.org/lenet/results?experiment={first.json['id']}"
    (one,) = queue.store.experiments()
    assert (one.id, one.uid) == (first.json["id"], first.json["uid"])
    sent_again = as_parquet(gather(queue.store, one.id))
    assert server.ask("/api/v1/experiments", "POST", sent_again, runner, **SENT).json["id"] == one.id


@pytest.mark.parametrize(
    ("role", "status", "said"), [(None, 401, "Say who asks"), (Role.VIEWER, 403, "only a runner may import")]
)
def test_only_a_runner_sends(queue, server, parquet, role, status, said):
    token = key(queue, role) if role else ""
    reply = server.ask("/api/v1/experiments", "POST", parquet, token, **SENT)
    assert reply.status == status and said in error(reply)
    assert queue.store.experiments() == []
    refused = [entry for entry in queue.store.audit() if entry.outcome == "refused"]
    assert [(one.user, one.via, one.action) for one in refused] == ([("bob@x", "api", "import")] if role else [])


@pytest.mark.parametrize("body", [b"", b"not Parquet", b"PAR1" + bytes(100) + b"PAR1", b'{"format": "x"}'])
def test_what_is_no_experiment_is_refused_in_a_sentence(queue, server, body):
    reply = server.ask("/api/v1/experiments", "POST", body, key(queue), **SENT)
    assert reply.status == 422 and "cannot be imported" in error(reply)
    assert queue.store.experiments() == []


def test_a_form_of_a_foreign_page_cannot_send(queue, server, parquet):
    reply = server.ask("/api/v1/experiments", "POST", parquet, key(queue), Content_Type="text/plain")
    assert reply.status == 415 and endpoints.PARQUET in error(reply)


def test_more_than_is_read_is_refused_before_it_has_come(queue, server, monkeypatch):
    monkeypatch.setattr(api, "MOST_BYTES", 1000)
    too_much = server.ask("/api/v1/experiments", "POST", bytes(1001), key(queue), **SENT)
    assert too_much.status == 413 and "is imported" in error(too_much)


def test_more_than_is_read_is_refused_while_it_comes_without_a_length(queue, server, monkeypatch, home):
    monkeypatch.setattr(api, "MOST_BYTES", 100_000)
    head = f"POST /api/v1/experiments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key(queue)}\r\n"
    head += f"Content-Type: {endpoints.PARQUET}\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as sender:
        sender.sendall(head.encode())
        for _ in range(20):  # and there is no end of it
            sender.sendall(b"2710\r\n" + bytes(10_000) + b"\r\n")
        assert sender.recv(100).startswith(b"HTTP/1.1 413 ")
    assert list(home.root.glob("scratch-*")) == []


def test_a_sender_that_goes_away_leaves_nothing(queue, server, home):
    head = f"POST /api/v1/experiments HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key(queue)}\r\n"
    head += f"Content-Type: {endpoints.PARQUET}\r\nContent-Length: 5000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as sender:
        sender.sendall(head.encode() + bytes(100))
    assert server.ask("/api/v1/experiments").status == 200
    for _ in range(200):
        if not list(home.root.glob("scratch-*")):
            break
        threading.Event().wait(0.05)
    assert list(home.root.glob("scratch-*")) == []


# Who asks


@pytest.mark.parametrize("header", ["Bearer x", "Bearer lenet_" + "a" * 43, "Basic eDp5", "Bearer", "lenet_x"])
def test_a_wrong_token_is_nobodys_even_where_everybody_may_look(queue, server, header):
    assert server.ask("/api/v1/experiments").status == 200
    reply = server.ask("/api/v1/experiments", Authorization=header)
    assert reply.status == 401 and "unknown, over or revoked" in error(reply)
    assert reply.headers["www-authenticate"] == "Bearer"


def test_a_revoked_token_opens_nothing(queue, server):
    token = key(queue)
    assert server.ask("/api/v1/metrics", key=token).status in (200, 503)
    queue.store.revoke_token(1)
    assert server.ask("/api/v1/experiments", key=token).status == 401


@pytest.mark.parametrize(("auth", "status"), [("off", 200), ("optional", 200), ("required", 401)])
def test_who_may_read_without_a_token(queue, auth, status):
    with served(api.routes(lambda: queue, replace(HOSTING, auth=auth))) as server:
        assert server.ask("/api/v1/experiments").status == status
        assert server.ask("/api/v1/experiments", key=key(queue, Role.VIEWER)).status == 200
        assert server.ask("/api/v1/openapi.json").status == 200


def test_cookies_count_for_nothing(queue, parquet):
    with served(api.routes(lambda: queue, replace(HOSTING, auth="required"))) as server:
        assert server.ask("/api/v1/experiments", Cookie="_streamlit_user=ada").status == 401


# Reading


def test_the_figures_are_those_that_the_shell_writes(queue, server, tmp_path):
    numbers = golden.fill(queue.store)
    token = key(queue, Role.VIEWER)
    for name in ("race", "ladder", "law", "counts", "profile"):
        from lenet.views import stored as views

        written = orjson.loads(orjson.dumps(views.as_json(queue.store, numbers[name])))
        assert server.ask(f"/api/v1/experiments/{numbers[name]}/figures", key=token).json == written
    base, new = numbers["race"], numbers["later"]
    file = tmp_path / "compared.json"
    shown = CliRunner().invoke(main, ["compare", str(base), str(new), "--json", str(file)])
    assert shown.exit_code == 0, shown.output
    compared = server.ask(f"/api/v1/experiments/{new}/compare?with={base}", key=token)
    assert compared.json == orjson.loads(file.read_bytes())


def test_a_list_is_filtered_and_paged_as_the_history_is(queue, server):
    for number in range(1, 6):
        stored.add(queue.store, PAIR, TIMES, machine={**stored.MACHINE, "host": f"m{number % 2}"})
    queue.store.annotate(2, Annotation("Second", "", ("slow",)))
    seen, before = [], ""
    while before is not None:
        page = server.ask(f"/api/v1/experiments?limit=2{before and f'&before={before}'}").json
        assert page["total"] == 5
        seen += [one["id"] for one in page["experiments"]]
        before = page["before"]
    assert seen == [5, 4, 3, 2, 1]
    assert [one["id"] for one in server.ask("/api/v1/experiments?host=m1").json["experiments"]] == [5, 3, 1]
    assert [one["title"] for one in server.ask("/api/v1/experiments?tag=slow").json["experiments"]] == ["Second"]
    assert server.ask("/api/v1/experiments?variant=jax_jit").json == {"experiments": [], "total": 0, "before": None}


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("experiments/7", 404, "no experiment 7"),
        ("experiments/7/figures", 404, "no experiment 7"),
        ("experiments/seven", 422, "not an experiment's number"),
        ("experiments/" + "9" * 4000, 422, "not an experiment's number"),
        ("experiments/1/compare", 422, "?with=NUMBER"),
        ("experiments/1/compare?with=9", 404, "no experiment 9"),
        ("experiments/1/compare?with=1", 422, "than itself"),
        ("experiments/1/compare?with=../main.parquet", 422, "not an experiment's number"),
        ("experiments/2/compare?with=1", 409, "is queued"),
        ("experiments?limit=101", 422, "from 1 to 100"),
        ("experiments?limit=0", 422, "from 1 to 100"),
        ("experiments?since=yesterday", 422, "not a day"),
        ("experiments?instrument=violin", 422, "no kind"),
        ("experiments?varient=keras_fit", 422, "no parameter 'varient'"),
        ("nothing", 404, "openapi.json"),
    ],
)
def test_a_wrong_question_is_answered_in_a_sentence(queue, server, path, status, said):
    stored.add(queue.store, PAIR, TIMES)
    queue.store.add_experiment(PAIR, "")
    reply = server.ask(f"/api/v1/{path}")
    assert reply.status == status and said in error(reply)


def test_a_wrong_method_changes_nothing(queue, server):
    stored.add(queue.store, PAIR, TIMES)
    assert server.ask("/api/v1/experiments/1", "DELETE", key=key(queue, Role.ADMIN)).status == 404
    assert len(queue.store.experiments()) == 1


def test_readers_without_a_token_see_no_paths_and_no_logs(queue, server):
    number = stored.add(queue.store, PAIR, TIMES, machine={**stored.MACHINE, "interpreter": SECRET_PLACE})
    for path in (f"experiments/{number}", f"experiments/{number}/figures", "experiments"):
        anonymous = server.ask(f"/api/v1/{path}")
        assert anonymous.status == 200 and SECRET_PLACE.encode() not in anonymous.body
    signed_in = server.ask(f"/api/v1/experiments/{number}/figures", key=key(queue, Role.VIEWER))
    assert signed_in.json["experiment"]["machine"]["interpreter"] == SECRET_PLACE


def test_a_fault_is_a_sentence_and_its_details_are_in_the_log(queue, server, monkeypatch, caplog):
    monkeypatch.setattr(queue.store, "search", lambda asked: 1 / 0)
    reply = server.ask("/api/v1/experiments")
    assert (reply.status, error(reply)) == (500, api.FAULT)
    assert "ZeroDivisionError" in caplog.text and "ZeroDivisionError" not in reply.body.decode()


def test_a_database_that_is_away_is_503(queue, server, monkeypatch):
    def away(asked):
        raise StoreError("The database does not answer.")

    monkeypatch.setattr(queue.store, "search", away)
    assert server.ask("/api/v1/experiments").status == 503


def test_slow_answers_do_not_hold_up_the_others(queue, server, monkeypatch):
    go, begun, answered_meanwhile = threading.Event(), threading.Event(), []

    def slow(asked):
        begun.set()
        answered_meanwhile.append(go.wait(20))
        raise StoreError("Slow.")

    monkeypatch.setattr(queue.store, "search", slow)
    waiting = threading.Thread(target=server.ask, args=("/api/v1/experiments",))
    waiting.start()
    assert begun.wait(60)
    assert server.ask("/api/v1/openapi.json").status == 200
    go.set()
    waiting.join()
    assert answered_meanwhile == [True]


# What describes it


def test_the_description_has_every_route_and_nothing_else(queue):
    described = {
        (method.upper(), path) for path, methods in openapi.document(HOSTING)["paths"].items() for method in methods
    }
    served_ones = {
        (method, route.path)
        for route in api.routes(lambda: queue, HOSTING)
        for method in route.methods - {"HEAD"}
        if route.path.startswith("/api/v1/")
    }
    assert described == served_ones


def test_the_description_names_every_parameter(queue, server):
    document = server.ask("/api/v1/openapi.json").json
    for endpoint in endpoints.ENDPOINTS:
        about = document["paths"][endpoint.path][endpoint.method.lower()]
        assert {one["name"] for one in about["parameters"] if one["in"] == "query"} == set(endpoint.query)
        assert ("requestBody" in about) == bool(endpoint.takes)
        assert about["summary"] and all(one["description"] for one in about["responses"].values())
    assert document["servers"] == [{"url": HOSTING.public_url}]


def test_whoever_needs_a_token_is_told_so(queue):
    for auth in ("optional", "required"):
        with served(api.routes(lambda: queue, replace(HOSTING, auth=auth))) as server:
            paths = server.ask("/api/v1/openapi.json").json["paths"]
            for endpoint in endpoints.ENDPOINTS:
                about = paths[endpoint.path][endpoint.method.lower()]
                reply = server.ask(endpoint.path.replace("{id}", "1"), endpoint.method)
                assert (reply.status == 401) == ({} not in about["security"]), endpoint


# Health and figures


def runner(queue, ago):
    moment = datetime.now(UTC) - timedelta(seconds=ago)
    queue.store.show_runner(RunnerState("one:1", "one", "waiting", moment, moment))


def test_it_is_ready_when_all_is_there(queue, server):
    assert server.ask("/api/v1/ready").json["missing"] == [
        "No runner gives a sign of life; start one with `python -m lenet runner`."
    ]
    runner(queue, ago=3600)
    assert server.ask("/api/v1/ready").status == 503
    runner(queue, ago=1)
    reply = server.ask("/api/v1/ready")
    assert (reply.status, reply.json) == (200, {"ready": True})


def test_it_is_not_ready_with_another_schema(queue, server, monkeypatch):
    runner(queue, ago=1)
    monkeypatch.setattr(queue.store, "revision", lambda: "9999")
    reply = server.ask("/api/v1/ready")
    assert reply.status == 503 and "tables are at 9999" in reply.json["error"]


def test_it_is_not_ready_without_a_database(home):
    def refuse():
        raise StoreError(f"The database sqlite:///{home.root}/lenet.db cannot be opened.")

    with served(api.routes(refuse, HOSTING)) as server:
        reply = server.ask("/api/v1/ready")
        assert reply.status == 503 and "database" in reply.json["error"]
        assert str(home.root).encode() not in reply.body
        assert server.ask("/api/v1/experiments").status == 503


def test_metrics_need_a_token_and_tell_the_figures(queue, server):
    pytest.importorskip("prometheus_client")
    stored.add(queue.store, PAIR, TIMES)
    for _ in range(2):
        queue.store.add_experiment(PAIR, "")
    stored.begin(queue.store, PAIR)
    runner(queue, ago=7)
    assert server.ask("/api/v1/metrics").status == 401
    reply = server.ask("/api/v1/metrics", key=key(queue, Role.VIEWER))
    assert reply.status == 200 and reply.headers["content-type"].startswith("text/plain")
    figures = dict(line.rsplit(" ", 1) for line in reply.body.decode().splitlines() if not line.startswith("#"))
    assert {name: float(value) for name, value in figures.items() if name != "lenet_runner_age_seconds"} == {
        'lenet_experiments{status="queued"}': 2,
        'lenet_experiments{status="running"}': 1,
        'lenet_experiments{status="finished"}': 1,
        'lenet_experiments{status="failed"}': 0,
        'lenet_experiments{status="cancelled"}': 0,
        'lenet_experiments{status="interrupted"}': 0,
        "lenet_queue_length": 2,
        "lenet_running": 1,
        "lenet_runners": 1,
        "lenet_sessions": 3,
    }
    assert 7 <= float(figures["lenet_runner_age_seconds"]) < 600


def test_metrics_without_their_package_say_what_to_install(queue, server, monkeypatch):
    def missing(queue, sessions):
        raise answers.metrics.Unavailable("Metrics need prometheus_client; install it.")

    monkeypatch.setattr(answers.metrics, "text", missing)
    reply = server.ask("/api/v1/metrics", key=key(queue))
    assert reply.status == 503 and "prometheus_client" in error(reply)
