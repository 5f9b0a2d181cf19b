"""What a running race says it knows: no more than it does, and less with every look back."""

import math

import numpy as np
import pytest

from lenet.analysis import so_far
from lenet.analysis.intervals import FIXED, LOOKED
from lenet.analysis.so_far import FEWEST
from lenet.analysis.verdict import compare
from lenet.bench.follow import Follower
from lenet.home import Home
from lenet.records import Request
from lenet.settings import Settings
from lenet.store import open_store
from tests.helpers import stored

FAST, SLOW = "tensorflow_graph", "keras_fit"


def planted(rounds, slices=20, ratio=1.3, lottery=0.0, last=None, seed=1):
    """Slices of two labels; the last round has only `last` of them."""
    generator = np.random.default_rng(seed)
    result = {FAST: {}, SLOW: {}}
    for number in range(1, rounds + 1):
        count = last if last is not None and number == rounds else slices
        drawn = math.exp(generator.normal(0, lottery))
        for label, ms in ((FAST, 4.0), (SLOW, 4.0 * ratio * drawn)):
            result[label][number] = ms * generator.normal(1, 0.02, count)
    return result


def width(one):
    return math.log(one.high / one.low)


def test_the_pair_is_the_one_of_the_report_but_as_wide_as_a_look_needs():
    slices = planted(3)
    known = so_far.of(slices)
    looked = compare(SLOW, FAST, slices[SLOW], slices[FAST], quantile=LOOKED)
    assert (known.pair.ratio, known.pair.low) == pytest.approx((looked.ratio, looked.low))
    assert width(known.pair) > width(compare(SLOW, FAST, slices[SLOW], slices[FAST], quantile=FIXED))
    assert known.pair.slow == SLOW and known.pair.low < 1.3 < known.pair.high


def test_nothing_is_known_before_both_have_slices():
    assert so_far.of({}) is None
    assert so_far.of({FAST: {}, SLOW: {}}) is None
    assert so_far.of({FAST: {1: np.ones(20)}, SLOW: {}}, running=1) is None


def test_a_running_round_counts_from_its_third_slice_on():
    for last in range(FEWEST + 2):
        known = so_far.of(planted(3, last=last), running=3)
        assert known.pair.rounds == (3 if last >= FEWEST else 2)
    assert so_far.of(planted(1, last=FEWEST - 1), running=1) is None
    assert so_far.of(planted(3, last=1)).pair.rounds == 3, "of a round that is over every slice counts"


def test_the_past_is_wider_the_longer_ago():
    """In the mean over many races: a single interval may be narrow by chance."""
    several = [so_far.of(planted(4, slices=40, lottery=0.01, last=39, seed=seed), running=4) for seed in range(40)]
    first = [so_far.of(planted(1, slices=60, last=48, seed=seed), running=1) for seed in range(40)]
    for known in (several, first):
        oldest, newest, now = (
            np.mean([width(one) for one in ones])
            for ones in zip(*((one.past[0], one.past[-1], one.pair) for one in known), strict=True)
        )
        assert oldest > newest > now


def test_an_interval_of_one_round_is_never_the_past_of_several():
    """It does not hold what processes differ by, and is narrower: the interval would seem to grow."""
    for last in range(FEWEST, 21):
        known = so_far.of(planted(2, lottery=0.05, last=last), running=2)
        assert known.pair.rounds == 2 and all(one.rounds == 2 for one in known.past)


def test_the_pair_is_the_slowest_against_the_fastest():
    slices = planted(2)
    slices["tensorflow_eager"] = {number: means * 2 for number, means in slices[SLOW].items()}
    slices["keras_fit+batch_size=8"] = {number: means / 9 for number, means in slices[FAST].items()}
    known = so_far.of(slices)
    assert (known.pair.slow, known.pair.fast) == ("tensorflow_eager", FAST), "other settings are not compared"


@pytest.fixture
def store(tmp_path):
    store = open_store(Home(tmp_path).database_url)
    yield store, Home(tmp_path)
    store.close()


def look(store, home, number):
    experiment = store.experiment(number)
    followed = Follower(store, home, experiment).look()
    return so_far.load(store, experiment, followed.now, followed.runs)


def test_a_stored_race_says_what_its_report_says(store):
    from lenet.analysis import report as reports

    store, home = store
    request = Request((FAST, SLOW), Settings.parse({"rounds": 3}))
    number = stored.add(store, request, {FAST: 4.0, SLOW: 5.0})
    report, experiment = reports.load(store, number), store.experiment(number)
    followed = Follower(store, home, experiment).look()
    known = so_far.load(store, experiment, followed.now, followed.runs)
    assert known.pair.ratio == pytest.approx(report.pairs[0].ratio)
    assert so_far.exams(store, store.experiment(number)) == (2, 2)
    at_the_end = so_far.at_the_end(report, store)
    assert at_the_end.pair == report.pairs[0] and at_the_end.past == known.past


def test_runs_that_bear_the_numbers_of_deleted_ones_bring_nothing_of_them_back(store):
    store, home = store
    request, seen = Request((FAST, SLOW), Settings.parse({"rounds": 3})), []
    for slow in (6.0, 8.0):
        number = stored.add(store, request, {FAST: 4.0, SLOW: slow})
        known = look(store, home, number)
        seen.append((store.runs(number)[0].id, round(known.pair.ratio, 1)))
        store.delete(number)
    (first, ratio), (second, other) = seen
    assert first == second and (ratio, other) == (1.5, 2.0)


def test_a_twin_shows_what_the_race_calls_equal_and_competes_with_none(store):
    from lenet.analysis import report as reports

    store, home = store
    request = Request((FAST, SLOW, FAST), Settings.parse({"rounds": 3, "twin": True}))
    number = stored.add(store, request, {FAST: 4.0, SLOW: 5.0})
    known = look(store, home, number)
    assert {known.pair.slow, known.pair.fast} == {SLOW, FAST}
    assert (known.twin.slow, known.twin.fast) == (f"{FAST}~2", FAST) and known.twin.ratio == pytest.approx(1, rel=0.05)
    report = reports.load(store, number)
    at_the_end = so_far.at_the_end(report, store).twin
    assert (at_the_end.slow, at_the_end.ratio) == (f"{FAST}~2", pytest.approx(known.twin.ratio))
    assert look(store, home, stored.add(store, Request((FAST, SLOW), Settings()), {FAST: 4.0, SLOW: 5.0})).twin is None


def test_before_a_race_with_lines_to_decide_looks_first_nothing_is_said_to_be_slower():
    settings = Settings.parse({"decide": "0%", "budget": "2m"})
    early, later = (so_far.of(planted(rounds), settings=settings).pair for rounds in (3, 4))
    assert early.low > 1 and early.different is None and later.different


def test_what_missed_its_exam_enters_no_ratio(store):
    store, home = store
    request = Request((FAST, SLOW), Settings.parse({"rounds": 2}))
    number = stored.add(store, request, {FAST: 4.0, SLOW: 5.0}, wrong=(SLOW,))
    experiment = store.experiment(number)
    assert look(store, home, number) is None
    assert so_far.exams(store, experiment) == (1, 2)


def test_a_ladder_has_no_ratio_of_its_ends(store):
    from lenet import catalog

    store, home = store
    number = stored.add_ladder(store, catalog.ladder("today"))
    assert look(store, home, number) is None
