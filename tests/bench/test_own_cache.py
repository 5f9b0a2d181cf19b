"""What a worker compiles stays its own: nobody finds what another left, whole or in halves."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from lenet import problem
from lenet.bench.launcher import Outcome, Worker
from lenet.settings import Settings
from tests.conftest import double

SETTINGS = Settings.parse({"batch_size": 4, "images_per_epoch": 40, "threads": 1})


@pytest.mark.skipif(sys.platform != "linux", reason="a process's variables are read from /proc")
def test_two_workers_compile_in_folders_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "/the/users/own")
    paper = tmp_path / "problem.npz"
    weights = {"dense1_bias": np.arange(3, dtype=np.float32)}
    problem.Problem(np.zeros((40, 28, 28, 1), np.uint8), np.zeros(40, np.int64), weights).write(paper)
    workers = [Worker(double("plain"), SETTINGS, paper, tmp_path / name) for name in ("one", "other")]
    try:
        for worker in workers:
            event = worker.next_event()
            assert event and event["event"] == "started"
        found = [Path(f"/proc/{worker.pid}/environ").read_bytes().split(b"\0") for worker in workers]
        targets = {link: link.readlink() for link in map(_temporary, found)}
    finally:
        for worker in workers:
            worker.end(Outcome("cancelled"))
            worker.outcome()
    for name, lines in zip(("one", "other"), found, strict=True):
        variables = dict(line.split(b"=", 1) for line in lines if line)
        link = Path(os.fsdecode(variables[b"TMPDIR"]))
        assert targets[link] == tmp_path / name / "tmp" and not link.is_symlink()
        assert variables[b"TORCHINDUCTOR_CACHE_DIR"] == os.fsencode(link / "compiled")


def _temporary(lines: list[bytes]) -> Path:
    return next(Path(os.fsdecode(line[len(b"TMPDIR=") :])) for line in lines if line.startswith(b"TMPDIR="))
