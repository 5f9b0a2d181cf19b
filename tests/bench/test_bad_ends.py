"""A worker's end, however a program comes to it: where it happened is said, and nothing outlives it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from lenet.bench import launcher, short_path
from lenet.bench.launcher import Outcome, Worker
from lenet.settings import Settings
from lenet.worker import place
from tests.conftest import double
from tests.helpers import workers
from tests.helpers.doubles import dies_oddly

SETTINGS = Settings.parse({"batch_size": 4, "images_per_epoch": 40, "epochs": 2, "timeout": 600, "threads": 1})
ODDLY = "tests/helpers/doubles/dies_oddly.py, line "
BRACE = "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"
Start = Callable[..., Worker]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    monkeypatch.setattr(launcher, "GRACE_SECONDS", 1.0)
    with workers.beginning(tmp_path, images=40) as begin:

        def start(name: str, how: str, folder: str = "run") -> Worker:
            return begin(dataclasses.replace(double(name), environment={"HOW": how}), SETTINGS, folder)

        yield start


def ended(worker: Worker) -> Outcome:
    while (event := worker.next_event()) is not None:
        if event["event"] == "slice":
            worker.grant(20)
    return worker.outcome()


def line_of(text: str) -> int:
    lines = Path(dies_oddly.__file__).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.mark.parametrize(
    ("how", "status", "reason"),
    [
        ("exit", "failed", f"SystemExit: 2 ({ODDLY}{{}})"),
        ("arguments", "failed", f"SystemExit: 2 ({ODDLY}{{}})"),
        ("library", "failed", f"JSONDecodeError: {BRACE} ({ODDLY}{{}})"),
        ("os_exit", "crashed", f"The process ended with exit code 1 before it had finished ({ODDLY}{{}})."),
        ("abort", "crashed", f"The process was ended by SIGABRT ({ODDLY}{{}})."),
        ("signal", "crashed", "The process was ended by signal 35."),
    ],
)
def test_a_bad_end_names_its_place_in_the_program(start: Start, how: str, status: str, reason: str) -> None:
    outcome = ended(start("dies_oddly", how))
    line = line_of("WAYS[os.environ" if how == "abort" else f'"{how}"')
    assert (outcome.status, outcome.reason) == (status, reason.format(line))
    if how == "arguments":
        assert "--no-such-option" in outcome.log


def test_a_program_is_given_no_arguments_of_ours(start: Start) -> None:
    assert ended(start("dies_oddly", "arguments_of_ours")) == Outcome("finished")


def test_an_error_that_never_was_in_a_program_has_no_place() -> None:
    try:
        raise ValueError("of the worker itself")
    except ValueError as error:
        error.__traceback__ = None
        assert place.of_error(error) == ""
    assert place.of_log('Current thread 0x1 (most recent call first):\n  File "/usr/lib/x.py", line 3 in f\n') == ""


@pytest.mark.parametrize(
    ("how", "status", "named"),
    [
        ("nothing", "finished", ""),
        ("thread", "finished", "It had not ended 1 s after its last event, and was ended."),
        ("child", "finished", "It left these processes behind, which were ended: sleep 4741."),
        ("fork", "finished", "It left these processes behind, which were ended: "),
        ("session", "finished", "It left these processes behind, which were ended: sleep 4741."),
        ("daemon", "finished", "It left these processes behind, which were ended: sleep 4741."),
        ("fork_and_die", "crashed", "exit code 3"),
        ("session_and_die", "failed", "SystemExit: it dies"),
    ],
)
def test_the_end_of_a_worker_is_the_end_of_all_that_it_started(
    start: Start, tmp_path: Path, how: str, status: str, named: str
) -> None:
    worker = start("leaves_behind", how)
    outcome = ended(worker)
    assert outcome.status == status and named in outcome.reason + outcome.log
    assert bool(outcome.log) == (how != "nothing")
    assert len(worker.batches()) == (20 if status == "finished" else 4)
    assert not of_worker(tmp_path / "run")
    if status == "finished" and named:
        assert named in worker.log.read_text(encoding="utf-8")


def test_nothing_outlives_a_worker_whose_app_was_killed(start: Start, tmp_path: Path) -> None:
    """All that a killed parent does is to close the pipe for commands."""
    worker = start("leaves_behind", "session")
    while (event := worker.next_event()) is not None:
        if event["event"] == "slice" and not worker.batches().size:
            worker.grant(6)
        elif event["event"] == "slice":
            break
    assert of_worker(tmp_path / "run")
    popen = worker._process._popen
    assert popen.stdin
    popen.stdin.close()
    assert popen.wait(timeout=60) == 70
    assert not of_worker(tmp_path / "run")


def of_worker(folder: Path) -> list[psutil.Process]:
    """All living processes that were started in this folder, by the test or by what it started."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


@pytest.mark.parametrize("how", ["listener", "manager", "by_hand"])
@pytest.mark.parametrize("length", [20, 120])
def test_sockets_open_wherever_the_data_folder_is(start: Start, how: str, length: int) -> None:
    assert ended(start("opens_socket", how, "x" * length)) == Outcome("finished")


def test_a_short_path_is_a_new_link_that_goes_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, folder = tmp_path / "t", tmp_path / ("x" * 90)
    root.mkdir(), folder.mkdir()
    monkeypatch.setattr(short_path, "ROOTS", (str(root),))
    monkeypatch.setattr(short_path, "LONGEST_ROOT", len(os.fsencode(root)))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "no such folder, and with too long a name"))
    one, other = short_path.to(folder), short_path.to(folder)
    assert one != other and one.parent == root and one.resolve() == folder
    short_path.remove(one)
    assert folder.is_dir() and sorted(root.iterdir()) == [other]
    folder.rmdir()
    folder.with_name("second").mkdir()
    left = short_path.to(folder.with_name("second"))
    assert sorted(root.iterdir()) == [left]  # what a killed process left is swept
    root.chmod(0o500)
    if os.getuid():
        assert short_path.to(root) == root
