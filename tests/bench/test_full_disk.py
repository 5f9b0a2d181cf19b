"""A disk that is full, or a folder that refuses: what is half written goes, and whoever stops a race is not kept."""

from __future__ import annotations

import contextlib
import os
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import threading

import pytest
from click.testing import CliRunner

from lenet import problem, requests
from lenet.bench import exam as exams
from lenet.bench import race, recovery
from lenet.bench.launcher import Worker
from lenet.bench.service import Service
from lenet.catalog import VARIANTS
from lenet.cli.main import main
from lenet.cli.options import opened_store
from lenet.errors import StoreError
from lenet.home import open_home
from lenet.program import PROJECT
from lenet.settings import Settings
from lenet.store import open_store
from tests.bench.test_service import _both, _until, request
from tests.cli.test_ends import RUN, made, until
from tests.helpers import passing, stored
from tests.helpers.growing import newest_round

SETTINGS = Settings.parse({"batch_size": 4, "images_per_epoch": 2000, "rounds": 1, "threads": 1})
SENTENCE = r"cannot be written \(.*\); free some space or set LENET_HOME to another disk\.$"


@pytest.fixture
def service(home, doubles, monkeypatch):
    monkeypatch.setattr("lenet.bench.runner.RETRY_SECONDS", 0.2)
    monkeypatch.setattr(race, "evaluate", lambda weights: (0.5, 0.9))
    monkeypatch.setattr(exams, "sit", passing.sit)
    with contextlib.closing(Service(home)) as service:
        yield service


