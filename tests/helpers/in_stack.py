"""Run a program of a test's in the stack of a variant, as its worker would run there."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lenet import stacks
from lenet.bench import environment
from lenet.catalog import Variant
from lenet.settings import Settings

MARK = "FOUND"
"""The program prints this before its answer in JSON; frameworks print what they like before it."""


def answer(variant: Variant, settings: Settings, program: str, argument: Any, folder: Path) -> Any:
    """What `program` prints behind MARK; `argument` is its only one, in JSON. Skips where the stack is missing."""
    state = stacks.availability(variant)
    if not state.available:
        pytest.skip(state.reason)
    result = subprocess.run(
        [str(stacks.interpreter(variant.stack)), "-c", program, json.dumps(argument)],
        env=environment.of(variant, settings),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout.partition(MARK)[2])
