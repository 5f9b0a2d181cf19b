"""Real fleets for tests: a head and machines on this one, each with a data folder and a lock of its own."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from lenet.fleet import start
from lenet.home import Home
from lenet.records import FLEET, UNFINISHED, Experiment, Machine, Request
from lenet.store import Store, open_store
from tests.helpers.places import ROOT
from tests.helpers.servers import free_port

PATIENCE = 120.0
NEEDED = "LENET_TEST_FLEET_NEEDED"
needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None and NEEDED not in os.environ,
    reason="Ray is not installed; pip install -r requirements-fleet.txt",
)


@dataclass
class Fleet:
    """A head, and machines that have joined it."""

    root: Path
    port: int
    store: Store
    """The head's."""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def home(self, name: str) -> Home:
        return Home(self.root / name)

    def begin(self, name: str, *options: str, **variables: str) -> None:
        """Start a member; `wait_for` says when it is one."""
        with (self.root / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-m", "lenet", "fleet", *options]
            environment = self.variables(name) | variables
            self.processes[name] = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    def join(self, name: str, token: str = "") -> None:
        """Start a machine; token: another one than the fleet's."""
        token = token or start.token_file(self.home("head")).read_text()
        self.begin(name, "join", f"127.0.0.1:{self.port}", "--name", name, LENET_FLEET_TOKEN=token)

    def variables(self, name: str) -> dict[str, str]:
        mine = {key: value for key, value in os.environ.items() if not key.startswith(("LENET_", "RAY_"))}
        return mine | {"LENET_HOME": str(self.home(name).root), "LENET_LOCK": str(self.root / f"{name}.lock")}

    def said(self, name: str) -> str:
        return (self.root / f"{name}.log").read_text(errors="replace")

    def machine(self, name: str) -> Machine:
        self.wait_for(lambda: any(one.name == name for one in self.store.machines()))
        return next(one for one in self.store.machines() if one.name == name)

    def shell(self, name: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """A command with a member's data folder."""
        command, environment = [sys.executable, "-m", "lenet", *words], self.variables(name) | variables
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE)

    def submit(self, request: Request, name: str) -> int:
        return self.store.add_experiment(request, FLEET, target=self.machine(name).id)

    def ended(self, number: int) -> Experiment:
        self.wait_for(lambda: self.store.experiment(number).status not in UNFINISHED)
        return self.store.experiment(number)

    def wait_for(self, true: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not true():
            logs = {name: self.said(name) for name in self.processes}
            assert time.monotonic() < until, logs
            assert "Traceback" not in "".join(logs.values()), logs
            time.sleep(0.1)

    def below(self, name: str) -> list[psutil.Process]:
        """The process of a member, and all that it has started."""
        top = psutil.Process(self.processes[name].pid)
        return [top, *top.children(recursive=True)]


@contextlib.contextmanager
def fleet(root: Path, *names: str) -> Iterator[Fleet]:
    """A fleet of machines with these names; nothing of it is left at the end."""
    head = Home(root / "head")
    (head.root / "experiments").mkdir(parents=True)
    with contextlib.closing(open_store(head.database_url)) as store:
        made = Fleet(root, free_port(), store)
        try:
            made.begin("head", "start", "--port", str(made.port))
            made.wait_for(lambda: "head is at" in made.said("head"))
            for name in names:
                made.join(name)
            yield made
        finally:
            for process in reversed(made.processes.values()):
                process.terminate()
            for process in made.processes.values():
                process.wait(PATIENCE)
