"""Ladders whose causes are known: the bars find them, add up, and find nothing where nothing is."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lenet.analysis.intervals import interval
from lenet.analysis.why import label_times, ladder, ladder_steps, ladder_words
from lenet.analysis.why.ladder_steps import Step
from lenet.catalog import Change, Ladder
from lenet.charts.waterfall import COSTS, GAP, INTERACTION, NO_EFFECT, SAVES, _folded, gap, waterfall
from tests.helpers.simulated import noisy, report
from tests.helpers.tapes import race, raced

START, END, COPY = "keras_fit", "tensorflow_function", "keras_fit~2"
TITLES = ("Progress bar", "Shuffle", "Metrics", "One-hot labels")
EFFECTS = (200.0, 0.0, 120.0, -60.0)
SLOW = 2000.0
RACES = 100
# Coverage of 95 % over RACES races has a standard error of 2.2 %.
FEWEST = 0.95 - 3 * 0.022


def path(backward: bool = True) -> Ladder:
    after = ("after1", "after2", "after3", END)
    without = ("without1", "without2", "without3", "") if backward else ("",) * 4
    changes = tuple(Change(*parts) for parts in zip(TITLES, after, without, strict=True))
    return Ladder("today", "Today", START, changes)


WALK = path()


def truth(effects=EFFECTS, shared: float = 0.0, overlap=(0, 2), walk: Ladder = WALK, copy: bool = True):
    """True times: each change saves its effect, and two that overlap `shared` once both are made."""

    def time(made: set[int]) -> float:
        return SLOW - sum(effects[k] for k in made) - shared * (set(overlap) <= made)

    count = len(effects)
    times = {entry: time(set(range(k))) for k, entry in enumerate(walk.forward())}
    times |= {entry: time(set(range(k, count))) for k, entry in enumerate(walk.backward() or [])}
    return times | ({COPY: times[START]} if copy else {})


def climb(times, seed: int = 1, walk: Ladder = WALK, **noise):
    generator = np.random.default_rng(seed)
    return ladder.build(report(noisy(times, generator, slices=12, **noise)), walk)


def exact(times, walk: Ladder = WALK, rounds: int = 3, **missing):
    """The climb of a race without noise."""
    return ladder.build(report({e: np.full((rounds, 6), t) for e, t in times.items()}, **missing), walk)


# The bars


def test_a_race_without_noise_gives_the_planted_causes() -> None:
    found = exact(truth())
    assert [bar.effect.estimate for bar in found.bars] == pytest.approx([*EFFECTS, 0], abs=1e-9)
    assert [bar.measurable for bar in found.bars] == [True, False, True, True, False]
    assert [bar.forward.estimate for bar in found.bars[:-1]] == pytest.approx(EFFECTS, abs=1e-9)
    assert [bar.backward.estimate for bar in found.bars[:-1]] == pytest.approx(EFFECTS, abs=1e-9)
    assert (found.slow.estimate, found.fast.estimate) == pytest.approx((2000, 1740))
    assert found.gap.estimate == pytest.approx(260)
    assert found.named.estimate == pytest.approx(1) and found.together is None
    assert [bar.share.estimate for bar in found.bars] == pytest.approx([200 / 260, 0, 120 / 260, -60 / 260, 0])
    assert [(bar.before, bar.after) for bar in found.bars[:2]] == [(START, "after1"), ("after1", "after2")]


def test_two_changes_that_overlap_share_an_interaction() -> None:
    # Once the first is made, the third saves 80 more; on the way back it is the first that does.
    found = exact(truth(shared=80))
    first, third, both = found.bars[0], found.bars[2], found.bars[-1]
    assert (first.forward.estimate, first.backward.estimate) == pytest.approx((200, 280))
    assert (third.forward.estimate, third.backward.estimate) == pytest.approx((200, 120))
    assert [bar.effect.estimate for bar in found.bars] == pytest.approx([200, 0, 120, -60, 80], abs=1e-9)
    assert (both.kind, both.changes, both.measurable) == ("interaction", (0, 2), True)
    assert found.named.estimate == pytest.approx(260 / 340)
    assert any("The order matters for 80.000 µs" in sentence for sentence in ladder_words.sentences(found))
    assert [of.estimate for of in found.together] == pytest.approx([200 + 120 + 80, 400 / 340])
    (said,) = [sentence for sentence in ladder_words.sentences(found) if "With it they are 400.000 µs" in sentence]
    assert ", 118 % [" in said and said.endswith(" of the gap.")
    assert "All changes together, measurable or not, are 76 % [" in " ".join(ladder_words.sentences(found))


def test_a_change_whose_sign_depends_on_the_order_has_nothing_of_its_own() -> None:
    found = exact(truth((-50, 0, 120, 30), shared=100))
    assert (found.bars[0].forward.estimate, found.bars[0].backward.estimate) == pytest.approx((-50, 50))
    assert found.bars[0].effect.estimate == 0
    assert not found.bars[0].measurable
    assert sum(bar.effect.estimate for bar in found.bars) == pytest.approx(found.gap.estimate, abs=1e-9)


@pytest.mark.parametrize("shared", [0.0, 150.0])
@pytest.mark.parametrize("seed", range(4))
def test_the_bars_add_up_exactly(shared: float, seed: int) -> None:
    found = climb(truth(shared=shared), seed, drift=0.1, bursts=0.05)
    assert sum(bar.effect.estimate for bar in found.bars) == pytest.approx(found.gap.estimate, abs=1e-9)
    assert found.slow.estimate - found.fast.estimate == pytest.approx(found.gap.estimate, abs=1e-9)


def test_an_interaction_is_found_in_noise() -> None:
    found = [climb(truth(shared=150), seed) for seed in range(20)]
    assert sum(one.bars[-1].measurable for one in found) >= 18
    assert np.mean([one.bars[-1].effect.estimate for one in found]) == pytest.approx(150, rel=0.15)
    assert np.mean([one.bars[0].effect.estimate for one in found]) == pytest.approx(200, rel=0.1)


def test_a_wrong_sign_of_the_backward_walk_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Step.backward
    monkeypatch.setattr(Step, "backward", lambda step, label_times: -right(step, label_times))
    found = exact(truth())
    assert found.bars[0].effect.estimate == 0
    assert found.bars[-1].measurable


# How sure


@pytest.mark.parametrize("noise", [{}, {"drift": 0.1, "bursts": 0.03}, {"rounds": 3, "lottery": 0.02}])
def test_intervals_keep_their_word_and_nothing_is_found_where_nothing_is(noise) -> None:
    covered, gaps, alarms, seen, interactions = [], [], [], [], []
    for seed in range(RACES):
        found = climb(truth(), seed, **noise)
        effects = zip(found.bars, EFFECTS, strict=False)
        covered += [bar.effect.low <= effect <= bar.effect.high for bar, effect in effects]
        gaps.append(found.gap.low <= sum(EFFECTS) <= found.gap.high)
        alarms.append(found.bars[1].measurable)
        seen.append(found.bars[0].measurable)
        interactions.append(found.bars[-1].measurable)
    assert np.mean(covered) >= 0.93
    assert np.mean(gaps) >= FEWEST
    assert np.mean(alarms) <= 0.05
    assert np.mean(interactions) <= 0.08
    assert np.mean(seen) >= 0.85


def test_a_ladder_without_any_effect_rarely_shows_one() -> None:
    alarms = [any(bar.measurable for bar in climb(truth((0.0,) * 4), seed).bars) for seed in range(RACES)]
    # One of 20 ladders may, with a standard error of 2.2 %.
    assert np.mean(alarms) <= 0.05 + 2 * 0.022


def test_each_bar_by_its_own_interval_would_show_effects_that_are_not_there() -> None:
    """The control for the check above: what it asks for is not to be had from intervals alone."""
    found = [climb(truth((0.0,) * 4), seed).bars[:-1] for seed in range(60)]
    assert np.mean([any(bar.effect.low > 0 or bar.effect.high < 0 for bar in bars) for bars in found]) > 0.09


def test_a_share_has_an_interval_that_holds_the_true_one_as_often_as_it_says() -> None:
    true = EFFECTS[0] / sum(EFFECTS)
    found = [climb(truth(), seed, rounds=5).bars[0].share for seed in range(RACES)]
    held = np.mean([share.low <= true <= share.high for share in found])
    assert held > 0.95 - 2 * 0.022
    assert np.median([share.high - share.low for share in found]) < 0.5
    # In one race of few rounds it is wide, and the largest of several shares is no better than the others.
    assert all(share.low < share.estimate < share.high for share in found)


def test_what_is_not_measurable_is_at_most_what_its_interval_reaches() -> None:
    for seed in range(5):
        found = climb(truth(), seed)
        shuffle = found.bars[1]
        reach = max(abs(shuffle.effect.low), abs(shuffle.effect.high))
        assert ladder_words.at_most(shuffle.effect) == f"at most {reach:,.0f} µs"


def test_what_the_start_differs_from_its_copy_is_the_floor() -> None:
    times = truth()
    assert exact(times).bars[3].measurable
    loud = exact(times | {COPY: SLOW + 70})
    assert loud.floor.estimate == pytest.approx(-70)
    assert [bar.measurable for bar in loud.bars] == [True, False, True, False, False]
    assert exact(truth(copy=False)).floor is None


def test_the_machine_s_wandering_speed_cancels() -> None:
    quiet, wandering = (
        np.median(
            [bar.effect.high - bar.effect.low for seed in range(15) for bar in climb(truth(), seed, **n).bars[:-1]]
        )
        for n in ({"drift": 0.0}, {"drift": 0.2})
    )
    assert wandering < 1.5 * quiet


def test_levels_count_slices_where_processes_agree_by_luck() -> None:
    table = np.random.default_rng(3).normal(1000, 20, 15)
    found = label_times.build(report({"a": np.array([table, table]), "b": np.full((2, 15), 900.0)}), ["a", "b"])
    own = interval([table, table])
    gap = found.sum(found.unit("a") - found.unit("b"))
    assert gap.estimate == pytest.approx(own.estimate - 900, rel=0.01)
    assert gap.high - gap.low > 0.3 * (own.high - own.low)


# Holes


def test_a_missing_state_puts_its_neighbours_together() -> None:
    found = exact(
        truth(), hindrances={"after2": "After 2 has no finished run (3 crashed), so its time is not compared."}
    )
    assert [bar.title for bar in found.bars] == [
        "Progress bar", "Shuffle and Metrics together", "One-hot labels", "Interaction",
    ]  # fmt: skip
    assert [bar.changes for bar in found.bars] == [(0,), (1, 2), (3,), ()]
    assert [bar.effect.estimate for bar in found.bars] == pytest.approx([200, 120, -60, 0], abs=1e-9)
    assert found.missing[0].startswith("After 2 has no finished run")
    assert ladder_words.sentences(found)[-1] == found.missing[0]


def test_several_holes_in_both_walks() -> None:
    reasons = {"after1": "A.", "without2": "B."}
    found = exact(truth(shared=40), hindrances=reasons)
    assert [bar.changes for bar in found.bars[:-1]] == [(0, 1, 2), (3,)]
    assert found.bars[0].title == "Progress bar, Shuffle and Metrics together"
    assert sum(bar.effect.estimate for bar in found.bars) == pytest.approx(found.gap.estimate, abs=1e-9)
    assert found.missing == ("A.", "B.")


@pytest.mark.parametrize("end", [START, END])
def test_without_an_end_there_is_no_gap(end: str) -> None:
    found = exact(truth(), hindrances={end: "It has no finished run."})
    assert found.bars == ()
    assert np.isnan(found.gap.estimate)
    assert np.isnan(found.named.estimate)
    assert ladder_words.sentences(found)[-1] == "It has no finished run."
    assert len(waterfall(found).data) == 0


def test_a_run_that_crashed_costs_its_round_but_one_that_crashed_often_is_left_out() -> None:
    times = {entry: np.full((4, 6), time) for entry, time in truth().items()}
    once = ladder.build(report(times, lost=[("after2", 1)]), WALK)
    assert (once.gap.rounds, len(once.bars)) == (3, 5)
    often = ladder.build(report(times, lost=[("after2", number) for number in (1, 2, 3)]), WALK)
    assert (often.gap.rounds, len(often.bars)) == (4, 4)
    assert "finished in only 1 of the rounds" in often.missing[0]


def test_a_ladder_walked_forward_only_has_no_interaction() -> None:
    walk = path(backward=False)
    found = exact(truth(shared=80, walk=walk), walk)
    assert [bar.kind for bar in found.bars] == ["change"] * 4
    assert [bar.effect.estimate for bar in found.bars] == pytest.approx([200, 0, 200, -60], abs=1e-9)
    assert {bar.backward for bar in found.bars} == {None}
    assert any("one order only" in sentence for sentence in ladder_words.sentences(found))


def test_one_round_says_so_and_one_slice_gives_no_interval() -> None:
    found = climb(truth(), rounds=1)
    assert found.gap.low < found.gap.estimate < found.gap.high
    assert any(sentence.startswith("One round:") for sentence in ladder_words.sentences(found))
    bare = ladder.build(report({e: np.full((1, 1), t) for e, t in truth().items()}), WALK)
    assert "no interval" in ladder_words.sentences(bare)[0]
    assert not any(bar.measurable for bar in bare.bars)
    assert len(waterfall(bare).data) > 0


# Words


def test_the_climb_in_words() -> None:
    said = ladder_words.sentences(climb(truth()))
    assert said[0].startswith("Keras fit takes 2,0") or said[0].startswith("Keras fit takes 1,9")
    assert " µs per batch and TensorFlow bare function 1,7" in said[0]
    assert ": a gap of 2" in said[0]
    assert said[1].startswith("The largest causes: Progress bar ")
    assert "]), Metrics " in said[1]
    assert said[2].startswith("Against it: without One-hot labels it is slower by ")
    assert said[3].startswith("The order in which the changes are made")
    assert said[4].startswith("No measurable effect: Shuffle (at most ") and said[4].endswith(" µs).")


def test_a_start_that_is_the_faster_one_and_a_gap_that_is_none() -> None:
    faster = exact(truth((-100.0, 0.0, -50.0, 30.0)))
    assert "Keras fit is the faster one by 120" in ladder_words.sentences(faster)[0]
    assert faster.named.estimate == pytest.approx(1)
    assert ladder_words.sentences(faster)[2].startswith("Against it: without One-hot labels it is faster by 30")
    none = climb(truth((0.0,) * 4))
    assert "no measurable gap" in ladder_words.sentences(none)[0]
    assert np.isnan(none.named.estimate) and np.isnan(none.bars[0].share.estimate)


def test_from_tapes_through_the_report() -> None:
    walk = Ladder("one", "One", START, (Change("Everything", END),))
    found = ladder.build(race({START: [raced([2.0] * 420)] * 3, END: [raced([1.5] * 420)] * 3}), walk)
    assert (found.gap.estimate, found.gap.low, found.gap.high) == pytest.approx((500, 500, 500))
    assert [bar.title for bar in found.bars] == ["Everything"]


# The chart


def test_the_waterfall_goes_down_from_one_program_to_the_other() -> None:
    found = exact(truth(shared=80))
    chart = waterfall(found)
    programs, floating = (trace for trace in chart.data if trace.type == "bar")
    assert list(programs.x) == pytest.approx([2000, 1660])
    assert list(floating.customdata) == [0, 2, 3, 4]
    assert list(floating.base) == pytest.approx([2000, 1800, 1680, 1740])
    assert list(floating.x) == pytest.approx([-200, -120, 60, -80])
    assert list(floating.marker.color) == [SAVES, SAVES, COSTS, INTERACTION]
    assert list(floating.marker.pattern.shape) == ["", "", "", "/"]
    assert floating.base[-1] + floating.x[-1] == pytest.approx(programs.x[1])
    labels = [
        text.strip() for trace in chart.data if trace.type == "scatter" and trace.mode == "text" for text in trace.text
    ]
    assert labels == ["2,000 µs", "1,660 µs", "−200 µs", f"no measurable{GAP}<br>effect", "−120 µs", "+60 µs", "−80 µs"]
    marks = [trace for trace in chart.data if trace.type == "scatter" and trace.mode == "markers"]
    assert [trace.customdata[0] for trace in marks if trace.customdata is not None] == [0, 1, 2, 3, 4]
    assert [trace.name for trace in marks if trace.showlegend] == ["saves time", "costs time", "depends on the order"]
    assert all(trace.unselected.marker.opacity == 1 for trace in (programs, floating)), "a click dims nothing"
    assert list(chart.layout.yaxis.ticktext)[1:5] == list(TITLES)


def test_the_gap_alone_adds_up_from_0_and_says_each_part() -> None:
    found = exact(truth(shared=80))
    chart = gap(found)
    parts = [float(trace.x[0]) for trace in chart.data]
    assert sum(parts) == pytest.approx(found.gap.estimate) == pytest.approx(340)
    assert parts[:-1] == pytest.approx([200, 120, -60, 80]) and chart.layout.barmode == "relative"
    assert [trace.name for trace in chart.data][-1] == NO_EFFECT


def test_the_chosen_bar_has_a_frame() -> None:
    found = exact(truth(shared=80))
    assert not waterfall(found).layout.shapes
    (frame,) = waterfall(found, 2).layout.shapes
    assert frame.y0 < 3 < frame.y1 < 4 and frame.fillcolor == "rgba(0,0,0,0)"


def test_words_without_a_bar_stand_on_the_side_that_has_room() -> None:
    # The first two changes do nothing, at the far end of the axis; so does the last, at its beginning.
    chart = waterfall(exact(truth((0.0, 0.0, 1900.0, 0.0), shared=0)))
    (words,) = (trace for trace in chart.data if trace.type == "scatter" and len(trace.text or ()) == 5)
    assert list(words.textposition) == ["middle left"] * 2 + ["middle right"] * 3
    assert NO_EFFECT.split()[0] in words.text[0] and "µs" in words.text[2]


def test_a_bar_is_as_thick_as_its_row_however_few_there_are() -> None:
    """Plotly would make two bars ten rows apart ten rows thick."""
    for effects in (EFFECTS, (0.0, 0.0, 120.0, 0.0)):
        chart = waterfall(exact(truth(effects)))
        bars = [trace for trace in chart.data if trace.type == "bar"]
        assert len(bars) == 2 and all(trace.width < 1 for trace in bars) and chart.layout.barmode == "overlay"


def test_what_is_shown_ends_behind_the_widest_interval() -> None:
    found = exact(truth())
    wide = dataclasses.replace(found, slow=dataclasses.replace(found.slow, low=1000.0, high=3000.0))
    assert waterfall(wide).layout.xaxis.range[1] > 3000 + 0.2 * 3000


@pytest.mark.parametrize(
    "title", ["Bar", "Keras layers and loss", "Scan of the variables and Timing of callbacks together"]
)
def test_a_title_stands_on_two_lines_at_most(title: str) -> None:
    lines = _folded(title).split("<br>")
    assert len(lines) <= 2 and " ".join(lines) == title


def test_a_small_gap_is_not_a_sliver() -> None:
    low, high = waterfall(exact(truth((20.0, 0.0, 10.0, 0.0)))).layout.xaxis.range
    assert low > 1800
    assert high > SLOW
    assert waterfall(exact(truth((900.0, 0.0, 10.0, 0.0)))).layout.xaxis.range[0] == 0


def test_words_of_several_titles() -> None:
    assert ladder_steps.together(["A"]) == "A"
    assert ladder_steps.together(["A", "B", "C"]) == "A, B and C together"


def test_results_do_not_depend_on_when_they_are_built() -> None:
    label_times._resamples.cache_clear()
    once = climb(truth(), 3)
    label_times._resamples.cache_clear()
    assert dataclasses.asdict(once) == dataclasses.asdict(climb(truth(), 3))
