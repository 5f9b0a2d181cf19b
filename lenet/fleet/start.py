"""Ray's own processes on this machine: how they are called, what they may know, and their token.

Nothing here imports Ray: its command line is started as another program is, and ended by its process.
"""

from __future__ import annotations

import contextlib
import importlib.util
import ipaddress
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from lenet import program
from lenet.errors import BadInput, RemoteError, Unavailable
from lenet.home import Home, kept_in

PORT = 7440
"""Below the ports that Ray gives to its workers (10002 to 19999)."""
LOOPBACK = "127.0.0.1"
LABEL = "lenet-machine"
"""The label of a Ray node that tells which machine of the fleet it is."""
RACES = "machine"
"""The resource of which each machine has one: an experiment takes it."""
TOKEN_VARIABLE = "LENET_FLEET_TOKEN"
TLS_FILES = {
    "RAY_TLS_SERVER_CERT": "node.crt",
    "RAY_TLS_SERVER_KEY": "node.key",
    "RAY_TLS_CA_CERT": "ca.crt",
}
"""Ray's variables, and the files of a folder that `--tls` names."""
PROBE_SECONDS, UP_SECONDS, END_SECONDS = 5.0, 90.0, 20.0
_LOOK_SECONDS = 0.2
_LOG, _STATE = "ray.log", "ray.json"
"""What Ray's first process says, and which process that is."""
_SESSION = "lenet-fleet-"
_UP = "Ray runtime started"
_TOKEN_BYTES = 32
_STORE_BYTES = 80_000_000
"""Of Ray's shared memory: a bundle goes through it in small pieces."""
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # A patch version of Python changes nothing that is sent here.
    "RAY_DEFAULT_PYTHON_VERSION_MATCH_LEVEL": "minor",
    # No GPU is hidden from a race, which asks Ray for none.
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    # Ray would end a race on a machine whose memory is full: a race says itself what happened.
    "RAY_memory_monitor_refresh_ms": "0",
    # What wakes an idle machine for nothing.
    "RAY_enable_metrics_collection": "0",
    "RAY_task_events_report_interval_ms": "0",
    "RAY_enable_worker_prestart": "0",
    "RAY_prestart_worker_first_driver": "0",
    # Whoever leaves has been asked to: nothing is waited for.
    "RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S": "0",
}


def check_installed() -> None:
    """Raise Unavailable where a fleet cannot be: Ray joins machines on Linux only."""
    if sys.platform != "linux":
        raise Unavailable("A fleet needs Linux; race on this machine alone, or join from one that has it.")
    if importlib.util.find_spec("ray") is None:
        raise Unavailable(f"A fleet needs Ray, which is not installed; `{program.install('fleet')}` brings it.")


def place_of(home: Home) -> Path:
    """The folder of what belongs to the fleet, which is there once there was one."""
    return home.root / "fleet"


def folder(home: Home) -> Path:
    """Where a data folder keeps what belongs to the fleet. Raises StoreError when it cannot be made."""
    place = place_of(home)
    with kept_in(place):
        place.mkdir(parents=True, exist_ok=True)
    return place


# The token


def token_file(home: Home) -> Path:
    """The file of the fleet's token, which this user alone may read."""
    return folder(home) / "token"


def make_token(home: Home) -> Path:
    """The file of the token, made with 256 random bits where there is none. Raises StoreError."""
    file = token_file(home)
    if not file.exists():
        keep_token(home, secrets.token_hex(_TOKEN_BYTES))
    return file


def keep_token(home: Home, token: str) -> Path:
    """Keep a token that this machine was given; its file. Raises StoreError, and BadInput for a text
    that is none."""
    token = token.strip()
    if not token.isalnum():
        raise BadInput("This is no token of a fleet; `python -m lenet fleet token` on the head prints it.")
    file = token_file(home)
    with kept_in(file):
        unfinished = file.with_name(".token")
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(token)
        unfinished.replace(file)
    return file


# Addresses


def parse_address(text: str) -> tuple[str, int]:
    """Host and port of `HOST` or `HOST:PORT`. Raises BadInput."""
    host, colon, port = text.rpartition(":") if ":" in text else (text, "", str(PORT))
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise BadInput(f"{text!r} is no address; write it as 10.0.0.5:{PORT}, as `lenet fleet start` prints it.")
    return host, int(port)


def check_exposed(address: str, tls: Path | None, trusted: bool) -> None:
    """Raise BadInput where others could reach the fleet and nothing keeps what they would read secret."""
    if not is_loopback(address) and not tls and not trusted:
        raise BadInput(
            f"{address} can be reached from other machines, and whoever holds the token runs code on all of the "
            "fleet: give --tls DIR, or say --trusted-network if nobody else can listen there."
        )
    missing = [name for name in TLS_FILES.values() if tls and not (tls / name).is_file()]
    if missing:
        raise BadInput(f"{tls} has no {missing[0]}; --tls wants a folder with {', '.join(TLS_FILES.values())}.")


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(address).is_loopback
    return address == "localhost"


def own_address(host: str, port: int) -> str:
    """This machine's address on the way to the head. Raises BadInput where nobody answers there: Ray
    itself would try for minutes."""
    try:
        with socket.create_connection((host, port), timeout=PROBE_SECONDS) as probe:
            return str(probe.getsockname()[0])
    except OSError as error:
        raise BadInput(
            f"Nobody answers at {host}:{port} ({error.strerror or error}); start the fleet there with "
            "`lenet fleet start`, and name the address that it prints."
        ) from error


