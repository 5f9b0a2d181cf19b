"""What a guard makes of its races: slower only if both say so, and open where the limit is not decided."""

from __future__ import annotations

import pytest

from lenet.analysis.across.compare import NOT_SLOWER, SLOWER, UNSURE
from lenet.analysis.across.guarded import DECIDED, OPEN, UNCONFIRMED, UNKNOWN, Guarded, as_json, outcome
from tests.helpers.guarded import LIMIT, guarded


@pytest.mark.parametrize(
    ("ratios", "confirm", "made"),
    [
        ((1.0,), True, (NOT_SLOWER, DECIDED)),
        ((0.9,), True, (NOT_SLOWER, DECIDED)),
        ((1.02,), True, (NOT_SLOWER, DECIDED)),
        ((1.05,), False, (SLOWER, DECIDED)),
        ((1.05,), True, (UNSURE, UNCONFIRMED)),
        ((1.05, 1.05), True, (SLOWER, DECIDED)),
        ((1.05, 1.0), True, (UNSURE, UNCONFIRMED)),
        ((1.05, 0.9), True, (UNSURE, UNCONFIRMED)),
    ],
)
def test_only_what_two_races_say_is_slower(ratios: tuple[float, ...], confirm: bool, made: tuple[str, str]) -> None:
    found = guarded(*ratios, confirm=confirm)
    assert (found.outcome, found.why) == made
    assert found.alarmed == (ratios[0] > 1 + LIMIT)


def test_a_limit_within_the_interval_passes_and_is_open() -> None:
    found = guarded(1.03, lottery=0.03)
    assert found.comparisons[0].low < 1.03 < found.comparisons[0].high
    assert (found.outcome, found.why, found.alarmed) == (NOT_SLOWER, OPEN, False)


def test_what_has_no_ratio_is_not_sure() -> None:
    crashed, not_raced = guarded(1.0, crashed=True), Guarded("x", "X", LIMIT, True, reason="It cannot run here.")
    assert (crashed.outcome, crashed.why) == (not_raced.outcome, not_raced.why) == (UNSURE, UNKNOWN)
    assert "crashed" in " ".join(crashed.refused)
    assert not_raced.refused == ["It cannot run here."]


def test_the_worst_of_all_counts() -> None:
    passed, slow, unsure = guarded(1.0), guarded(1.05, 1.05), guarded(1.05, 1.0)
    assert outcome([passed, passed]) == NOT_SLOWER
    assert outcome([passed, unsure]) == UNSURE == outcome([])
    assert outcome([unsure, slow, passed]) == SLOWER


def test_json_has_every_race() -> None:
    written = as_json([guarded(1.05, 1.0)], LIMIT)
    (one,) = written["variants"]
    assert (written["format"], written["version"], written["outcome"]) == ("lenet-bench/guard", 1, UNSURE)
    assert (one["name"], one["why"], len(one["races"])) == ("keras_fit", UNCONFIRMED, 2)
    assert one["races"][0]["comparisons"][0]["ratio"] == pytest.approx(1.05, rel=0.01)
