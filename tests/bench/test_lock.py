"""The machine's lock: one for everybody, and whoever waits is told for whom."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from lenet.bench import exam, lock
from lenet.bench import race as race_module
from lenet.bench.service import Service
from lenet.cli import run as run_module
from lenet.cli.main import main
from lenet.errors import LockError
from lenet.home import Home
from lenet.program import PROJECT
from lenet.records import Request
from lenet.settings import Settings
from tests.helpers import nobody, passing

HOLD = "from lenet.bench.lock import MachineLock as L; print(L('Experiment 12').acquire(), flush=True); input()"
SMALL = {"batch_size": 4, "images_per_epoch": 40, "rounds": 1, "slice_ms": 20, "threads": 1}
RUN = ["run", "--variants", "plain"]
RUN += [word for name, value in SMALL.items() for word in (f"--{name.replace('_', '-')}", str(value))]


@pytest.fixture
def place() -> Path:
    return Path(os.environ["LENET_LOCK"])


@contextmanager
def another_process(**environment: str) -> Iterator[tuple[subprocess.Popen[str], bool]]:
    """A process that asked for the lock, and whether it got it."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=PROJECT, stdin=-1, stdout=-1, text=True, env={**os.environ, **environment}
    )
    with process:
        assert process.stdout
        yield process, process.stdout.readline() == "True\n"
        process.kill()


@pytest.fixture
def all_pass(monkeypatch: pytest.MonkeyPatch, doubles: object) -> None:
    monkeypatch.setattr(exam, "sit", passing.sit)
    monkeypatch.setattr(race_module, "evaluate", lambda weights: (0.5, 0.9))


@pytest.mark.parametrize("name", ["TMPDIR", "TEMP", "XDG_RUNTIME_DIR", "HOME"])
def test_the_users_folders_do_not_move_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    monkeypatch.delenv("LENET_LOCK")
    before = lock.lock_file()
    monkeypatch.setenv(name, str(tmp_path / "other"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert lock.lock_file() == before == Path("/tmp/lenet-bench.lock")


def test_two_shells_with_different_folders_for_temporary_files_take_turns(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with another_process() as (_, first), another_process(TMPDIR=str(tmp_path / "other")) as (_, second):
        assert (first, second) == (True, False)


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o777])
def test_it_is_made_for_every_user_whatever_the_umask(place: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with lock.MachineLock() as ours:
            assert ours.acquire()
    finally:
        os.umask(before)
    assert stat.S_IMODE(place.stat().st_mode) == 0o666


def test_it_says_who_has_it() -> None:
    assert lock.holder() is None
    with another_process() as (process, taken):
        assert taken
        found = lock.holder()
        assert found and (found.pid, found.what) == (process.pid, "Experiment 12")
        user = re.escape(found.user)
        said = (
            rf"Experiment 12 of {user} \(process {process.pid}\) has had this machine since 20\d\d-\d\d-\d\d \d\d:\d\d"
        )
        assert re.fullmatch(said, found.sentence)
    assert lock.holder() is None


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "7", '{"pid": "x", "what": "a", "user": "b", "since": "c"}', '{"pid": 1}', "\xff",
        '{"pid": 1, "what": 2, "user": 3, "since": 4}',
    ],
)  # fmt: skip
def test_whatever_stands_in_it_there_is_a_sentence(place: Path, text: str) -> None:
    with lock.MachineLock() as ours:
        assert ours.acquire()
        place.write_text(text, encoding="latin-1")
        found = lock.holder()
    assert found == lock.Holder() and found.sentence == "Another process has had this machine"


def test_what_others_wrote_into_it_does_not_steer_a_terminal(place: Path) -> None:
    with lock.MachineLock() as ours:
        assert ours.acquire()
        values = {"pid": 1, "what": "\x1b[2J\u202e" + "x" * 1000, "user": "a\nb", "since": "never"}
        place.write_text(json.dumps(values))
        found = lock.holder()
    assert found and found.sentence == f"{'[2J' + 'x' * 77} of ab (process 1) has had this machine"


