"""The calibration's own arithmetic, on verdicts whose shares are known, and what it plants."""

import pandas as pd
import pytest

from audit import planted, rates
from lenet import catalog
from lenet.errors import BadInput


def pair(slow: float, fast: float, ratio: float, half: float, experiment: int = 1) -> dict[str, object]:
    low, high = ratio / (1 + half), ratio * (1 + half)
    return {
        "experiment": experiment,
        "variant": "v",
        "allocator": "steady",
        "neighbour": "none",
        "planted_slow": slow,
        "planted_fast": fast,
        "ratio": ratio,
        "low": low,
        "high": high,
        "different": not low <= 1 <= high,
    }


ROWS = pd.DataFrame(
    [
        pair(0, 0, 1.001, 0.01),
        pair(0, 0, 1.02, 0.01),  # equal, called different, and the truth is not in the interval
        pair(0.03, 0, 1.031, 0.01),
        pair(0.03, 0, 1.012, 0.02),  # not found, and the truth is in the interval
        pair(0, 0.03, 1.05, 0.01),  # found the wrong way round
        pair(0.10, 0.03, 1.068, 0.01, experiment=2),  # planted in both: counts for the cover alone
    ]
)


def test_shares_are_those_of_the_known_pairs() -> None:
    head, _, row = (line.split(" | ") for line in rates.table(ROWS).splitlines())
    found = dict(zip(head, row, strict=True))
    assert found["experiments"] == "2"
    assert found["equal, called different"].startswith("1 of 2, 50 %")
    assert found["3% found"].startswith("1 of 3, 33 %")
    assert found["intervals that cover"].startswith("4 of 6, 67 %")


def test_the_misses_are_named() -> None:
    first, second = rates.misses(ROWS)
    assert "1.0200 [1.0099, 1.0302], planted 1.0000" in first
    assert "planted 0.9709" in second


def test_wilsons_interval_is_the_published_one() -> None:
    assert rates.share(pd.Series([True] * 3 + [False] * 57)) == "3 of 60, 5 % [2, 14]"


def test_a_slower_copy_says_what_is_planted_in_it() -> None:
    entry = planted.slower("tensorflow_function_slower_3%")
    assert entry.environment["LENET_PLANTED_SHARE"] == "0.03"
    assert entry.title == "TensorFlow bare function, 3 % slower"
    assert entry.source_hash() != catalog.variant("tensorflow_function").source_hash()
    assert planted.slower("pytorch_eager_slower_300us").stack == "torch"


@pytest.mark.parametrize("name", ["keras_fit_slower_3%", "tensorflow_function_slower", "nobody_slower_3%"])
def test_what_cannot_be_planted_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        planted.slower(name)
