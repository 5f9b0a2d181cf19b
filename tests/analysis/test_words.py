"""Numbers and lists in sentences, and that no sentence says "1 rounds"."""

from __future__ import annotations

import math
import re

import pytest

from lenet.analysis.words import apart, counted, listed, milliseconds
from lenet.document.markdown import as_markdown
from lenet.views import race
from tests.helpers import tapes


@pytest.mark.parametrize(("number", "said"), [(0, "0 rounds"), (1, "1 round"), (3, "3 rounds"), (1234, "1,234 rounds")])
def test_a_number_of_things(number: int, said: str) -> None:
    assert counted(number, "round") == said


def test_a_plural_that_an_s_does_not_make() -> None:
    assert (counted(1, "batch", "batches"), counted(2, "batch", "batches")) == ("1 batch", "2 batches")


@pytest.mark.parametrize(("parts", "said"), [(["A"], "A"), (("A", "B"), "A and B"), (["A", "B", "C"], "A, B and C")])
def test_a_list(parts: list[str], said: str) -> None:
    assert listed(parts) == said


def test_one_of_each_is_said_as_one() -> None:
    small = tapes.settings(rounds=1, epochs=1, threads=1)
    text = as_markdown(race.view(tapes.race({"keras_fit": [tapes.raced([4.0] * 420)]}, small), ()))
    assert "1 thread on" in text and "1 epoch of" in text and "1 round" in text
    assert not re.search(r"\b1 \w+s\b", text)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0951, "0.095"),
        (0.951, "0.951"),
        (6.207, "6.21"),
        (12.34, "12.3"),
        (1234.5, "1,234"),
        (math.nan, "–"),
        (0.0, "0"),
    ],
)
def test_times_in_ms_have_three_digits(value: float, said: str) -> None:
    assert milliseconds(value) == said


@pytest.mark.parametrize(("one", "other", "said"), [(9.407, 7.452, "1.96"), (20.93, 6.178, "14.7"), (6.2, 6.4, "0.20")])
def test_a_difference_is_that_of_the_times_as_they_are_read(one: float, other: float, said: str) -> None:
    assert apart(one, other) == said
