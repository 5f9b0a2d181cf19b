"""The noise floor against races whose truth is known: it hides nothing that is there, and believes no lottery."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import numpy as np
import numpy.typing as npt
import pytest

from lenet import catalog, instruments, requests
from lenet.analysis import export, verdict
from lenet.analysis import report as reports
from lenet.analysis.circumstances import UNKNOWN, Circumstance
from lenet.analysis.noise import floor_words, measured
from lenet.analysis.noise.floor_estimate import Spread, own_share, share, spread
from lenet.analysis.noise.measured import Floor
from lenet.analysis.verdict import Pair
from lenet.document import markdown
from lenet.errors import BadInput
from lenet.records import Request
from lenet.settings import Settings, default_threads
from lenet.store import Store, open_store
from lenet.views import next_steps
from lenet.views import race as views
from tests.analysis.test_export import SCHEMA
from tests.helpers.stored import MACHINE, add

Floats = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, int], Floats]
"""Log speeds of processes (rounds, copies)."""

FUNCTION, TORCH = "tensorflow_function", "pytorch_eager"
WHERE = Circumstance("one", "a test's", "2", (), Settings(threads=2))
WHEN = datetime(2026, 11, 23, tzinfo=UTC)
COPIES, ROUNDS, SLICES = 4, 4, 7
TRIES = 150


# Simulated machines


def none(generator: np.random.Generator, rounds: int, copies: int) -> Floats:
    return np.zeros((rounds, copies))


def lottery(generator: np.random.Generator, rounds: int, copies: int) -> Floats:
    return generator.normal(0, 0.03, (rounds, copies))


def allocator(generator: np.random.Generator, rounds: int, copies: int) -> Floats:
    """One process of four is a fifth slower, as the C allocator makes it."""
    return np.log(1.2) * (generator.random((rounds, copies)) < 0.25)


def lasting(generator: np.random.Generator, rounds: int, copies: int) -> Floats:
    """The last copy is always 3 % slower, and processes draw a small lottery."""
    return generator.normal(0, 0.003, (rounds, copies)) + 0.03 * (np.arange(copies) == copies - 1)


def survey(draw: Draw, generator: np.random.Generator, slices: float = 0.005, rounds: int = ROUNDS) -> Spread:
    """A measurement of the floor, its slices noisy by `slices`, on a machine whose speed wanders."""
    found = spread([_slices(speeds, generator, slices, SLICES) for speeds in draw(generator, rounds, COPIES)])
    assert found is not None
    return found


def _slices(speeds: Floats, generator: np.random.Generator, noise: float, count: int) -> dict[str, Floats]:
    wander = np.cumsum(generator.normal(0, 0.02, count))
    return {f"copy {at}": np.exp(speed + wander + generator.normal(0, noise, count)) for at, speed in enumerate(speeds)}


def floor_of(found: Spread) -> Floor:
    return Floor(found, 1, FUNCTION, WHEN, WHERE)


def race(
    draw: Draw, generator: np.random.Generator, found: Spread, *, rounds: int, planted: float = 0.0,
    slices: float = 0.005, count: int = 20,
) -> Pair:  # fmt: skip
    """A race of two programs, the first slower by `planted`, judged with the floor that was found."""
    speeds = draw(generator, rounds, 2) + np.array([math.log1p(planted), 0.0])
    tables = [list(_slices(row, generator, slices, count).values()) for row in speeds]
    a, b = ({number: table[at] for number, table in enumerate(tables)} for at in (0, 1))
    pair = verdict.compare("a", "b", a, b, (floor_of(found), floor_of(found)))
    assert pair is not None
    return pair


def share_of(judge: Callable[[np.random.Generator], bool], tries: int = TRIES) -> float:
    generator = np.random.default_rng(7439)
    return float(np.mean([judge(generator) for _ in range(tries)]))


@pytest.mark.parametrize(("hour", "often"), [(0.003, 0.97), (0.03, 0.8)])
def test_it_hides_little_that_a_good_interval_finds(hour: float, often: float) -> None:
    """A planted 1 % without a lottery, whether the floor was measured in a quiet hour or in a loud one,
    whose 28 slices cannot tell a small lottery from none."""

    def found(generator: np.random.Generator) -> bool:
        pair = race(none, generator, survey(none, generator, hour), rounds=5, planted=0.01)
        return pair.different is True and pair.slow == "a"

    assert share_of(found) >= often


def test_a_small_lottery_does_not_hide_one_percent() -> None:
    """The steady allocator: processes differ by some 0.15 %."""

    def small(generator: np.random.Generator, rounds: int, copies: int) -> Floats:
        return generator.normal(0, 0.0015, (rounds, copies))

    def found(generator: np.random.Generator) -> bool:
        return race(small, generator, survey(small, generator), rounds=5, planted=0.01).different is True

    assert share_of(found) >= 0.9


@pytest.mark.parametrize("rounds", [1, 3, 8])
@pytest.mark.parametrize("draw", [none, lottery, allocator])
def test_19_of_20_equal_programs_lie_within_it(draw: Draw, rounds: int) -> None:
    def inside(generator: np.random.Generator) -> bool:
        pair = race(draw, generator, survey(draw, generator), rounds=rounds)
        return pair.ratio <= 1 + pair.floor

    # What a lottery of 16 processes is worth is known to a fifth only, so that some measurements come out too small.
    assert share_of(inside) >= 0.95 - 0.05 - 2.5 * math.sqrt(0.05 * 0.95 / TRIES)


@pytest.mark.parametrize("draw", [lottery, allocator])
def test_one_round_of_a_lottery_is_no_difference(draw: Draw) -> None:
    def called(known: bool) -> float:
        def different(generator: np.random.Generator) -> bool:
            found = survey(draw, generator)
            believed = found if known else dataclasses.replace(found, process=0.0, systematic=0.0)
            return race(draw, generator, believed, rounds=1).different is True

        return share_of(different)

    assert called(known=False) > 0.3, "the control: slices alone take it for a difference"
    assert called(known=True) <= 0.15


def test_equal_programs_that_always_differ_are_no_difference() -> None:
    """What no number of rounds removes and no interval shows: the copy at the last place is always slower."""

    def different(generator: np.random.Generator) -> bool:
        speeds = lasting(generator, 8, COPIES)[:, [-1, 0]]
        return race(lambda *_: speeds, generator, survey(lasting, generator), rounds=8).different is True

    def unguarded(generator: np.random.Generator) -> bool:
        speeds = lasting(generator, 8, COPIES)[:, [-1, 0]]
        return race(lambda *_: speeds, generator, survey(none, generator), rounds=8).different is True

    assert share_of(unguarded, 40) > 0.95, "the control: the interval does take it for one"
    assert share_of(different, 100) <= 0.1


@pytest.mark.parametrize("draw", [none, lottery, allocator])
def test_what_does_not_last_is_rarely_said_to(draw: Draw) -> None:
    assert share_of(lambda generator: survey(draw, generator).systematic > 0, 300) <= 0.03


def test_its_parts_are_what_was_put_in() -> None:
    generator = np.random.default_rng(1)
    found = [survey(lottery, generator, slices=0.01) for _ in range(100)]
    assert math.sqrt(np.mean([f.process**2 for f in found])) == pytest.approx(0.03, rel=0.1)
    # Of few slices the bootstrap makes a median's scatter a fifth too large.
    assert np.mean([f.within for f in found]) == pytest.approx(1.2533 * 0.01 / math.sqrt(SLICES), rel=0.25)
    lasts = [survey(lasting, generator, slices=0.002).systematic for _ in range(100)]
    assert np.mean(lasts) == pytest.approx(0.03 / 2, rel=0.1)


def test_equal_tapes_have_no_spread_and_an_exact_difference_is_found() -> None:
    same = {name: np.full(5, 2.0) for name in "abcd"}
    found = spread([same, same, same])
    assert found is not None
    assert (found.copies, found.rounds, found.slices) == (4, 3, 15)
    assert own_share(found) == pytest.approx(0, abs=1e-9)
    off = spread([{**same, "d": np.full(5, 2.2)}] * 3)
    assert off is not None
    assert off.farthest == pytest.approx(0.1)
    assert off.systematic == pytest.approx(math.log(1.1) / 2)
    assert own_share(off) > 0.1


def test_too_little_has_no_spread() -> None:
    figures = np.array([2.0, 2.1])
    assert spread([]) is None
    assert spread([{"a": figures}]) is None
    assert spread([{"a": figures, "b": np.zeros(0)}]) is None
    whole, short = {"a": figures, "b": figures, "c": figures}, {"a": figures, "b": figures}
    found = spread([whole, short])
    assert found is not None
    assert found.rounds == 1, "a round that lacks a copy is left out"


def test_a_pair_has_both_lotteries_and_more_rounds_shrink_it_to_what_lasts() -> None:
    quiet, loud = Spread(4, 4, 28, 0.001, 0.0, 0.001, 0.001), Spread(4, 4, 28, 0.05, 0.01, 0.001, 0.1)
    assert share(quiet, loud, 0.0, 4) == share(loud, quiet, 0.0, 4) > share(quiet, quiet, 0.0, 4)
    lasts = math.expm1(1.96 * math.sqrt(2) * 0.01)
    assert share(loud, loud, 0.0, 3) > 2 * lasts
    assert share(loud, loud, 0.0, 1_000_000) == pytest.approx(lasts, rel=0.01)


# Verdicts


def test_a_ratio_inside_the_floor_is_no_difference_and_says_so() -> None:
    a, b = ({r: np.full(8, ms) * np.linspace(0.999, 1.001, 8) for r in (1, 2, 3)} for ms in (2.01, 2.0))
    alone = verdict.compare(FUNCTION, "keras_fit", a, b)
    wide = Floor(Spread(4, 4, 28, 0.01, 0.0, 0.001, 0.02), 7, FUNCTION, WHEN, WHERE)
    judged = verdict.compare(FUNCTION, "keras_fit", a, b, (wide, wide))
    assert alone is not None
    assert judged is not None
    assert alone.different is True
    assert math.isnan(alone.floor)
    assert (judged.ratio, judged.low, judged.high) == (alone.ratio, alone.low, alone.high)
    assert judged.different is False
    assert judged.verdict == (
        "TensorFlow bare function and Keras fit are equal as far as this machine tells: 1.0050 [1.0050, 1.0050] "
        "lies inside the noise floor here ±1.6 % (measured 2026-11-23)."
    )
    narrow = Floor(dataclasses.replace(wide.spread, process=0.001), 7, FUNCTION, WHEN, WHERE)
    beyond = verdict.compare(FUNCTION, "keras_fit", a, b, (narrow, narrow))
    assert beyond is not None
    assert beyond.different is True
    assert beyond.verdict.endswith("[1.0050, 1.0050]; noise floor here ±0.16 % (measured 2026-11-23).")


def test_nobody_is_sent_to_race_more_rounds_against_the_floor() -> None:
    """The interval leaves out 1 already, and the floor is wide: rounds would change neither."""
    a, b = ({r: np.full(8, ms) * np.linspace(0.999, 1.001, 8) for r in (1, 2, 3)} for ms in (2.12, 2.0))
    wide = Floor(Spread(4, 4, 28, 0.05, 0.0, 0.001, 0.02), 7, FUNCTION, WHEN, WHERE)
    judged = verdict.compare(FUNCTION, "keras_fit", a, b, (wide, wide))
    assert judged is not None
    assert judged.low > 1
    assert judged.outcome == "undecided"
    assert "; longer runs or a quieter machine would decide it. A difference of 8.4 % or more" in judged.verdict


@pytest.mark.parametrize(
    ("figure", "text"),
    [(0.006, "±0.6 %"), (0.0013, "±0.13 %"), (0.0124, "±1.2 %"), (0.0996, "±10 %"), (0.28, "±28 %"), (1.5, "±150 %")],
)
def test_a_floor_is_read_with_two_digits(figure: float, text: str) -> None:
    assert floor_words.plus_minus(figure) == text


# Which measurement counts


@pytest.fixture
def store(tmp_path: Any) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path / 'noise.db'}")
    yield store
    store.close()


def measure(store: Store, variant: str = FUNCTION, machine: dict[str, Any] | None = None, **values: Any) -> int:
    request = requests.noise_request(variant, COPIES, {"threads": 2, **values})
    return add(store, request, lambda entry: 2.0, machine=machine or MACHINE)


def where(**values: Any) -> Circumstance:
    """WHERE with other settings."""
    return dataclasses.replace(WHERE, settings=dataclasses.replace(WHERE.settings, **values))


def raced(store: Store, *variants: str, machine: dict[str, Any] | None = None, **values: Any) -> reports.Report:
    settings = Settings.parse({"threads": 2, **values})
    times = {name: 2.0 + 0.5 * at for at, name in enumerate(variants)}
    return reports.load(store, add(store, Request(variants, settings), times, machine=machine or MACHINE))


def test_a_race_without_a_floor_stands_and_names_the_command(store: Store) -> None:
    report = raced(store, FUNCTION, "keras_fit", allocator="steady", threads=1, sync="epoch", slice_ms=300)
    (pair,) = report.pairs
    assert pair.different is True
    assert math.isnan(pair.floor)
    _, sentence = report.beside
    options = "--allocator steady" + " --threads 1" * (default_threads() != 1) + " --sync epoch"
    assert "not measured on this machine" in sentence
    then = next_steps.then(report, store)
    assert then is not None and then.steps[-1].command == f"python -m lenet noise {options}"
    assert sentence in markdown.as_markdown(views.view(report, ()))


def test_a_measurement_of_its_machine_and_circumstances_stands_beside_every_difference(store: Store) -> None:
    number = measure(store)
    report = raced(store, FUNCTION, "keras_fit", "tensorflow_graph")
    assert all(0 < pair.floor < 0.05 for pair in report.pairs)
    assert all("; noise floor here ±" in pair.verdict for pair in report.pairs)
    _, first, second = report.beside
    assert (
        f"with 4 copies of TensorFlow bare function in 4 rounds (experiment {number}). A lottery of less than" in first
    )
    assert second.startswith("It stands in for that of Keras fit and TensorFlow graph; `python -m lenet noise")
    assert "--variant keras_fit" in second
    data = json.loads(json.dumps(export.as_json(report), allow_nan=False))
    jsonschema.Draft202012Validator(SCHEMA).validate(data)
    assert data["pairs"][0]["floor"] == report.pairs[0].floor
    assert [floor["experiment"] for floor in data["noise"]] == [number]
    assert data["beside"] == list(report.beside)


@pytest.mark.parametrize(
    "other",
    [
        {"allocator": "steady"},
        {"threads": 1},
        {"slice_ms": 0},
        {"sync": "epoch"},
        {"machine": {**MACHINE, "host": "b"}},
    ],
)
def test_other_circumstances_have_no_floor(store: Store, other: dict[str, Any]) -> None:
    measure(store)
    assert raced(store, FUNCTION, "keras_fit", batch_size=64).floors.keys() == {FUNCTION, "keras_fit"}
    report = raced(store, FUNCTION, "keras_fit", **other)
    assert report.floors == {}
    assert "not measured" in report.beside[1]


def test_an_unfinished_measurement_is_none(store: Store) -> None:
    request = requests.noise_request(FUNCTION, COPIES, {"threads": 2})
    add(store, request, lambda entry: 2.0, status="cancelled")
    assert measured.floor(store, WHERE) is None
    assert measured.measured_by(store, 1) is None
    assert "was not measured" in reports.load(store, 1).beside[0]


def test_the_programs_own_measurement_comes_first_then_the_batch_size_then_the_newest(store: Store) -> None:
    old, torch, small, new = measure(store), measure(store, TORCH), measure(store, batch_size=8), measure(store)

    def chosen(entry: str = "", **values: Any) -> int:
        found = measured.floor(store, where(**values), entry)
        assert found is not None
        return found.experiment_id

    assert chosen(FUNCTION) == chosen(f"{FUNCTION}~2") == new
    assert chosen(TORCH, batch_size=8) == torch
    assert chosen(FUNCTION, batch_size=8) == chosen("keras_fit", batch_size=8) == small
    assert chosen() == new > old
    assert [floor.experiment_id for floor in measured.all_floors(store)] == [new, small, torch, old]


def test_a_stale_measurement_is_named_and_decides_nothing(store: Store) -> None:
    measure(store)
    later = datetime.now(UTC) + timedelta(days=31)
    aged = measured.floor(store, WHERE, FUNCTION, later)
    assert aged is not None
    assert aged.stale == "more than 30 days apart"
    fresh = measured.floor(store, WHERE, FUNCTION, later - timedelta(days=3))
    assert fresh is not None
    assert fresh.stale == ""
    report = raced(store, FUNCTION, "keras_fit", machine={**MACHINE, "cpu": "a new one"})
    assert math.isnan(report.pairs[0].floor)
    assert "noise floor" not in report.pairs[0].verdict
    _, sentence = report.beside
    assert "on one, a test's, 2 cores, which has changed, so it decides nothing here" in sentence
    assert sentence.endswith("measure it again.")
    then = next_steps.then(report, store)
    assert then is not None and "python -m lenet noise" in then.steps[-1].command


def test_a_race_of_several_programs_is_no_measurement_whatever_it_is_called(store: Store) -> None:
    request = dataclasses.replace(requests.noise_request(FUNCTION, 2, {"threads": 2}), variants=(FUNCTION, TORCH))
    add(store, request, lambda entry: 2.0 if entry == FUNCTION else 4.0)
    assert measured.floor(store, WHERE) is None
    assert measured.all_floors(store) == []


def test_an_experiment_of_copies_is_a_race_of_equal_programs(store: Store) -> None:
    number = measure(store)
    report = reports.load(store, number)
    assert len(report.pairs) == 6
    found = report.floors[FUNCTION]
    assert measured.measured_by(store, number) == found
    assert (found.experiment_id, found.spread.rounds) == (number, 4)
    said = " ".join(report.beside)
    assert said.startswith(f"Noise floor: {floor_words.plus_minus(own_share(found.spread))}.")
    assert "these 4 copies" in said


def test_an_unknown_machine_has_no_command_of_its_own_circumstances() -> None:
    unknown = dataclasses.replace(where(threads=default_threads(), device="gpu", slice_ms=0), host=UNKNOWN)
    assert floor_words.command(unknown) == "python -m lenet noise --device gpu --slice-ms 0"
    assert floor_words.command(unknown, TORCH).startswith("python -m lenet noise --variant pytorch_eager")
    assert floor_words.command(unknown, FUNCTION) == floor_words.command(unknown)


# What is asked of a race


def test_the_request_races_copies_and_takes_settings() -> None:
    request = requests.noise_request(FUNCTION, 4, {"allocator": "steady", "batch_size": "256"})
    assert request.variants == (FUNCTION,) * 4
    assert (request.instrument, request.settings.allocator, request.settings.rounds) == ("noise", "steady", 4)
    assert request.settings.batches == 60_000 // 256
    assert requests.noise_request(FUNCTION, 4, {}).settings.batches == requests.NOISE_BATCHES
    assert instruments.subject(request) == "Noise floor: 4 copies of TensorFlow bare function"
    assert catalog.labels(request.variants)[-1] == f"{FUNCTION}~4"


@pytest.mark.parametrize(
    ("variant", "copies", "values", "says"),
    [(FUNCTION, 1, {}, "2 to 16 copies"), (FUNCTION, 17, {}, "2 to 16"), ("keras_ft", 4, {}, "did you mean"),
     (FUNCTION, 4, {"rounds": "0"}, "Rounds must be")],
)  # fmt: skip
def test_a_wrong_request_is_refused(variant: str, copies: int, values: dict[str, str], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        requests.noise_request(variant, copies, values)
