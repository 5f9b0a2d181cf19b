"""Facts are a report: whatever a variant tells, its run goes on, and what is told can be stored and shown."""

from __future__ import annotations

import datetime
import decimal
import enum
import json
from typing import Any

import numpy as np
import pytest

from lenet.worker import facts


class Layout(enum.IntEnum):
    NHWC = 3


class Framework:
    """A framework's number: it can be listed and has a text."""

    def tolist(self) -> float:
        raise RuntimeError("it lies on another device")

    def __str__(self) -> str:
        return "tensor(1.)"


@pytest.mark.parametrize(
    ("told", "stored"),
    [
        (np.int64(3), 3),
        (np.uint8(3), 3),
        (np.bool_(True), True),
        (np.float32(0.5), 0.5),
        (np.float64("nan"), "nan"),
        (float("-inf"), "-inf"),
        (np.arange(3), [0, 1, 2]),
        (np.array(7), 7),
        (np.zeros((2, 0)), [[], []]),
        (np.str_("NHWC"), "NHWC"),
        (np.dtype("float32"), "float32"),
        (Layout.NHWC, 3),
        (Framework(), "tensor(1.)"),
        (decimal.Decimal("0.9"), "0.9"),
        (datetime.date(2026, 11, 26), "2026-11-26"),
        ((1, {"a": np.int8(2)}), [1, {"a": 2}]),
        ({1: None}, {"1": None}),
        (b"bytes", "b'bytes'"),
        ("a\ud800\0b", "a?b"),
        (2**80, 2**80),
    ],
)
def test_values_become_plain(told: Any, stored: Any) -> None:
    found = facts.plain(told)
    assert found == stored and type(found) is type(stored)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_what_is_long_or_deep_is_cut() -> None:
    endless: dict[str, Any] = {}
    endless["inner"] = endless
    told = {
        "endless": endless,
        "text": "x" * 10**6,
        "list": range(3),
        "many": list(range(10**5)),
        "array": np.zeros(10**6),
    }
    assert len(json.dumps(facts.plain(told))) < 10_000


@pytest.mark.parametrize("asked", ["cpu", "gpu"])
def test_another_device_than_asked_for_is_an_error(asked: str) -> None:
    other = {"cpu": "gpu", "gpu": "cpu"}[asked]
    facts.check_device({"device": asked}, asked)
    with pytest.raises(RuntimeError, match=f"asked to run on {asked}, runs on {other}"):
        facts.check_device({"device": other}, asked)


def test_a_gpu_is_not_believed_untold() -> None:
    """On the CPU nothing else can be: the run's environment hides every GPU."""
    facts.check_device({}, "cpu")
    with pytest.raises(RuntimeError, match="does not tell where it runs \\(it has no 'device'\\)"):
        facts.check_device({}, "gpu")
    with pytest.raises(RuntimeError, match="does not tell where it runs \\(KeyError: 'x'\\)"):
        facts.check_device({"untold": "KeyError: 'x'"}, "gpu")
