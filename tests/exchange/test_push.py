"""`lenet push`: an experiment reaches a dashboard once, and each failure says what to do."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import subprocess
import threading

import pytest
from click.testing import CliRunner

from lenet.bench.queue import Queue
from lenet.cli.main import main
from lenet.errors import BadInput, RemoteError
from lenet.exchange import push as sending
from lenet.home import Home
from lenet.hosting import api
from lenet.hosting.config import Hosting
from lenet.hosting.desk import Desk
from lenet.hosting.identity import Role, User
from lenet.records import Request
from lenet.settings import Settings
from tests.helpers import stored
from tests.helpers.receiver import receiving
from tests.helpers.served import served

HOSTING = Hosting("hosted", "required", "https://bench.example.org", "s" * 32)
PAIR = Request(("keras_fit", "tensorflow_graph"), Settings.parse({"rounds": 2, "threads": 1}))
TIMES = {"keras_fit": 5.0, "tensorflow_graph": 4.0}
STORED = (201, json.dumps({"id": 7, "uid": "0", "url": "https://b/results?experiment=7"}).encode(), {})


@pytest.fixture(autouse=True)
def waited(monkeypatch):
    """The pauses that were made, none of which is waited for."""
    pauses: list[float] = []
    monkeypatch.setattr(sending.time, "sleep", pauses.append)
    return pauses


@pytest.fixture
def token(monkeypatch):
    monkeypatch.setenv("LENET_TOKEN", "lenet_" + "a" * 43)


def push(*words):
    return CliRunner().invoke(main, ["push", *map(str, words)])


def test_an_experiment_and_its_file_arrive_once(store, tmp_path, monkeypatch):
    number = stored.add(store, PAIR, TIMES)
    file = tmp_path / "x.parquet"
    stored.to_parquet(store, number, file)
    (tmp_path / "team").mkdir()
    with contextlib.closing(Queue(Home(tmp_path / "team"))) as team:
        token = Desk(team, HOSTING, User("bob@x", Role.RUNNER)).new_token("ci", Role.RUNNER)
        monkeypatch.setenv("LENET_TOKEN", token)
        with served(api.routes(lambda: team, HOSTING)) as server:
            for what, url in ((number, server.url), (file, f"{server.url}/")):
                result = push(what, "--to", url)
                assert result.exit_code == 0, result.output
                assert result.stdout == "It is experiment 1 there: https://bench.example.org/results?experiment=1\n"
            monkeypatch.setenv("LENET_TOKEN", token[:-1] + "-")
            refused = push(number, "--to", server.url)
        assert refused.exit_code == 2 and "refuses: This token is unknown" in refused.stderr
        assert [one.uid for one in team.store.experiments()] == [store.experiment(number).uid]


@pytest.mark.parametrize("status", sending.BUSY)
def test_a_busy_dashboard_is_asked_again(waited, status):
    with receiving((status, b"", {}), (status, b"", {}), STORED) as team:
        assert sending.push(b"content", team.url, "t")[0] == 7
    assert waited == [1.0, 2.0]
    assert [body for _, _, body in team.got] == [b"content"] * 3
    assert {headers["Authorization"] for _, headers, _ in team.got} == {"Bearer t"}


def test_a_dashboard_that_stays_busy_is_given_up(waited):
    with receiving((503, b'{"error": "The database is away."}', {})) as team:
        with pytest.raises(RemoteError, match=r"answers 503 \(The database is away.\); try again later"):
            sending.push(b"", team.url, "t")
        assert len(team.got) == 1 + len(waited) == 5


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 500])
def test_a_refusal_is_final_and_gives_the_dashboards_reason(waited, status):
    with receiving((status, b'{"error": "Not so."}', {})) as team:
        with pytest.raises(BadInput, match="refuses: Not so"):
            sending.push(b"", team.url, "t")
        assert len(team.got) == 1 and waited == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_token_follows_no_redirect(status):
    with receiving() as elsewhere, receiving((status, b"", {"Location": f"{elsewhere.url}/x"})) as team:
        with pytest.raises(BadInput, match=f"sends to '{elsewhere.url}/x'"):
            sending.push(b"", team.url, "t")
        assert elsewhere.got == []


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b'{"id": "x", "url": 1}', b'{"id": 1}'])
def test_another_programs_answer_is_told_from_ours(answer):
    with receiving((200, answer, {})) as team, pytest.raises(RemoteError, match="no dashboard of LeNet Bench"):
        sending.push(b"", team.url, "t")


def test_another_programs_error_is_told_too():
    with receiving((404, b"<html>", {})) as team, pytest.raises(RemoteError, match="answers 404 .* check the address"):
        sending.push(b"", team.url, "t")
    with receiving((413, b"<html>", {})) as team, pytest.raises(BadInput, match="takes no file this large"):
        sending.push(b"", team.url, "t")


def test_what_a_dashboard_says_steers_no_terminal():
    said = json.dumps({"error": "\x1b[2J" + "x" * 9999}).encode()
    with receiving((403, said, {})) as team, pytest.raises(BadInput) as refused:
        sending.push(b"", team.url, "t")
    assert "\x1b" not in str(refused.value) and len(str(refused.value)) < 400


def test_nobody_there_is_said(waited, token, store):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    number = stored.add(store, PAIR, TIMES)
    result = push(number, "--to", f"http://127.0.0.1:{port}")
    assert result.exit_code == 1 and "cannot be reached" in result.stderr and len(waited) == 4


def test_who_breaks_off_is_asked_again(waited):
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up():
            for _ in range(5):
                listening.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(RemoteError, match="try again later"):
            sending.push(b"", f"http://127.0.0.1:{listening.getsockname()[1]}", "t")
        thread.join()
    assert len(waited) == 4


def test_a_certificate_that_nobody_vouches_for_gets_no_token(tmp_path, waited):
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    try:
        subprocess.run([*made, "-keyout", "key", "-out", "cert"], cwd=tmp_path, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        read: list[bytes] = []

        def serve():
            connection, _ = listening.accept()
            with connection, contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
                read.append(secure.recv(1000))

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(RemoteError, match="does not prove who it is .*; nothing was sent"):
            sending.push(b"", f"https://127.0.0.1:{listening.getsockname()[1]}", "t")
        thread.join()
    assert read in ([], [b""]) and waited == []


@pytest.mark.parametrize("url", ["", "bench.example.org", "ftp://x", "file:///etc/passwd", "https://"])
def test_only_an_address_of_the_web_is_sent_to(url):
    with pytest.raises(BadInput, match="no address of a dashboard"):
        sending.push(b"", url, "t")


@pytest.mark.parametrize(("key", "said"), [("", "Set LENET_TOKEN"), ("a\nb", "no token"), ("ä", "no token")])
def test_without_a_token_nothing_is_sent(key, said):
    with receiving() as team, pytest.raises(BadInput, match=said):
        sending.push(b"", team.url, key)
    assert team.got == []


def test_what_is_not_there_is_not_sent(token):
    with receiving() as team:
        assert "no experiment 7" in push(7, "--to", team.url).stderr
        assert "cannot be read" in push("missing.parquet", "--to", team.url).stderr
        assert "not an experiment's number" in push("9" * 60, "--to", team.url).stderr
    assert team.got == []
