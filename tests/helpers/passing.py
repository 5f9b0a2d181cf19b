"""An exam that is said to be passed, for tests of what comes after it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lenet.bench import exam
from lenet.catalog import Variant
from lenet.records import Parity
from lenet.settings import Settings


def sit(
    variant: Variant, settings: Settings, folder: Path, started: Any = None, first: exam.Sitting | None = None
) -> exam.Sitting:
    """In place of `lenet.bench.exam.sit`: the same answer for every variant, in no time."""
    return exam.Sitting(Parity(exam.key(variant, settings), variant.name, True, 0.0, "conv1_bias", 1e-5))
