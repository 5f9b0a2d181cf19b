"""How a ratio is read: three outcomes, digits that mislead nobody, and the same text everywhere."""

from __future__ import annotations

import math

import numpy as np
import pytest

from lenet.analysis import ranking, ratio_words, verdict
from lenet.analysis.ratio_words import DIFFERENT, EQUAL, UNDECIDED
from lenet.charts import ranking as charts
from lenet.views import race
from lenet.views import ranking as views
from tests.helpers import golden, tapes

NAN = math.nan


@pytest.mark.parametrize(
    ("low", "high", "different", "floor", "expected"),
    [
        (1.02, 1.04, True, NAN, DIFFERENT),
        (0.98, 1.03, False, NAN, EQUAL),
        (0.9524, 1.0499, False, NAN, EQUAL),
        (0.94, 1.03, False, NAN, UNDECIDED),
        (0.7, 332.0, False, NAN, UNDECIDED),
        (1.003, 1.007, False, 0.008, EQUAL),
        (1.02, 1.09, False, 0.12, UNDECIDED),
        (NAN, NAN, None, NAN, UNDECIDED),
    ],
)
def test_there_are_three_outcomes(low: float, high: float, different: bool | None, floor: float, expected: str) -> None:
    assert ratio_words.outcome(low, high, different=different, floor=floor) == expected


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ((15.3, 0.7, 332.4), "15 [0.7, 330]"),
        ((35.211, 0.786, 1577.605), "35 [0.79, 1,600]"),
        ((0.004, 0.0001, 0.02), "0.004 [0.0001, 0.02]"),
        ((1.9, 0.996, 40.0), "1.9 [0.996, 40]"),
        ((1.9, 1.0004, 40.0), "1.9 [1.0004, 40]"),
        ((1.2351, 1.2282, 1.2421), "1.235 [1.228, 1.242]"),
        ((1234.5, 1200.0, 1270.0), "1,234 [1,200, 1,270]"),
        ((1.2, NAN, NAN), "about 1.2"),
        ((NAN, NAN, NAN), "–"),
    ],
)
def test_no_figure_misleads(figures: tuple[float, float, float], said: str) -> None:
    assert ratio_words.text(*figures) == said


def test_no_ratio_reads_0_and_no_end_crosses_1() -> None:
    generator = np.random.default_rng(7439)
    for _ in range(3000):
        ratio = math.exp(generator.normal(0, 3))
        low, high = ratio / math.exp(generator.exponential(2)), ratio * math.exp(generator.exponential(2))
        texts = [text.replace(",", "") for text in ratio_words.rounded(ratio, low, high)]
        assert all(float(text) > 0 for text in texts)
        for text, end in ((texts[1], low), (texts[2], high)):
            if abs(end - 1) > 1e-4:
                assert (float(text) < 1) == (end < 1) and (float(text) > 1) == (end > 1), (text, end)


@pytest.mark.parametrize(("part", "said"), [(0.0166, "1.7 %"), (0.05, "5 %"), (0.0501, "5.1 %"), (0.0, "0.01 %")])
def test_a_bound_is_rounded_up(part: float, said: str) -> None:
    assert ratio_words.bound(part) == said


# Sentences on planted races


def planted(slow: list[float], fast: list[float], spread: float = 0.02) -> verdict.Pair:
    """A pair of races whose rounds have these times."""
    generator = np.random.default_rng(1)

    def slices(times: list[float]) -> dict[int, np.ndarray]:
        return {round: ms * generator.normal(1, spread, 40) for round, ms in enumerate(times, 1)}

    pair = verdict.compare("pytorch_eager", "keras_fit", slices(slow), slices(fast))
    assert pair is not None
    return pair


def test_two_noisy_rounds_decide_nothing_and_say_so() -> None:
    pair = planted([20.0, 90.0], [4.0, 2.0])
    assert pair.outcome == UNDECIDED and pair.different is False
    assert pair.verdict.startswith(
        "Undecided: PyTorch bare loop looks 15 times as slow as Keras fit, but 2 rounds allow "
    )
    assert "; race " in pair.verdict and pair.verdict.endswith(" rounds.")
    assert "No measurable difference" not in pair.verdict and " 0 " not in pair.verdict


def test_equal_programs_are_called_equal_with_a_bound() -> None:
    pair = planted([4.0, 4.02, 3.99, 4.01], [4.0, 4.0, 4.0, 4.0], 0.005)
    assert pair.outcome == EQUAL and "are equal within ±" in pair.verdict


def test_a_single_round_names_how_many_would_help() -> None:
    pair = planted([4.0], [4.0], 0.25)
    assert pair.verdict.startswith("Undecided: ") and "1 round allows" in pair.verdict
    assert pair.verdict.endswith("race 3 rounds.")


def test_the_advice_is_enough_where_rounds_go_on_as_they_did() -> None:
    """Five rounds that scatter by 4 % around 3 %: the number that is named decides in most of simulated races."""
    generator = np.random.default_rng(3)
    decided = 0
    named = ratio_words.rounds_to_decide(1.04, 1.04 * 1.08, 3)
    assert named is not None
    for _ in range(60):
        times = list(4.16 * np.exp(generator.normal(0, 0.025, named)))
        pair = planted(times, [4.0] * named, 0.01)
        decided += pair.outcome != UNDECIDED
    assert decided > 30


def test_headline_chart_and_table_say_one_ratio() -> None:
    report = tapes.race({"keras_fit": [tapes.raced([4.97 + 0.02 * n] * 420) for n in range(3)],
                         "tensorflow_graph": [tapes.raced([4.02] * 420)] * 3})  # fmt: skip
    (pair,) = report.pairs
    ratio = ratio_words.text(pair.ratio, pair.low, pair.high)
    placed = ranking.places(report, pair.fast)
    assert any(ratio in line for line in golden.Words(charts.html(placed, pair.fast)).lines)
    assert ratio in [cell for row in views.standing(placed).cells for cell in row]
    assert ratio.split(" ")[0] in pair.verdict and ratio.split(" ", 1)[1] in pair.verdict


def test_the_originals_figures_stand_beside_races_of_their_size_only() -> None:
    small = race.view(tapes.race({"keras_fit": [tapes.raced([4.0] * 420)] * 2}), ())
    blocks = [block for section in small.sections for block in section.blocks]
    chart = next(block.chart for block in blocks if block.alt.startswith("Total training time"))
    assert len(chart.data) == 1 and not any("2017" in note for block in blocks for note in block.notes)
