"""Why and next of a race: what is known, and what nobody has measured yet, each with a way to it."""

from __future__ import annotations

from lenet import catalog
from lenet.records import Request
from lenet.settings import Settings
from lenet.store import Store
from lenet.views import next_steps
from lenet.views import stored as views
from lenet.views.blocks import Block, View
from tests.helpers import stored

PAIR = ("tensorflow_function", "keras_fit")
MS = {"tensorflow_function": 4.0, "keras_fit": 5.0, "tensorflow_graph": 4.2}


def race(store: Store, names: tuple[str, ...] = PAIR, rounds: int = 3, **values: object) -> View:
    asked = Request(names, Settings.parse({"rounds": rounds, "threads": 2}))
    return views.load(store, stored.add(store, asked, MS, **values))  # type: ignore[arg-type]


def labels(block: Block | None) -> list[str]:
    assert block is not None
    return [step.label for step in block.steps]


def test_a_pair_with_a_ladder_is_offered_it_until_it_was_raced(store: Store) -> None:
    view = race(store)
    assert view.why is not None and view.why.sentences[0].startswith("Not measured yet. A ladder of 8 changes")
    first = view.why.steps[0]
    assert first.label.startswith("Find out (about ") and first.command == "python -m lenet why ladder today"
    assert dict(first.query) == {"section": "ladder", "left": "tensorflow_function", "right": "keras_fit"}
    ladder = catalog.ladder("today")
    number = stored.add_ladder(store, ladder, stored.falling(ladder, 4.2, 1.6))
    view = race(store)
    assert view.why is not None and view.why.chart is not None
    assert (
        "The largest causes: Progress bar" in view.why.sentences[1]
        and "batches of 8, 1 thread" in view.why.sentences[0]
    )
    assert view.why.steps[0].label == "Open the ladder" and view.why.steps[0].query["experiment"] == str(number)


def test_a_ladder_of_another_machine_says_nothing_of_this_one(store: Store) -> None:
    ladder = catalog.ladder("today")
    stored.add_ladder(store, ladder, machine={**stored.MACHINE, "host": "another"})
    assert labels(race(store).why)[0].startswith("Find out")


def test_a_pair_without_a_ladder_is_told_what_there_is_instead(store: Store) -> None:
    view = race(store, ("tensorflow_graph", "keras_fit"))
    assert view.why is not None and view.why.sentences[0].startswith("No ladder leads from one to the other.")
    assert labels(view.why) == ["Overhead or compute?", "Is anything re-created?", "Code of both"]
    assert view.why.steps[0].query["section"] == "law"
    law = stored.add_law(store, {"keras_fit": (1.6, 0.17), "tensorflow_graph": (0.4, 0.165)})
    view = race(store, ("tensorflow_graph", "keras_fit"))
    assert view.why is not None and view.why.steps[0].query["experiment"] == str(law)


def test_copies_of_one_program_have_no_why(store: Store) -> None:
    assert race(store, ("keras_fit", "keras_fit")).why is None


def test_what_is_undecided_is_offered_the_rounds_that_would_decide_it(store: Store) -> None:
    view = views.load(store, noisy(store))
    assert view.next is not None
    step = view.next.steps[0]
    assert step.request is not None and step.request.settings.rounds == 3 and "Race 3 rounds" in step.label
    assert "--rounds" not in step.command  # three are the usual
    assert view.headlines[0].startswith("Undecided: ") and "race 3 rounds" in view.headlines[0]
    assert labels(race(store).next)[0] == "Race again, changed"


def noisy(store: Store) -> int:
    """Two rounds that disagree: PyTorch looks 15 times slower, and nobody knows."""
    number = stored.begin(store, Request(("keras_fit", "pytorch_eager"), Settings.parse({"rounds": 2, "threads": 2})))
    for round, factor in ((1, 10.0), (2, 22.0)):
        for label, ms in (("keras_fit", 4.0), ("pytorch_eager", 4.0 * factor)):
            rows = stored.raced([ms] * stored.BATCHES, 25)
            stored._run(store, number, round, label, rows, {}, None)
    store.end_experiment(number, "finished")
    return number


def test_the_noise_floor_is_offered_under_the_races_own_circumstances_until_it_is_known(store: Store) -> None:
    asked = Request(PAIR, Settings.parse({"rounds": 3, "threads": 1, "allocator": "steady"}))
    view = views.load(store, stored.add(store, asked, MS))
    assert view.next is not None
    step = view.next.steps[-1]
    assert step.label.startswith("Measure the noise floor (about ") and step.request is not None
    assert step.command.startswith("python -m lenet noise") and "--allocator steady" in step.command
    assert (step.request.instrument, step.request.settings.allocator, step.request.settings.threads) == (
        "noise", "steady", 1,
    )  # fmt: skip
    stored.add(store, step.request, lambda entry: 4.0)
    view = views.load(store, stored.add(store, asked, MS))
    assert view.next is not None and "noise floor" not in " ".join(labels(view.next))


def test_the_command_of_a_race_asks_for_the_same() -> None:
    asked = Request(PAIR, Settings.parse({"rounds": 5, "precision": "2%", "threads": 3}))
    words = next_steps.command(asked).split()
    given = dict(zip(words[4::2], words[5::2], strict=True))
    values = {name.removeprefix("--").replace("-", "_"): value for name, value in given.items()}
    assert tuple(values.pop("variants").split(",")) == PAIR
    assert Settings.parse(values) == asked.settings
