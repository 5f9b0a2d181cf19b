"""Real servers for tests: each with a data folder, a lock and a port of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lenet.home import Home
from tests.helpers.places import ROOT

COOKIE_SECRET = "a secret of forty characters, for tests."
LENET_SECRET = "another secret of many characters, for tests."
PATIENCE = 90


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    host: str
    """With its port; it is also what a Host header says."""
    base: str
    """The path of its public address."""
    home: Home
    process: subprocess.Popen[bytes]

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    @property
    def address(self) -> str:
        return f"{self.origin}{self.base}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def local(root: Path) -> Iterator[Server]:
    """What `streamlit run app.py` starts on a machine of one's own."""
    with _started(root, "app.py", free_port(), "", {}) as server:
        yield server


@contextmanager
def hosted(
    root: Path, auth: str = "required", provider: str = "http://127.0.0.1:9", base: str = "", **settings: str
) -> Iterator[Server]:
    """What `streamlit run hosted.py` starts. provider: the address of an identity provider."""
    port = free_port()
    address = f"http://127.0.0.1:{port}{base}"
    secrets = {
        "redirect_uri": f"{address}/oauth2callback", "cookie_secret": COOKIE_SECRET, "client_id": "lenet",
        "client_secret": "known to both", "server_metadata_url": f"{provider}/.well-known/openid-configuration",
    }  # fmt: skip
    (root / "secrets.toml").write_text("[auth]\n" + "".join(f'{name} = "{value}"\n' for name, value in secrets.items()))
    environment = {
        "LENET_MODE": "hosted", "LENET_AUTH": auth, "LENET_PUBLIC_URL": address, "LENET_SECRET": LENET_SECRET,
        "LENET_ADMINS": "admins", "LENET_RUNNERS": "runners", **settings,
    }  # fmt: skip
    with _started(root, "hosted.py", port, base, environment, f"--secrets.files={root / 'secrets.toml'}") as server:
        yield server


@contextmanager
def _started(
    root: Path, program: str, port: int, base: str, settings: dict[str, str], *options: str
) -> Iterator[Server]:
    home = Home(root / "home")
    (home.root / "experiments").mkdir(parents=True, exist_ok=True)  # a test may open the database before any page has
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LENET_")}
    environment |= {"LENET_HOME": str(home.root), "LENET_LOCK": str(root / "lock"), **settings}
    command = [sys.executable, "-m", "streamlit", "run", program, f"--server.port={port}", *options]
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        server = Server(f"127.0.0.1:{port}", base, home, process)
        _wait_until_up(server, root / "log")
        yield server
    finally:
        process.terminate()
        process.wait(PATIENCE)
    said = (root / "log").read_text(errors="replace")
    assert "Traceback" not in said, said


def _wait_until_up(server: Server, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert server.process.poll() is None, log.read_text(errors="replace")
        try:
            with urllib.request.urlopen(f"{server.address}/_stcore/health", timeout=5) as answer:
                assert answer.read() == b"ok"
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server did not come up")
