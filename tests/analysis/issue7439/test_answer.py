"""The answer to issue 7439 says what the stored experiments say, and changes when they do."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from lenet import catalog, requests
from lenet.analysis.issue7439 import answer as answers
from lenet.analysis.issue7439.answer import EVER, ORIGINAL, TODAY, Answer, Era
from lenet.analysis.issue7439.conclusion import REPORTED, Conclusion, conclude, factor, one_machine, recreated, standing
from lenet.analysis.issue7439.original import ORIGINALS
from lenet.cli.main import main
from lenet.records import Request
from lenet.settings import Settings
from lenet.store import Store
from tests.helpers import stored

OTHER = {**stored.MACHINE, "host": "another"}

WHERE = " (a test's, 2 threads on cpu, batch size 32)"
"""What a ratio holds for, as the headline says it."""
AT_EPOCHS = "but at each epoch's start Keras made 2 iterators over its data"
UNCOUNTED = "Whether anything is re-created on each batch has not been measured here yet."


def gathered(store: Store) -> Answer:
    return answers.gather(store, answers.choose(store))


def concluded(store: Store) -> Conclusion:
    return conclude(gathered(store))


def said(store: Store) -> str:
    found = concluded(store)
    return "\n".join((*found.race, *found.law, *found.ladder, *found.counts))


# Which experiments


def test_an_empty_store_has_no_answer_and_says_how_to_make_one(store: Store) -> None:
    answer = gathered(store)
    assert [part.report for side in answer for part in side.parts] == [None] * 10
    conclusion = conclude(answer)
    assert all("not been measured here yet" in sentence for sentence in conclusion.sentences)
    assert conclusion.race == (REPORTED,)
    assert not conclusion.law and not conclusion.ladder and not conclusion.counts


@pytest.mark.parametrize("era", answers.ERAS, ids=lambda era: era.name)
def test_the_commands_are_commands_and_make_what_is_wanted(era: Era) -> None:
    for part in answers.wanted(era):
        words = part.command.split()
        command: Any = main
        while words and words[0] in getattr(command, "commands", ()):
            command = command.commands[words.pop(0)]
        context = command.make_context("x", words)  # raises on an option or argument that it has not
        assert context.params
    race, law, ladder, counts, control = answers.wanted(era)
    preset = catalog.preset("issue7439")
    asked = Request(era.pair, Settings.parse(preset.settings))
    assert race.fits(_as_stored(asked)) and race.preferred(_as_stored(asked))
    assert law.fits(_as_stored(requests.law_request(era.pair, requests.BATCH_SIZES, {})))
    assert ladder.fits(_as_stored(requests.ladder_request(catalog.ladder(era.name), {})))
    counted = _as_stored(requests.counts_request((era.keras, era.control), {}))
    assert counts.fits(counted) and control.fits(counted) and not race.fits(counted)


def _as_stored(request: Request) -> Any:
    from tests.helpers.tapes import experiment

    return replace(experiment(request.variants), request=request)


def test_the_newest_finished_race_at_the_issues_settings_is_taken(store: Store) -> None:
    small: Any = {"settings": {"batch_size": 8, "images_per_epoch": 3200, "epochs": 1}}
    stored.add_race(store, TODAY, 3.0, 2.0)
    full = stored.add_race(store, TODAY, 3.0, 2.0)
    for _ in range(2):
        newest = stored.add_race(store, TODAY, 3.0, 2.0, **small)
    stored.add_race(store, TODAY, 3.0, 2.0, status="failed")
    store.add_experiment(Request(TODAY.pair, Settings.parse({})), "nobody:1:0")
    original = stored.add_race(store, ORIGINAL, 3.0, 2.0, **small)
    choice = answers.choose(store)
    assert (choice[0], choice[5]) == (original, full) and newest > full


def test_an_old_experiment_is_found_behind_many_others(store: Store) -> None:
    number = stored.add_race(store, TODAY, 3.0, 2.0)
    for _ in range(230):
        store.end_experiment(store.add_experiment(Request(("numpy_reference",), Settings()), "nobody:1:0"), "cancelled")
    assert answers.choose(store)[5] == number


def test_other_pairs_other_stacks_and_other_instruments_do_not_fit(store: Store) -> None:
    settings = Settings.parse({})
    for pair in (("keras_fit@tf216", "tensorflow_graph"), ("keras_fit+batch_size=8", "tensorflow_graph")):
        stored.add(store, Request(pair, settings), lambda entry: 2.0)
    stored.add(store, requests.law_request(("keras_fit", "jax_jit"), (1, 4, 16, 64), {}), lambda entry: 2.0)
    ladder = replace(catalog.ladder("today"), name="mine")
    stored.add_ladder(store, ladder)
    assert answers.choose(store) == (None,) * 10


# What it says


def test_everything_slower_and_nothing_re_created(store: Store) -> None:
    stored.add_everything(store)
    answer = gathered(store)
    assert [standing(side) for side in answer] == ["slower"] * 2
    assert [recreated(side) for side in answer] == [False] * 2
    conclusion = conclude(answer)
    assert conclusion.speed == f"Keras is slower than TensorFlow, {EVER}{WHERE}."
    assert conclusion.recreated == f"Nothing is re-created on each batch, {AT_EPOCHS}, then as now."
    assert conclusion.cause.startswith("On the versions of 2017 the largest causes of the gap are Progress bar (")
    assert "; on today's versions the largest causes of the gap are" in conclusion.cause
    assert conclusion.cause.endswith("at batch size 8.") and conclusion.cause.count("%") == 6
    text = said(store)
    assert "Keras 2 fit takes 1.5" in text and "Keras fit takes 1.2" in text
    assert "Since the versions of 2017 the factor has fallen from 1.5" in text
    assert text.count("more per batch") == 2 and text.count("a gap of 2,6") + text.count("a gap of 2,5") == 2
    assert text.count("No: over 40 batches") == 2 and text.count("do find out") == 2


@pytest.mark.parametrize(
    ("keras", "tensorflow", "headline", "sentence"),
    [
        (6.2, 4.0, "On today's versions Keras is slower than TensorFlow", "Keras fit takes 1.5"),
        (4.0, 6.2, "On today's versions Keras is faster than TensorFlow", "TensorFlow graph takes 1.5"),
        (4.0, 4.0, "On today's versions Keras and TensorFlow take equally long", "are equal within"),
    ],
)
def test_the_answer_follows_the_race(
    store: Store, keras: float, tensorflow: float, headline: str, sentence: str
) -> None:
    stored.add_race(store, TODAY, keras, tensorflow)
    assert concluded(store).speed == f"{headline}{WHERE}."
    assert "On today's versions, batch size 32: " in said(store) and sentence in said(store)
    found = factor(gathered(store)[1])
    assert found is not None and found.low < found.estimate < found.high
    assert found.estimate == pytest.approx(keras / tensorflow, rel=0.03)


def test_two_eras_that_disagree_are_told_apart(store: Store) -> None:
    stored.add_race(store, ORIGINAL, 6.2, 4.0)
    stored.add_race(store, TODAY, 4.0, 6.0)
    assert concluded(store).speed == (
        "On the versions of 2017 Keras is slower than TensorFlow; on today's versions Keras is faster than TensorFlow"
        f"{WHERE}."
    )
    assert "the factor has fallen from 1.5" in said(store)


def test_a_factor_that_has_risen_or_not_changed(store: Store) -> None:
    stored.add_race(store, ORIGINAL, 5.0, 4.0)
    stored.add_race(store, TODAY, 8.0, 4.0)
    assert "the factor has risen from 1.2" in said(store)
    stored.add_race(store, TODAY, 5.0, 4.0)
    assert "is not decided: the two intervals overlap" in said(store)


def test_two_machines_never_share_a_sentence(store: Store) -> None:
    stored.add_race(store, ORIGINAL, 6.0, 4.0)
    stored.add_race(store, TODAY, 5.0, 4.0, machine=OTHER)
    conclusion = concluded(store)
    assert conclusion.speed == (
        f"On the versions of 2017 Keras is slower than TensorFlow{WHERE}. "
        f"On today's versions Keras is slower than TensorFlow{WHERE}."
    )
    assert "not run on one machine" in said(store) and "fallen" not in said(store)
    old, new = gathered(store)
    assert one_machine(old.race, old.race) and not one_machine(old.race, new.race)


def test_a_machine_nobody_described_is_like_no_other(store: Store) -> None:
    for era in answers.ERAS:
        stored.add_race(store, era, 6.0, 4.0, machine={})
    old, new = gathered(store)
    assert not one_machine(old.race, new.race)
    assert EVER not in concluded(store).speed


def test_races_at_other_settings_are_not_set_against_each_other(store: Store) -> None:
    stored.add_race(store, ORIGINAL, 6.0, 4.0)
    stored.add_race(store, TODAY, 5.0, 4.0, settings={"batch_size": 8, "images_per_epoch": 3200})
    assert "had different settings" in said(store) and "fallen" not in said(store)


def test_a_pair_that_may_not_be_compared_says_why(store: Store) -> None:
    stored.add_race(store, TODAY, 6.0, 4.0, wrong=("keras_fit",))
    conclusion = concluded(store)
    assert "not been measured" in conclusion.speed
    assert "Keras fit is not equivalent to the reference" in said(store)
    assert factor(gathered(store)[1]) is None


def test_one_slice_gives_no_interval_and_no_verdict(store: Store) -> None:
    stored.add_race(store, TODAY, 6.0, 4.0)
    old, new = gathered(store)
    assert new.race.result
    pair = replace(new.race.result, low=math.nan, high=math.nan, different=None)
    unclear = (old, replace(new, race=replace(new.race, result=pair)))
    assert conclude(unclear).speed == (
        f"On today's versions it is not decided here yet whether Keras is slower than TensorFlow{WHERE}."
    )


@pytest.mark.parametrize(
    ("keras", "control", "headline", "sentence"),
    [
        (
            False,
            True,
            f"On today's versions nothing is re-created on each batch, {AT_EPOCHS}.",
            "The same counters do find out",
        ),
        (
            True,
            True,
            "On today's versions something is re-created on each batch.",
            "Yes: over 40 batches of 4 epochs Keras fit",
        ),
        (None, True, UNCOUNTED, "Cannot say"),
        (False, False, UNCOUNTED, "so that answer does not count"),
        (True, None, UNCOUNTED, "so that answer does not count"),
    ],
)
def test_the_answer_follows_the_counts(
    store: Store, keras: bool | None, control: bool | None, headline: str, sentence: str
) -> None:
    stored.add_counts(store, TODAY, keras, control)
    assert concluded(store).recreated == headline
    assert sentence in said(store)


@pytest.mark.parametrize(
    ("borders", "said"),
    [
        ([], "on each batch within an epoch."),
        ([0, 0, 0], "neither on each batch nor at an epoch's start."),
        ([3, 0, 0], "neither on each batch nor at an epoch's start."),
        ([0, 1, 1], "on each batch, but at each epoch's start Keras made 1 iterator over its data."),
    ],
    ids=["of one epoch", "nothing", "once", "at each"],
)
def test_the_answer_says_of_an_epochs_start_what_was_counted_of_it(store: Store, borders: list[int], said: str) -> None:
    evidence = stored.recreating(False)
    for count in evidence["counts"]:
        count["borders"] = borders if count["what"] == "iterators" else [0] * len(borders)
    request = requests.counts_request((TODAY.keras,), {})
    stored.add(store, request, lambda entry: 1.0, evidence={TODAY.keras: evidence})
    assert concluded(store).recreated.endswith(said)


def test_counts_without_a_control_say_so(store: Store) -> None:
    request = requests.counts_request((TODAY.keras,), {})
    stored.add(store, request, lambda entry: 1.0, evidence={TODAY.keras: stored.recreating(False)})
    assert "have not been shown a program yet that re-creates on purpose" in said(store)


def test_a_law_that_says_compute_or_does_not_hold(store: Store) -> None:
    era = TODAY
    stored.add_law(store, {era.keras: (0.5, 0.2), era.tensorflow: (0.5, 0.1)})
    assert "more per image" in said(store) and "it is overhead" not in said(store)
    stored.add_law(store, {era.keras: (1.5, 0.2), era.tensorflow: (0.5, 0.1)})
    assert "Of the gap at batch 32 the law gives 2" in said(store)  # 1.0 of 1.0 + 32 * 0.1 ms
    request = requests.law_request(era.pair, (1, 4, 16, 64), {"rounds": 3})
    kinked = {1: 1.0, 4: 5.0, 16: 1.0, 64: 5.0}
    stored.add(
        store, request, lambda entry: kinked[int(catalog.overrides(entry)["batch_size"])] if era.keras in entry else 1.0
    )
    assert (
        "is not a straight line" in said(store)
        and "no straight line holds" in said(store)
        and "to overhead" not in said(store)
    )


@pytest.mark.parametrize(
    ("keras", "law", "first", "told"),
    [
        (4.0, (2.0, 0.1), 3.0, ["faster by the race and slower by the law. "]),
        (6.0, (2.0, 0.1), 3.0, []),
        (4.0, (0.5, 0.02), 3.0, ["slower by the ladder and faster by the law"]),
        (4.0, (1.0, 0.1001), 1.0, []),
        (
            6.0,
            (0.5, 0.05),
            4.0,
            ["slower by the race and faster by the law", "slower by the ladder and faster by the law"],
        ),
    ],
)
def test_parts_that_disagree_are_told(
    store: Store, keras: float, law: tuple[float, float], first: float, told: list[str]
) -> None:
    """At batch size 32 by race and law, at 8 by ladder and law."""
    stored.add_race(store, TODAY, keras, 5.0)
    stored.add_law(store, {TODAY.keras: law, TODAY.tensorflow: (1.0, 0.1)})
    ladder = catalog.ladder("today")
    stored.add_ladder(store, ladder, stored.falling(ladder, first, 2.0))
    found = [sentence for sentence in concluded(store).race if "disagree" in sentence]
    assert " ".join(found).count("disagree") == len(told)
    for part in told:
        assert part in " ".join(found)


def test_a_ladder_without_a_gap_or_without_its_end(store: Store) -> None:
    ladder = catalog.ladder("today")
    stored.add_ladder(store, ladder, stored.falling(ladder, 2.0, 2.0))
    assert "no measurable gap" in said(store) and "largest cause" not in said(store).lower()
    assert concluded(store).cause == "On today's versions a ladder finds no measurable gap to split, at batch size 8."
    stored.add_ladder(store, ladder, wrong=(ladder.end,))
    assert "not equivalent to the reference" in said(store) and "largest cause" not in said(store).lower()


def test_the_original_figures_are_the_issues() -> None:
    assert [(o.seconds, o.reported) for o in ORIGINALS] == [(72, "72 s"), (163, "about 160 s")]
    assert "a factor of 2.26" in REPORTED
