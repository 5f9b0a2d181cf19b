"""Whatever the shell is like that a race is started from: its variables, its descriptors, a user who is impatient."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from lenet import catalog
from lenet.home import Home
from lenet.program import PROJECT
from lenet.settings import Settings
from lenet.store import Store, open_store
from tests.cli.test_ends import COMMAND, LONG, made, until
from tests.helpers import in_stack

SMALL = ["--batch-size", "4", "--images-per-epoch", "40", "--rounds", "1"]


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with contextlib.closing(open_store(home.database_url)) as store:
        yield store


@pytest.mark.parametrize(
    "variables",
    [
        {"TERM": "dumb"},
        {"TERM": "no-such-terminal", "COLUMNS": "20"},
        {"PYTHONWARNINGS": "error"},
        {"KERAS_BACKEND": "no-such-backend"},
        {"JAX_PLATFORMS": "cuda"},
        {"PYTHONSTARTUP": "/no/such/file", "PYTHONOPTIMIZE": "2"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_the_shells_variables_do_not_stop_a_race(store: Store, variables: dict[str, str]) -> None:
    done = subprocess.run(
        [*COMMAND, *SMALL], cwd=PROJECT, env={**os.environ, **variables}, capture_output=True, timeout=300, check=False
    )
    assert done.returncode == 0 and b"Traceback" not in done.stderr, done.stderr.decode()
    assert store.experiment(1).status == "finished"


@pytest.mark.parametrize("before", ["ulimit -n 22;", "exec <&- ;", "exec <&- >&- 2>&- ;", "cd / && cd -;"])
def test_a_race_needs_few_descriptors_and_no_streams(store: Store, before: str) -> None:
    script = f"{before} exec {shlex.join([*COMMAND, *SMALL])}"
    done = subprocess.run(["bash", "-c", script], cwd=PROJECT, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0 and b"Traceback" not in done.stderr, done.stderr.decode()
    assert store.experiment(1).status == "finished"


def test_a_user_who_interrupts_three_times_has_a_stopped_race_and_no_process(store: Store, home: Home) -> None:
    # Tests that were started in the background ignore SIGINT, and what they start does too.
    process = subprocess.Popen(
        LONG, cwd=PROJECT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    until(lambda: made(store, home))
    workers = psutil.Process(process.pid).children()
    for _ in range(3):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode != 0 and b"Traceback" not in errors, errors.decode()
    (experiment,) = store.experiments()
    assert experiment.status in ("cancelled", "interrupted")
    assert [run.batch_count > 0 for run in store.runs(experiment.id)] == [True]
    assert workers and psutil.wait_procs(workers, timeout=30)[1] == []


FLOATS = """
import json, sys
import keras
print("FOUND" + json.dumps([keras.config.floatx(), keras.config.image_data_format(), keras.config.backend()]))
"""


def test_a_keras_json_of_the_users_own_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "house" / ".keras"
    folder.mkdir(parents=True)
    own = {"floatx": "float16", "image_data_format": "channels_first", "backend": "torch", "epsilon": 1e-3}
    (folder / "keras.json").write_text(json.dumps(own), encoding="utf-8")
    monkeypatch.setenv("HOME", str(folder.parent))
    found = in_stack.answer(catalog.VARIANTS["keras_fit"], Settings.parse({}), FLOATS, None, tmp_path)
    assert found == ["float32", "channels_last", "tensorflow"]
