"""How a server starts: for this machine alone, without a look outside, and hosted only with all that
keeps it closed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.helpers import servers, tab
from tests.helpers.places import ROOT

pytestmark = pytest.mark.slow
LISTENER = """
import os, sys
def note(event, given):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        host = given[1][0] if event in ("socket.connect", "socket.sendto") and isinstance(given[1], tuple) else given[0]
        if str(host) not in ("127.0.0.1", "::1", "localhost", "None") and not isinstance(given[-1], str):
            with open(os.environ["NOTES"], "a") as notes:
                notes.write(f"{event} {host}\\n")
sys.addaudithook(note)
"""
"""Notes what a process asks of the network, as a module that Python imports at its start."""
GOOD = {
    "LENET_MODE": "hosted", "LENET_AUTH": "required", "LENET_PUBLIC_URL": "https://bench.example.org",
    "LENET_SECRET": servers.LENET_SECRET,
}  # fmt: skip


def test_a_laptops_server_listens_on_loopback_and_asks_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text(LISTENER)
    notes = tmp_path / "notes"
    monkeypatch.setenv("NOTES", str(notes))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with servers.local(tmp_path) as server:
        with tab.tab(server) as page:
            page.open()
        tab.ask(server, "GET", "/_stcore/health", Origin="http://evil.example")
        connections = psutil.Process(server.process.pid).net_connections("inet")
        listening = {one.laddr.ip for one in connections if one.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}
    assert not notes.exists(), notes.read_text()


def test_the_listener_hears(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(LISTENER)
    notes = tmp_path / "notes"
    ask = "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('192.0.2.1', 9))"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "NOTES": str(notes)}
    subprocess.run([sys.executable, "-c", ask], env=environment, timeout=60, check=False)
    assert "192.0.2.1" in notes.read_text()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"LENET_AUTH": ""}, "LENET_AUTH"), ({"LENET_SECRET": "short"}, "LENET_SECRET"),
        ({"LENET_PUBLIC_URL": ""}, "LENET_PUBLIC_URL"), ({}, "secrets.toml"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("program", ["hosted.py", "app.py"])
def test_a_team_server_that_would_be_open_does_not_start(
    tmp_path: Path, program: str, wrong: dict[str, str], named: str
) -> None:
    environment = {**os.environ, **GOOD, **wrong, "LENET_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "streamlit", "run", program, f"--server.port={servers.free_port()}"]
    command += [f"--secrets.files={tmp_path / 'secrets.toml'}"]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    said = ended.stderr.strip()
    assert ended.returncode != 0 and named in said, said
    assert "Traceback" not in said and "\n" not in said, said


@pytest.mark.skipif(importlib.util.find_spec("authlib") is not None, reason="the extra streamlit[auth] is installed")
def test_signing_in_needs_more_packages(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="requirements-hosted.txt"), servers.hosted(tmp_path, "required"):
        pass