def test_asking_for_the_holder_never_keeps_the_machine_from_anybody() -> None:
    ask = "from lenet.bench.lock import holder\nprint('ready', flush=True)\nwhile True: holder()"
    with subprocess.Popen([sys.executable, "-c", ask], cwd=PROJECT, stdout=-1, text=True) as asking:
        assert asking.stdout and asking.stdout.readline() == "ready\n"
        taken = []
        for _ in range(30):
            with lock.MachineLock() as ours:
                taken.append(ours.acquire())
        asking.kill()
    assert sum(taken) >= 25, "twice in a row it may be met by chance"


# Where there cannot be a lock


def a_folder(place: Path) -> None:
    place.mkdir()


def a_link(place: Path) -> None:
    place.symlink_to(place.with_name("elsewhere"))


def below_a_file(place: Path) -> None:
    place.parent.rmdir()
    place.parent.write_text("")


def no_folder(place: Path) -> None:
    place.parent.rmdir()


NO_LOCKS = [a_folder, a_link, below_a_file, no_folder]


@pytest.mark.parametrize("make", NO_LOCKS)
def test_without_a_lock_it_is_said_in_a_sentence(place: Path, make: Callable[[Path], None]) -> None:
    make(place)
    with pytest.raises(
        LockError, match=r"cannot be had \([A-Z][^)]*\), so races .*; have it removed, or set LENET_LOCK"
    ):
        lock.MachineLock().acquire()
    assert lock.holder() is None


@pytest.mark.parametrize("make", NO_LOCKS)
def test_a_race_and_a_check_end_with_that_sentence(
    place: Path, home: Home, all_pass: None, make: Callable[[Path], None]
) -> None:
    make(place)
    service = Service(home)
    number = service.submit(Request(("plain",), Settings.parse(SMALL)))
    ended = service.wait(number, 60)
    assert ended.status == "failed" and ended.reason.startswith(f"The machine's lock {place} cannot be had (")
    service.close()
    for words in (["check", "plain"], RUN):
        result = CliRunner().invoke(main, words)
        assert result.exit_code == 1 and f"The machine's lock {place}" in " ".join(result.output.split())


def test_the_lock_of_another_user_that_can_only_be_read_is_shared(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_ = os.open

    def of_another(file: str, flags: int, mode: int = 0o777) -> int:
        if Path(file) == place and flags & os.O_ACCMODE != os.O_RDONLY:
            raise PermissionError(13, "Permission denied")
        return open_(file, flags, mode)

    place.touch()
    monkeypatch.setattr(os, "open", of_another)
    with lock.MachineLock() as ours:
        assert ours.acquire() and not lock.MachineLock().acquire()
        assert lock.holder() == lock.Holder()


def _acquired() -> bool:
    return lock.MachineLock().acquire()


@nobody.ROOT_ONLY
def test_two_users_take_turns(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = Path("/tmp") / f"lenet-lock-{os.getpid()}.lock"
    monkeypatch.setenv("LENET_LOCK", str(shared))
    try:
        with lock.MachineLock() as ours:
            assert ours.acquire()
            assert nobody.told_to_nobody(_acquired) == "False"
        assert nobody.told_to_nobody(_acquired) == "True"
        shared.chmod(0o600)
        assert nobody.told_to_nobody(_acquired).startswith("LockError: ")
    finally:
        shared.unlink()


# Whoever waits


@pytest.mark.parametrize("words", [["check", "plain"], RUN], ids=lambda words: words[0])
def test_who_waits_with_a_race_or_a_check_reads_once_who_has_the_machine(
    home: Home, all_pass: None, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setattr(run_module, "WAIT_SECONDS", 0.01)
    with another_process() as (process, taken):
        assert taken
        monkeypatch.setattr(lock, "holder", _told_twice(process))
        result = CliRunner().invoke(main, words)
    said = " ".join(result.output.split())
    assert said.count(f"(process {process.pid}) has had this machine since") == 1, said
    assert "waiting until it ends" in said and result.exit_code == 0


def _told_twice(process: subprocess.Popen[str]) -> Callable[[], lock.Holder | None]:
    """Who has it; who has it ends after it was told twice."""
    told: list[lock.Holder | None] = []
    ask = lock.holder

    def holder() -> lock.Holder | None:
        told.append(ask())
        if len(told) == 2:
            process.kill()
            process.wait()
        return told[-1]

    return holder