@pytest.fixture
def small():
    """Files of this process end at so many bytes, as on a disk that becomes full in the middle of one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [100, 100_000, 1_600_000])
def test_a_problem_that_does_not_fit_leaves_nothing(tmp_path, small, size):
    made_up = problem.make(SETTINGS)
    small(size)
    with pytest.raises(StoreError, match=SENTENCE):
        made_up.write(tmp_path / "here" / "problem.npz")
    assert list((tmp_path / "here").iterdir()) == []


def test_a_problem_that_is_interrupted_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(path, **arrays):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr("numpy.savez", interrupted)
    with pytest.raises(KeyboardInterrupt):
        problem.make(SETTINGS).write(tmp_path / "problem.npz")
    assert not (tmp_path / "problem.npz").exists()


def test_a_folder_that_is_a_file_is_said_in_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=SENTENCE):
        problem.make(SETTINGS).write(tmp_path / "file" / "problem.npz")


def test_a_race_whose_images_do_not_fit_fails_with_the_reason_and_leaves_nothing(service, home, small):
    small(1_000_000)
    number = service.submit(request("plain", "slower"))
    ended = service.wait(number, 120)
    assert ended.status == "failed" and "problem-1.npz cannot be written (File too large)" in ended.reason
    assert not home.experiment(number).exists()


def test_one_that_is_watched_fails_with_the_reason_and_leaves_nothing(service, home, small):
    small(1_000_000)
    number = service.submit(requests.counts_request(["plain"], {"images_per_epoch": "2000", "threads": "1"}))
    assert service.wait(number, 120).status == "failed"
    (run,) = service.store.runs(number)
    assert run.status == "failed" and "problem.npz cannot be written (File too large)" in run.reason
    assert not home.experiment(number).exists()


def test_an_exam_that_does_not_fit_leaves_nothing(tmp_path, doubles, small):
    small(1_000_000)
    with pytest.raises(StoreError, match=SENTENCE):
        exams.sit(VARIANTS["plain"], SETTINGS, tmp_path / "exam")
    assert list(tmp_path.glob("exam*")) == []


def test_check_on_a_full_disk_is_a_sentence(home, doubles, small):
    small(1_000_000)
    result = CliRunner().invoke(main, ["check", "plain"])
    assert result.exit_code == 1 and "cannot be written (File too large); free some space" in result.stderr
    assert result.stderr.count("\n") == 1 and list(home.root.glob("scratch-*")) == []


def test_a_run_whose_tape_does_not_fit_leaves_nothing(tmp_path, doubles, small):
    problem.make(SETTINGS).write(tmp_path / "problem.npz")
    small(5_000)
    with pytest.raises(StoreError, match=SENTENCE):
        Worker(VARIANTS["plain"], SETTINGS, tmp_path / "problem.npz", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def full(*arguments, **fields):
    raise StoreError("The disk is full; free some space.")


@pytest.mark.parametrize(
    "left", ["problem-1.npz", "exam-plain/problem.npz", "r1-plain/epoch-1.npz", "r1-plain/tmp/a/b"]
)
def test_all_that_is_no_measurement_goes_before_the_end_is_stored_and_the_tapes_only_after_it(home, left):
    with contextlib.closing(open_store(home.database_url)) as store:
        experiment = store.experiment(stored.begin(store, request("plain")))
        tape = home.experiment(experiment.id) / "r1-plain" / "tape"
        for file in (tape, home.experiment(experiment.id) / left):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(b"x")
        with pytest.MonkeyPatch.context() as patched, pytest.raises(StoreError):
            patched.setattr(store, "end_experiment", full)
            recovery.settle(store, home, experiment, recovery.LOST)
        assert [file for file in home.experiment(experiment.id).rglob("*") if file.is_file()] == [tape]
        recovery.settle(store, home, experiment, recovery.LOST)
        assert not home.experiment(experiment.id).exists()


@pytest.mark.parametrize("refused", ["end_run", "end_experiment", "runs"])
def test_whoever_stops_a_race_whose_end_cannot_be_stored_is_told_and_not_kept(service, home, monkeypatch, refused):
    number = service.submit(request("plain", "slower", images_per_epoch=60_000))
    _until(lambda: min(_both(service, number)) > 30)
    tapes = [home.experiment(number) / run.folder / "tape" for run in service.store.runs(number)]
    with monkeypatch.context() as patched:
        patched.setattr(service.store, refused, full)
        with pytest.raises(StoreError, match="^The disk is full; free some space. What it measured is kept"):
            _within(120, lambda: service.stop_and_wait(number))
        assert refused != "end_run" or all(tape.exists() for tape in tapes)
        _within(120, service.close)
    with opened_store() as store:
        assert store.experiment(number).status == "interrupted"
        assert min(len(store.batches(run.id)) for run in store.runs(number)) > 30
    assert not home.experiment(number).exists()


def test_a_stop_tries_once_more_before_it_gives_up(service, monkeypatch):
    monkeypatch.setattr("lenet.bench.runner.RETRY_SECONDS", 600)
    number = service.submit(request("plain", images_per_epoch=60_000))
    _until(lambda: newest_round(service.store, service.home, number))
    with monkeypatch.context() as patched:
        patched.setattr(service.store, "end_experiment", full)
        service._runner._race.stop()
        _until(lambda: service._runner._unstored)
    assert _within(120, lambda: service.stop_and_wait(number)).status in ("failed", "cancelled")


def test_a_start_that_cannot_be_stored_is_said_once_without_a_traceback(service, monkeypatch, caplog):
    with monkeypatch.context() as patched:
        patched.setattr(service.store, "claim", full)
        patched.setattr(service.store, "withdraw", full)
        number = service.submit(request("plain"))
        _until(lambda: caplog.records)
        with pytest.raises(StoreError, match="The disk is full"):
            _within(120, lambda: service.stop_and_wait(number))
        assert service.wait(number, 1).status == "queued"
    assert service.wait(number, 120).status in ("finished", "failed")
    assert [(record.getMessage(), record.exc_info) for record in caplog.records[:2]] == [
        ("The disk is full; free some space.", None)
    ]


def _within(seconds, call):
    """What `call` returns or raises, which it must do by itself."""
    found = {}

    def work():
        try:
            found["value"] = call()
        except Exception as error:
            found["error"] = error

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    assert found, "it waits for ever"
    if "error" in found:
        raise found["error"]
    return found["value"]


NAMESPACES = shutil.which("unshare") and not subprocess.call(["unshare", "-m", "true"], stderr=subprocess.DEVNULL)


@pytest.mark.skipif(not NAMESPACES, reason="needs `unshare` and the right to use it")
@pytest.mark.parametrize("kept", [False, True])
def test_a_disk_that_becomes_full_in_a_race(doubles, tmp_path, kept):
    """A disk of 60 MB: a race runs on it until something else has filled it up, and is ended politely then.

    The images that it no longer needs make room for its end; unless somebody else has them open (`kept`).
    """
    disk = tmp_path / "disk"
    disk.mkdir()
    fill = [sys.executable, "-c", FILL, str(disk), str(tmp_path / "said.txt"), *["kept"] * kept]
    script = f"mount -t tmpfs -o size=60m none {disk} && exec {shlex.join(fill)}"
    ran = subprocess.run(["unshare", "-m", "sh", "-c", script], cwd=PROJECT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    said = (tmp_path / "said.txt").read_text()
    assert "has no room left on its disk" in said and "Traceback" not in said
    assert ("What it measured is kept, and stored at the next start." in said) == kept
    assert ran.stdout.split() == (["running", "interrupted", "True"] if kept else ["failed", "failed", "True"])


FILL = """
import pathlib, sys
sys.path.insert(0, ".")
from tests.bench.test_full_disk import fill_up
fill_up(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:])
"""


def fill_up(disk, said, kept):
    """Race on `disk`, fill it up, end the race politely, make room again, and look at what there is."""
    os.environ["LENET_HOME"] = str(disk)
    home = open_home()
    command = [sys.executable, "-c", RUN, "--images-per-epoch", "40000", "--epochs", "100"]
    with contextlib.closing(open_store(home.database_url)) as store, contextlib.ExitStack() as held:
        with said.open("w") as file:
            process = subprocess.Popen(command, stdout=file, stderr=file)
        until(lambda: made(store, home) > 3000)
        for file in home.experiment(1).rglob("*") if kept else []:
            if file.is_file():
                held.enter_context(file.open("rb"))
        with contextlib.suppress(OSError), (disk / "ballast").open("wb", buffering=0) as ballast:
            while ballast.write(bytes(4096)):
                pass
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=300) == 1
        print(store.experiment(1).status)
    (disk / "ballast").unlink()
    with opened_store() as store:
        (run,) = store.runs(1)
        print(store.experiment(1).status, len(store.batches(run.id)) > 3000)
