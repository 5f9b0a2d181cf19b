"""Sessions of one law, pooled: costs whose truth is known, on machines with moods."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import numpy as np
import pytest

from lenet.analysis.across import pool_law as pools
from lenet.analysis.across.pool_law import PooledLaw, pool_law
from lenet.analysis.report import Report
from lenet.errors import BadInput
from lenet.records import Request
from lenet.store import Store
from lenet.views import pool as views
from tests.analysis.why.test_law import FIT, FUNCTION, PLAN, times
from tests.helpers import stored
from tests.helpers.simulated import noisy, report

POOLS = 40
# Coverage of 95 % over POOLS pools has a standard error of 3.4 %.
FEWEST = 0.95 - 2 * 0.034
COSTS = (300.0, 3.0)
SESSIONS = (1, 2, 3)


def session(number: int, seed: int, mood: float = 0.0, pace: float = 1.0, fit: float = 1.0) -> Report:
    """The law on day `number`; in another mood the costs are larger or smaller by so much.

    pace: by how many times as slow the whole hour is. fit: the same for one program alone.
    """
    generator = np.random.default_rng((seed, number))
    a, b = (cost * np.exp(generator.normal(0, mood)) for cost in COSTS)
    true = {**times(FIT, 900 + a, 60 + b), **times(FUNCTION, 900, 60)}
    raced = {label: time * pace * (fit if label.startswith(FIT) else 1.0) for label, time in true.items()}
    found = report(noisy(raced, generator, rounds=4, slices=16, drift=0.05, bursts=0.03))
    asked = Request(found.experiment.request.variants, found.experiment.request.settings, instrument="law", plan=PLAN)
    created = found.experiment.created + timedelta(days=number)
    return dataclasses.replace(
        found, experiment=dataclasses.replace(found.experiment, id=number, created=created, request=asked)
    )


@pytest.fixture
def of_one_law(monkeypatch: pytest.MonkeyPatch) -> None:
    """That all sessions are of one law is slow to find out, and no figure depends on it."""
    monkeypatch.setattr(pools.pool, "_check_same", lambda first, other: None)


def pooled(seed: int, mood: float = 0.0) -> PooledLaw:
    return pool_law([session(number, seed, mood) for number in SESSIONS])


@pytest.mark.usefixtures("of_one_law")
def test_each_session_counts_once_and_gives_its_own_costs_too() -> None:
    found = pooled(1)
    (pair,) = found.law.contrasts
    assert (pair.slow, pair.fast) == (FIT, FUNCTION) and pair.a.rounds == len(SESSIONS) == len(found.each)
    each = [law.contrasts[0].a.estimate for law in found.each]
    assert pair.a.estimate == pytest.approx(np.mean(each), rel=0.05)


@pytest.mark.usefixtures("of_one_law")
@pytest.mark.parametrize("mood", [0.0, 0.3])
def test_the_intervals_hold_the_planted_costs_in_whatever_mood(mood: float) -> None:
    held, alone = [], []
    for seed in range(POOLS):
        found = pooled(seed, mood)
        (pair,) = found.law.contrasts
        # A cost that moods multiply lies above its median in the mean.
        true = COSTS[0] * np.exp(mood**2 / 2)
        held.append(pair.a.low <= true <= pair.a.high)
        alone += [law.contrasts[0].a.low <= true <= law.contrasts[0].a.high for law in found.each]
    assert np.mean(held) >= FEWEST
    if mood:
        assert np.mean(alone) < 0.9, "one session's interval knows nothing of other hours"


@pytest.mark.usefixtures("of_one_law")
def test_an_hour_that_is_slower_in_all_widens_nothing() -> None:
    paces = (1.0, 1.3, 0.8)
    even = pool_law([session(number, 3) for number in SESSIONS]).law.contrasts[0].a
    uneven = pool_law([session(n, 3, pace=pace) for n, pace in zip(SESSIONS, paces, strict=True)]).law.contrasts[0].a
    mean = np.prod(paces) ** (1 / 3)
    assert (uneven.low, uneven.high) == pytest.approx((even.low * mean, even.high * mean), rel=0.02)


@pytest.mark.usefixtures("of_one_law")
def test_a_session_in_which_one_program_alone_was_slower_widens_the_interval() -> None:
    """The planted fault: a pool that took the rounds of all sessions together would hardly notice."""
    even = pool_law([session(number, 4) for number in SESSIONS]).law.contrasts[0].a
    moody = pool_law([session(n, 4, fit=fit) for n, fit in zip(SESSIONS, (1.0, 1.05, 1.0), strict=True)])
    assert np.diff([moody.law.contrasts[0].a.low, moody.law.contrasts[0].a.high]) > 2 * (even.high - even.low)


def test_the_view_says_the_answer_first_and_each_session_in_its_table(store: Store) -> None:
    numbers = [stored.add_law(store, {FIT: (1.6, 0.17), FUNCTION: (0.4, 0.165)}) for _ in SESSIONS]
    view = views.load(store, numbers)
    assert view.title == "3 sessions of one overhead law" and "the interval covers sessions" in view.line
    block = view.sections[0].blocks[-1]
    assert block.table is not None and "within an hour" in " ".join(block.notes)
    rows = block.table.rows.to_dict("records")
    assert [row["title"].rpartition(", ")[2] for row in rows] == ["per batch", "per image"]
    assert rows[0]["each"].startswith("1: ") and ", 3: " in rows[0]["each"]


def test_a_law_of_other_programs_is_no_session_of_it(store: Store) -> None:
    numbers = [
        stored.add_law(store, {FIT: (1.6, 0.17), other: (0.4, 0.165)}) for other in (FUNCTION, "tensorflow_graph")
    ]
    with pytest.raises(BadInput, match="pool sessions of one"):
        views.load(store, numbers)
