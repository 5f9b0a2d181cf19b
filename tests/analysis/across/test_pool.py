"""Sessions of one race, pooled: what may be, what the interval covers, by simulated sessions."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import numpy as np
import pytest

from lenet.analysis import verdict
from lenet.analysis.across import pool
from lenet.analysis.report import Report
from lenet.analysis.verdict import Pair
from lenet.errors import BadInput
from lenet.views import pool as views
from tests.helpers.compared import FIT, HERE, TF, report, tapes
from tests.helpers.tapes import settings

RATIO = 1.3


def session(number: int, ratio: float = RATIO, lottery: float = 0.01, **values) -> Report:
    """The same race on day `number`."""
    times = {
        FIT: tapes(3.0 * ratio, lottery=lottery, seed=2 * number),
        TF: tapes(3.0, lottery=lottery, seed=2 * number + 1),
    }
    return report(number, times, **values)


def renumbered(session: Report, number: int, pair: Pair | None = None) -> Report:
    """The session as another experiment, with another figure where one is given."""
    pairs = session.pairs if pair is None else (pair,)
    return dataclasses.replace(session, experiment=dataclasses.replace(session.experiment, id=number), pairs=pairs)


def drawn(generator: np.random.Generator, ratio: float, rounds: int = 3) -> Pair:
    """The pair of a race of this true ratio, by processes that scatter by 1 %."""

    def slices(middle: float) -> dict[int, np.ndarray]:
        return {r: middle * np.exp(generator.normal(0, 0.01) + generator.normal(0, 0.002, 8)) for r in range(rounds)}

    pair = verdict.compare(FIT, TF, slices(ratio), slices(1.0))
    assert pair is not None
    return pair


def only(pooled: pool.Pool) -> pool.Pooled:
    (pair,) = pooled.pairs
    return pair


# What the figures say


def test_sessions_are_one_figure_each_and_the_mean_is_their_geometric_one() -> None:
    pair = only(pool.pool([session(n, ratio, lottery=0.0) for n, ratio in ((3, 1.2), (1, 1.3), (2, 1.4))]))
    assert (pair.slow, pair.fast) == (FIT, TF)
    assert pair.ratio == pytest.approx((1.2 * 1.3 * 1.4) ** (1 / 3), rel=1e-3)
    assert [one.experiment for one in pair.sessions] == [1, 2, 3], "in the order in which they began"
    assert [one.ratio for one in pair.sessions] == pytest.approx([1.3, 1.4, 1.2], rel=1e-3)
    logs = np.log([1.2, 1.3, 1.4])
    assert np.log(pair.high / pair.ratio) == pytest.approx(4.303 * logs.std(ddof=1) / np.sqrt(3), rel=0.01)
    assert " over 3 sessions. Sessions by themselves: 1.3" in pair.verdict


@pytest.mark.parametrize("between", [0.0, 0.01, 0.1])
@pytest.mark.parametrize("count", [3, 5])
def test_the_interval_holds_the_true_ratio_as_often_as_it_says(
    count: int, between: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    # That all sessions are of one race is slow to find out, and nothing here depends on it.
    monkeypatch.setattr(pool, "_check_same", lambda first, other: None)
    held, alone, base = [], [], session(1)
    for race in range(150):
        generator = np.random.default_rng((race, count))
        ratios = RATIO * np.exp(generator.normal(0, between, count))
        pairs = [drawn(generator, ratio) for ratio in ratios]
        pair = only(pool.pool([renumbered(base, n, one) for n, one in enumerate(pairs, 1)]))
        held.append(pair.low <= RATIO <= pair.high)
        alone += [one.low <= RATIO <= one.high for one in pair.sessions]
    assert np.mean(held) >= 0.95 - 2 * 0.018
    if between == 0.1:
        assert np.mean(alone) < 0.6, "one session's interval knows nothing of other hours"


def test_sessions_that_agree_by_luck_are_no_surer_than_their_own_intervals() -> None:
    one = session(1)
    pair, alone = only(pool.pool([renumbered(one, n) for n in (1, 2, 3)])), one.pairs[0]
    assert pair.high / pair.low > 1.001
    assert pair.high / pair.low < alone.high / alone.low


def test_it_is_said_where_sessions_lie_further_apart_than_they_say_themselves() -> None:
    near = only(pool.pool([session(n) for n in range(1, 5)]))
    far = only(pool.pool([session(n, ratio) for n, ratio in enumerate((1.1, 1.3, 1.5, 1.2), 1)]))
    assert not near.scattered and "further apart" not in near.verdict
    assert far.scattered and far.verdict.endswith("; sessions lie further apart than their own intervals say.")


def test_a_pair_that_changes_sides_is_undecided() -> None:
    pair = only(pool.pool([session(n, ratio) for n, ratio in enumerate((0.9, 1.15, 1.0), 1)]))
    assert pair.outcome == "undecided" and pair.verdict.startswith("Undecided over 3 sessions: ")
    assert pair.low < 1 < pair.high


def test_equal_ones_are_equal() -> None:
    pair = only(pool.pool([session(n, 1.0, lottery=0.002) for n in range(1, 5)]))
    assert pair.outcome == "equal" and "are equal within ±" in pair.verdict


def test_two_sessions_and_sessions_of_one_hour_are_told_of() -> None:
    first, second = session(1), session(2)
    soon = first.experiment.created + timedelta(minutes=20)
    second = dataclasses.replace(second, experiment=dataclasses.replace(second.experiment, created=soon))
    remarks = " ".join(pool.pool([first, second]).remarks)
    assert remarks.startswith("Their work differs: Keras fit shuffles, counts accuracy and draws a progress bar, but ")
    assert "Experiments 1 and 2 began within an hour" in remarks
    assert "with a third the interval is some 4 times narrower" in remarks


# What is none


def test_what_is_no_session_of_the_same_race_is_refused_in_a_sentence() -> None:
    one = session(1)
    refused = {
        "different variants": report(2, {FIT: tapes(4.0)}),
        "no sessions of one race. Machine:": session(2, machine={**HERE, "host": "two"}),
        "no sessions of one race. Batch size: 32 against 64": session(2, wanted=settings(threads=2, batch_size=64)),
        "Keras fit is another program in experiment 2": session(2, versions={FIT: {"keras": "3.16.0"}}),
        "TensorFlow bare function is another program in experiment 2": session(
            2, versions={TF: {"tensorflow": "2.22.0"}}
        ),
    }
    for sentence, other in refused.items():
        with pytest.raises(BadInput, match=sentence):
            pool.pool([one, other])
    with pytest.raises(BadInput, match="two different experiments"):
        pool.pool([one, one])
    running = dataclasses.replace(one, experiment=dataclasses.replace(one.experiment, id=9, status="running"))
    with pytest.raises(BadInput, match="Experiment 9 is running; pool it once it has ended"):
        pool.pool([one, running])
    counts = dataclasses.replace(one.experiment.request, instrument="counts")
    other = dataclasses.replace(one, experiment=dataclasses.replace(one.experiment, id=8, request=counts))
    with pytest.raises(BadInput, match="Experiment 8 is neither race nor ladder nor law"):
        pool.pool([one, other])


# In words


def test_the_view_says_when_where_and_each_session() -> None:
    view = views.view([session(n) for n in (1, 2, 3)])
    assert view.name == "Experiments 1, 2 and 3, pooled" and view.title == "3 sessions of one race"
    assert "raced 2026-01-02 00:00 to 2026-01-04 00:00 UTC" in view.line and view.line.startswith("one, ")
    (row,) = view.sections[0].blocks[0].table.rows.to_dict("records")
    assert row["each"].startswith("1: 1.3") and row["sessions"] == 3
