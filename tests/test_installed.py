"""The wheel: installed into an empty Python, outside any checkout, it does what a checkout does.

The packages that it needs are lent by the Python that runs the tests, for they take minutes to load.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lenet import program
from tests.helpers.places import ROOT
from tests.helpers.servers import free_port
from tests.pages.test_browser import CHROMIUM, PATIENCE, browser

__all__ = ["browser"]

pytestmark = pytest.mark.slow

CHART, TABLE = "[data-testid=stPlotlyChart]", "[data-testid=stDataFrame]"
ALIVE = {
    "": "button:has-text('Start')",
    "results": CHART,
    "why": CHART,
    "why?experiment=1": CHART,
    "why?experiment=13": TABLE,
    "why?experiment=15": CHART,
    "answer": "text=Nothing is re-created on each batch",
    "history?variant=keras_fit": CHART,
    "code": ".code-pair tr.differs",
    "system": TABLE,
}
"""What each page shows of the shipped races, or of this machine."""
WRONG = "[data-testid=stException], [data-testid=stAlertContentError]"
STACKS = os.environ.get("LENET_TEST_STACKS", "")
SMALL = ["--rounds", "1", "--images-per-epoch", "320", "--epochs", "1"]


@dataclass(frozen=True)
class Installed:
    """A Python in which the wheel is installed, and an empty folder to work in."""

    python: Path
    folder: Path

    @property
    def variables(self) -> dict[str, str]:
        """Those of a user, who has set nothing of ours, with a data folder and a lock of the test's."""
        mine = {name: value for name, value in os.environ.items() if not name.startswith(("LENET_", "PYTHON"))}
        own = {"LENET_HOME": self.folder.parent / "home", "LENET_LOCK": self.folder.parent / "lock"}
        return mine | {name: str(place) for name, place in own.items()} | {"TMPDIR": str(self.folder.parent / "tmp")}

    def command(self, *words: str) -> list[str]:
        return [str(self.python.with_name("lenet")), *words]

    def run(self, *command: str) -> str:
        """What a command prints; it must end well."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.variables, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def serving(self, command: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
        """`lenet app` or `lenet demo`: its address, and its process, which is asked to end like a terminal's."""
        port, log = free_port(), self.folder.parent / f"{command}.log"
        words = self.command(command, "--server.port", str(port))
        with log.open("wb") as file:
            process = subprocess.Popen(
                words, cwd=self.folder, env=self.variables, stdout=file, stderr=file, start_new_session=True
            )
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health", process, log)
            yield f"http://127.0.0.1:{port}", process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            process.wait(60)
        assert "Traceback" not in log.read_text(errors="replace"), log.read_text(errors="replace")


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text(errors="replace")
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                assert answer.read() == b"ok"
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not come up")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT))
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    root = tmp_path_factory.mktemp("installed")
    for name in ("work", "tmp", "home"):
        (root / name).mkdir()
    venv.create(root / "venv", with_pip=False, symlinks=True)
    python = root / "venv" / "bin" / "python"
    _pip("--python", str(python), "install", "--no-deps", "--no-index", str(wheel))
    (packages,) = (root / "venv" / "lib").glob("python*/site-packages")
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    if STACKS:
        (root / "home" / "stacks").symlink_to(Path(STACKS).resolve() / "stacks", target_is_directory=True)
    return Installed(python, root / "work")


def _pip(*words: str) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr


def test_the_wheel_has_what_it_needs_and_no_modules_of_common_names(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names} == {"lenet", f"lenet_bench-{program.version()}.dist-info"}
    assert not [name for name in names if name.endswith(".pyc") or "/.venv/" in name]
    tracked = subprocess.run(
        ["git", "ls-files", "lenet", "pages"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for file in tracked.stdout.split():
        assert (file if file.startswith("lenet/") else f"lenet/_app/{file}") in names


def test_it_says_its_version_and_lies_where_packages_lie(installed: Installed) -> None:
    for name in ("lenet", "lenet-bench"):
        said = installed.run(str(installed.python.with_name(name)), "--version")
        assert said == f"LeNet Bench {program.version()}\n"
    assert "no experiment yet" in installed.run(*installed.command("list"))
    ask = "import lenet; print(lenet.__file__); import pages"
    done = subprocess.run(
        [installed.python, "-c", ask], cwd=installed.folder, env=installed.variables, capture_output=True, text=True
    )
    assert "/venv/lib/" in done.stdout and "No module named 'pages'" in done.stderr


def test_it_races_in_its_own_python_and_in_another(installed: Installed) -> None:
    """Python 3.6 must find the program, and its own NumPy: not the one beside which the program lies."""
    variants = "numpy_reference,tensorflow1_graph" if STACKS else "numpy_reference"
    installed.run(*installed.command("run", "--variants", variants, *SMALL, "--json", "race.json"))
    report: dict[str, Any] = json.loads((installed.folder / "race.json").read_text(encoding="utf-8"))
    assert [run["status"] for run in report["runs"]] == ["finished"] * len(variants.split(","))
    assert report["experiment"]["machine"]["commit"] == ""


def test_the_app_starts_in_any_folder(installed: Installed) -> None:
    (installed.folder / "pages.py").write_text("raise SystemExit('a module of somebody else')")
    (installed.folder / "streamlit.py").write_text("raise SystemExit('a module of somebody else')")
    with installed.serving("app"):
        pass
    for name in ("pages.py", "streamlit.py"):
        (installed.folder / name).unlink()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_demo_shows_every_page_alive_and_leaves_nothing(installed: Installed, browser: Any) -> None:
    temporary = installed.folder.parent / "tmp"
    with installed.serving("demo") as (address, process):
        assert [folder.name[:11] for folder in temporary.glob("lenet-demo-*")] == ["lenet-demo-"]
        page = browser.new_context().new_page()
        page.set_default_timeout(PATIENCE)
        for path, shown in ALIVE.items():
            page.goto(f"{address}/{path}")
            page.locator(f"{shown} >> visible=true").first.wait_for()
            assert page.locator(WRONG).count() == 0, path
        page.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert list(temporary.glob("lenet-demo-*")) == []
