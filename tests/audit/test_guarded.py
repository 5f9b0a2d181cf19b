"""The audit of the guard: what it plants is a program that can be raced, and slower by what it says."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from audit import guarded
from lenet.catalog import own


def test_what_is_planted_is_a_variant_and_waits_a_share_of_a_batch(tmp_path: Path) -> None:
    found = own.of_file(guarded._written(tmp_path / "new", 0.05) / "a_step.py")
    assert not found.mistake() and not found.owns_loop
    assert found.environment == {"LENET_PLANTED_IN": "numpy_reference", "LENET_PLANTED_SHARE": "0.05"}
    assert {file.name for file in found.sources()} == {"a_step.py"}


@pytest.mark.parametrize(("status", "outcome"), [(0, "passed"), (1, "slower"), (3, "not sure")])
def test_a_row_says_what_the_guard_said(
    status: int, outcome: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(command: list[str], **values: Any) -> subprocess.CompletedProcess[bytes]:
        races = [{"comparisons": [{"ratio": 1.052, "low": 1.043, "high": 1.061, "rounds": [5, 5]}]}] * 2
        Path(command[command.index("--json") + 1]).write_text(json.dumps({"variants": [{"races": races}]}), "utf-8")
        return subprocess.CompletedProcess(command, status)

    monkeypatch.setattr(subprocess, "run", run)
    row = list(guarded.guarded(tmp_path / "base", tmp_path / "new", tmp_path))
    assert row[:3] == [outcome, "1.052 [1.043, 1.061], 1.052 [1.043, 1.061]", "5, 5"]
