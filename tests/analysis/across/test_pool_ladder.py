"""Sessions of one ladder, pooled: bars whose truth is known, on machines with moods."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import numpy as np
import pytest

from lenet import catalog
from lenet.analysis.across import pool_ladder as pools
from lenet.analysis.across.pool_ladder import PooledLadder, pool_ladder
from lenet.analysis.report import Report
from lenet.analysis.why import ladder
from lenet.analysis.why.ladder import Climb
from lenet.errors import BadInput
from lenet.records import Request
from lenet.settings import Settings
from lenet.store import Store
from lenet.views import pool as views
from tests.analysis.why.test_ladder import EFFECTS, SLOW, TITLES, WALK, truth
from tests.helpers import stored
from tests.helpers.simulated import noisy, report

SETTINGS = Settings.parse({"threads": 1})
SESSIONS = 25
# Coverage of 95 % over SESSIONS pools of four bars has a standard error of 2.2 %.
FEWEST = 0.95 - 3 * 0.022


def session(number: int, seed: int, mood: float = 0.0) -> Report:
    """The ladder on day `number`; in another mood the machine's effects are larger or smaller by so much."""
    generator = np.random.default_rng((seed, number))
    effects = tuple(effect * np.exp(generator.normal(0, mood)) for effect in EFFECTS)
    raced = report(noisy(truth(effects), generator, slices=12))
    asked = Request(raced.experiment.request.variants, SETTINGS, instrument="ladder", plan=dataclasses.asdict(WALK))
    created = raced.experiment.created + timedelta(days=number)
    return dataclasses.replace(
        raced, experiment=dataclasses.replace(raced.experiment, id=number, created=created, request=asked)
    )


@pytest.fixture
def of_one_ladder(monkeypatch: pytest.MonkeyPatch) -> None:
    """That all sessions are of one ladder is slow to find out, and no figure depends on it."""
    monkeypatch.setattr(pools.pool, "_check_same", lambda first, other: None)


def pooled(seed: int, mood: float = 0.0, sessions: int = 3) -> PooledLadder:
    return pool_ladder([session(number, seed, mood) for number in range(1, sessions + 1)])


def effects(climb: Climb) -> dict[str, tuple[float, float]]:
    return {bar.title: (bar.effect.low, bar.effect.high) for bar in climb.bars}


@pytest.mark.usefixtures("of_one_ladder")
def test_the_bars_add_up_and_each_session_counts_once() -> None:
    found = pooled(1)
    assert sum(bar.effect.estimate for bar in found.climb.bars) == pytest.approx(found.climb.gap.estimate)
    each = [climb.gap.estimate for climb in found.each]
    assert found.climb.gap.estimate == pytest.approx(np.mean(each), rel=0.01)
    assert found.climb.gap.rounds == len(found.each) == len(found.experiments) == 3


@pytest.mark.usefixtures("of_one_ladder")
@pytest.mark.parametrize("mood", [0.0, 0.3])
def test_the_intervals_hold_the_true_effects_in_whatever_mood(mood: float) -> None:
    held, alone = [], []
    for seed in range(SESSIONS):
        found = pooled(seed, mood)
        for title, effect in zip(TITLES, EFFECTS, strict=True):
            # An effect that moods multiply lies above its median in the mean.
            true = effect * np.exp(mood**2 / 2)
            held.append(effects(found.climb)[title][0] <= true <= effects(found.climb)[title][1])
            alone += [effects(climb)[title][0] <= true <= effects(climb)[title][1] for climb in found.each]
    assert np.mean(held) >= FEWEST
    if mood:
        assert np.mean(alone) < 0.9, "one session's interval knows nothing of other hours"


@pytest.mark.usefixtures("of_one_ladder")
def test_an_hour_that_is_slower_in_all_widens_no_bar_and_is_told() -> None:
    even = [session(number, 5) for number in (1, 2, 3)]
    paces = (1.0, 1.2, 0.9)
    uneven = [
        dataclasses.replace(one, batches=one.batches.assign(ms=one.batches["ms"] * pace))
        for one, pace in zip(even, paces, strict=True)
    ]
    calm, moody = pool_ladder(even), pool_ladder(uneven)
    mean = np.prod(paces) ** (1 / 3)
    for one, other in zip(calm.climb.bars, moody.climb.bars, strict=True):
        assert other.effect.low == pytest.approx(one.effect.low * mean, abs=3, nan_ok=True)
        assert other.effect.high == pytest.approx(one.effect.high * mean, abs=3, nan_ok=True)
    assert "In the slowest session the first program took 33 % longer than in the fastest" in moody.remarks[0]
    assert not any("took" in remark for remark in calm.remarks)


@pytest.mark.usefixtures("of_one_ladder")
def test_the_gap_is_where_it_was_planted() -> None:
    gap = pooled(3, sessions=4).climb.gap
    assert gap.low <= sum(EFFECTS) <= gap.high and gap.high - gap.low < SLOW / 10


def test_the_view_says_the_answer_first_and_each_session_in_its_table(store: Store) -> None:
    numbers = [stored.add_ladder(store, catalog.ladder("today")) for _ in range(3)]
    view = views.load(store, numbers)
    assert view.title == "3 sessions of one ladder" and view.name == "Experiments 1, 2 and 3, pooled"
    assert "a gap of 1,0" in view.headlines[0] and "the interval covers sessions" in view.line
    block = view.sections[0].blocks[-1]
    assert block.table is not None and "within an hour" in " ".join(block.notes)
    rows = {row["title"]: row for row in block.table.rows.to_dict("records")}
    assert {"Gap", "Progress bar", ladder.INTERACTION} < set(rows)
    assert rows["Gap"]["each"].startswith("1: 1,0") and ", 3: 1,0" in rows["Gap"]["each"]


@pytest.mark.parametrize(
    ("other", "sentence"),
    [("pytorch_best", "is 'Ladder: PyTorch to its best'; pool sessions of one"), ("", "Experiment 2 is 'Keras fit'")],
)
def test_another_ladder_or_a_race_is_no_session_of_this_one(store: Store, other: str, sentence: str) -> None:
    one = stored.add_ladder(store, catalog.ladder("today"))
    if other:
        two = stored.add_ladder(store, catalog.ladder(other))
    else:
        two = stored.add(store, Request(("keras_fit",), SETTINGS), {"keras_fit": 3.0})
    with pytest.raises(BadInput, match=sentence.replace("Experiment 2", "experiment 2")):
        views.load(store, [one, two])