# Processes


def environment(home: Home, token: Path, tls: Path | None) -> dict[str, str]:
    """The variables of Ray's processes, without any of the user's own for Ray: what they start finds
    this program, and this data folder with the database in it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    # A race on this machine is kept here and shipped, not written into a database of several machines.
    kept.pop("LENET_DATABASE_URL", None)
    kept.pop(TOKEN_VARIABLE, None)
    kept |= QUIET | {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token)}
    kept |= {"LENET_HOME": str(home.root), "PYTHONPATH": str(program.PROJECT)}
    if tls:
        files = {name: str((tls / file).resolve()) for name, file in TLS_FILES.items()}
        kept |= {"RAY_USE_TLS": "1", **files}
    return kept


def head_options(address: str, port: int) -> list[str]:
    """The options of the process that knows all machines. It races nothing itself."""
    return [
        "--head",
        f"--node-ip-address={address}",
        f"--port={port}",
        "--include-dashboard=false",
        "--no-monitor",
    ]


def node_options(head: str, address: str, machine: str) -> list[str]:
    """The options of the process that lets a head race on this machine."""
    return [
        f"--address={head}",
        f"--node-ip-address={address}",
        f"--labels={LABEL}={machine}",
        f"--resources={json.dumps({RACES: 1})}",
    ]


class Ray:
    """Ray's processes on this machine, below one that goes on when we are killed, so that whoever starts
    again finds it (`found`), with all that runs by it."""

    def __init__(self, home: Home, process: psutil.Process, session: Path) -> None:
        self._home, self._process, self._session = home, process, session

    @classmethod
    def started(cls, home: Home, options: Sequence[str], variables: dict[str, str]) -> Ray:
        """Start it and wait until it is up. Raises RemoteError where it does not come up."""
        # In /tmp, as the names of its sockets must be short.
        session = Path(tempfile.mkdtemp(prefix=_SESSION, dir="/tmp"))
        command = [
            *(sys.executable, "-m", "lenet.fleet.engine.boot", "start", "--block", "--disable-usage-stats"),
            *("--num-cpus=0", "--num-gpus=0", f"--object-store-memory={_STORE_BYTES}"),
            *("--include-log-monitor=false", f"--temp-dir={session}", *options),
        ]
        with (folder(home) / _LOG).open("wb") as log:
            # A session of its own: Ctrl-C is for whoever started it, who then ends it in order.
            process = psutil.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=variables, start_new_session=True
            )
        ray = cls(home, process, session)
        known = {"pid": process.pid, "created": process.create_time(), "session": str(session)}
        (folder(home) / _STATE).write_text(json.dumps(known), encoding="utf-8")
        ray._wait_until_up()
        return ray

    @classmethod
    def found(cls, home: Home) -> Ray | None:
        """What was started with this data folder and still lives; None without."""
        with contextlib.suppress(OSError, ValueError, KeyError):
            known = json.loads((folder(home) / _STATE).read_text(encoding="utf-8"))
            session = Path(known["session"])
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(known["pid"])
                if process.create_time() == known["created"] and process.status() != psutil.STATUS_ZOMBIE:
                    return cls(home, process, session)
            if session.name.startswith(_SESSION):
                shutil.rmtree(session, ignore_errors=True)  # what was killed has left it behind
        return None

    def ended(self, seconds: float) -> bool:
        """Wait at most so long for its end; whether it has ended."""
        try:
            self._process.wait(seconds)
        except psutil.TimeoutExpired:
            return False
        return True

    def end(self) -> None:
        """End it with all that it started."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self._process.terminate()
        if not self.ended(END_SECONDS):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        (folder(self._home) / _STATE).unlink(missing_ok=True)
        shutil.rmtree(self._session, ignore_errors=True)

    def _wait_until_up(self) -> None:
        until = time.monotonic() + UP_SECONDS
        while time.monotonic() < until:
            over = self.ended(_LOOK_SECONDS)
            said = (folder(self._home) / _LOG).read_text(encoding="utf-8", errors="replace")
            if _UP in said:
                return
            if over:
                break
        self.end()
        raise RemoteError(why_not_up(said))


def why_not_up(said: str) -> str:
    """Why Ray did not come up, in a sentence, by what it said."""
    if "Version mismatch" in said:
        return (
            "The head has another version of Ray or of Python than this machine; install the same Ray "
            f"(`{program.install('fleet')}`) under the same minor version of Python."
        )
    if "AuthenticationError" in said or "nauthenticated" in said or "invalid token" in said.lower():
        return (
            "The head refused the token; `python -m lenet fleet token` there prints the right one, and "
            f"{TOKEN_VARIABLE} or --token-file takes it here."
        )
    if "waiting for GCS" in said or "connect to GCS" in said:
        return (
            "Something answers there, but not as a fleet's head that this machine understands: both need --tls with "
            "certificates of one authority, or both --trusted-network."
        )
    if "already in use" in said or "already running" in said or "Address already" in said:
        return "Its port is taken; name another one with --port."
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "it said nothing")
    return f"Ray did not come up: {last.rstrip('.')}."
