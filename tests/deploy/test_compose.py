"""compose.yaml and Containerfile: who may be reached, who writes where, and that no secret gets in."""

from __future__ import annotations

import importlib.util
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.helpers.places import ROOT

pytest.importorskip("yaml", reason="PyYAML reads compose.yaml")
EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
OURS = ("app", "runner")


def loaded(name: str) -> ModuleType:
    """A program of deploy/, which is no package."""
    spec = importlib.util.spec_from_file_location(f"deploy_{name}", ROOT / "deploy" / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


compose, health = loaded("compose"), loaded("health")


def example() -> dict[str, str]:
    """The variables of .env.example, those that are to be filled in filled in."""
    lines = (line.partition("=") for line in EXAMPLE.splitlines() if line and not line.startswith("#"))
    return {name: value or "filled-in" for name, _, value in lines}


@pytest.fixture
def services() -> dict[str, Any]:
    """The services as .env.example makes them."""
    found: dict[str, Any] = compose.read(ROOT / "compose.yaml", example())["services"]
    return found


def test_only_the_proxy_is_reached_from_outside(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert not any("network_mode" in service or "privileged" in service for service in services.values())


@pytest.mark.parametrize("name", [*OURS, "proxy"])
def test_the_root_is_read_only_and_the_user_nobody_special(services: dict[str, Any], name: str) -> None:
    service = services[name]
    assert service["read_only"] and service["user"] == "10001:10001" and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    writable = [volume for volume in service["volumes"] if not volume.endswith(":ro")]
    assert writable == (["data:/data"] if name in OURS else [])


def test_the_runner_has_processors_of_its_own(services: dict[str, Any]) -> None:
    shared = {service["cpuset"] for name, service in services.items() if name != "runner"}
    assert services["runner"]["cpuset"] not in shared and len(shared) == 1


def test_app_and_runner_are_one_image_one_database_and_one_lock(services: dict[str, Any]) -> None:
    app, runner = (services[name] for name in OURS)
    assert app["image"] == runner["image"]
    assert runner["environment"].items() <= app["environment"].items() and runner["env_file"] == app["env_file"]
    assert "LENET_LOCK" not in app["environment"]  # the image's own, in the data folder that both mount


def test_a_value_stays_the_text_that_it_is(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("mode: ${MODE:-on}\nuser: ${USER}\n")
    assert compose.read(tmp_path / "compose.yaml", {"MODE": "off", "USER": "010"}) == {"mode": "off", "user": "010"}
    assert compose.read(tmp_path / "compose.yaml", {"USER": "010"})["mode"] == "on"


@pytest.mark.parametrize("name", ["POSTGRES_PASSWORD", "RUNNER_CPUS", "OTHER_CPUS"])
def test_nothing_starts_without_what_must_be_set(name: str) -> None:
    with pytest.raises(KeyError, match=name):
        compose.read(ROOT / "compose.yaml", example() | {name: ""})


def test_the_example_has_no_secret_and_every_variable_that_must_be_set() -> None:
    assert re.findall(r"^(\w+)=$", EXAMPLE, re.MULTILINE)[:2] == ["LENET_SECRET", "POSTGRES_PASSWORD"]
    needed = re.findall(r"\$\{(\w+):\?", (ROOT / "compose.yaml").read_text(encoding="utf-8"))
    assert set(needed) <= set(example())


@pytest.mark.parametrize("kept", [".env", "deploy/tls/", "deploy/sign-in.toml"])
def test_no_secret_is_committed_or_gets_into_the_image(kept: str) -> None:
    assert kept in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    left_out = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert kept.rstrip("/") in left_out or (kept.startswith(".") and ".*" in left_out)


def test_a_service_as_a_command() -> None:
    service = {
        "image": "one",
        "user": "10001",
        "read_only": True,
        "init": False,
        "env_file": [".env"],
        "environment": {"A": "b c"},
        "volumes": ["data:/data", "./deploy/tls:/tls:ro"],
        "entrypoint": ["nginx", "-c"],
        "command": ["file"],
        "healthcheck": {"test": ["CMD", "ask", "me"], "interval": "5s"},
    }
    words = compose.command("proxy", service, Path("/srv"), "net")
    assert words[-3:] == ["one", "-c", "file"]
    options = {"--entrypoint=nginx", "--read-only=true", "--init=false", "--env=A=b c", "--volume=net_data:/data"}
    options |= {"--env-file=/srv/.env"}
    assert options | {"--volume=/srv/deploy/tls:/tls:ro", "--health-cmd=ask me", "--network-alias=proxy"} <= set(words)


@pytest.mark.parametrize("strange", [{"privileged": True}, {"healthcheck": {"test": ["CMD-SHELL", "true"]}}])
def test_a_word_that_is_not_known_is_refused(strange: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="deploy/compose.py knows|does not know"):
        compose.command("app", {"image": "one", **strange}, Path("/srv"), "net")


@contextmanager
def answering(answers: Mapping[str, tuple[int, str, str]]) -> Iterator[str]:
    """The address of a server with these answers: path -> status, kind, text."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, text = answers[self.path]
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/lenet"
        finally:
            server.shutdown()
            thread.join()


READY, HEALTH = "/lenet/api/v1/ready", "/lenet/_stcore/health"
PAGE = (200, "text/html", "<title>")


@pytest.mark.parametrize(
    ("answers", "well", "says"),
    [
        ({READY: (200, "application/json", '{"ready": true}')}, True, "ready"),
        ({READY: (503, "application/json", '{"error": "No runner."}')}, False, "No runner."),
        ({READY: PAGE, HEALTH: (200, "text/plain", "ok")}, True, "ok"),
        ({READY: PAGE, HEALTH: PAGE}, False, "<title>"),
        ({READY: PAGE, HEALTH: (503, "text/plain", "unavailable")}, False, "unavailable"),
    ],
)
def test_the_health_check_asks_for_readiness_and_else_for_health(
    monkeypatch: pytest.MonkeyPatch, answers: dict[str, tuple[int, str, str]], well: bool, says: str
) -> None:
    with answering(answers) as address:
        monkeypatch.setattr(health, "ADDRESS", address)
        is_well, said = health.healthy()
    assert is_well is well and says in said


def test_an_app_that_is_not_there_is_not_healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "ADDRESS", "http://127.0.0.1:9")
    is_well, said = health.healthy()
    assert not is_well and said.startswith("There is no answer from http://127.0.0.1:9")
