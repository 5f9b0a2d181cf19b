"""What is said of experiments that did not come to their end: one sentence, what is known, and how to go on."""

from __future__ import annotations

from lenet import catalog
from lenet.analysis.issue7439 import answer as answers
from lenet.analysis.issue7439.answer import TODAY
from lenet.analysis.issue7439.conclusion import conclude
from lenet.records import Request
from lenet.settings import Settings
from lenet.store import Store
from lenet.views import stored as views
from tests.helpers import stored
from tests.helpers.tapes import raced
from tests.pages.test_pages import a_server_that_has_run, fresh_streamlit, open_page, service, texts

__all__ = ["a_server_that_has_run", "fresh_streamlit", "service"]


def stopped_ladder(store: Store) -> int:
    """A ladder of which only the start had finished when it was stopped."""
    ladder = catalog.ladder("today")
    lost = tuple(label for label in catalog.labels([*ladder.entries, ladder.start]) if label != ladder.start)
    return stored.add_ladder(store, ladder, failed=lost, status="cancelled")


def test_a_stopped_ladder_is_one_sentence_and_one_folded_table(store: Store) -> None:
    view = views.load(store, stopped_ladder(store))
    assert view.headlines == (
        "Keras fit and TensorFlow bare function have not both finished a round, so there is no gap to split yet.",
    )
    assert len(view.points) == 1 and "the runs that did not finish say why" in view.points[0]
    (section,) = view.sections
    said, table, *logs = section.blocks
    assert said.failures == ("48 runs: 48 crashed.",) and said.table is None
    assert table.folded and table.table is not None and len(table.table.cells) == 48 and len(logs) <= 3


def test_a_stopped_ladder_on_its_page_has_no_wall_of_boxes_and_can_be_run_again(service) -> None:  # type: ignore[no-untyped-def]
    number = stopped_ladder(service.store)
    page = open_page("pages/why.py", experiment=str(number))
    assert not page.exception and len(page.error) == 1
    page.button(key="again").click().run()
    assert not page.exception and service.submitted == [service.store.experiment(number).request]


def test_few_failures_stand_one_by_one_with_their_logs(store: Store) -> None:
    number = stored.add_race(store, TODAY, 6.0, 4.0, failed=(TODAY.keras,), status="failed")
    (*_, section) = views.load(store, number).sections
    assert [block.failures[0].split(":")[0] for block in section.blocks] == [f"Round {n}, Keras fit" for n in (1, 2, 3)]


def test_what_has_finished_needs_no_second_run(service) -> None:  # type: ignore[no-untyped-def]
    number = stored.add_race(service.store, TODAY, 6.0, 4.0)
    page = open_page("pages/race.py", experiment=str(number))
    assert not page.exception and not [button for button in page.button if button.key == "again"]


def test_a_cancelled_race_never_shows_the_originals_seconds_alone(service) -> None:  # type: ignore[no-untyped-def]
    asked = Request(TODAY.pair, Settings.parse({"epochs": 12, "rounds": 3, "threads": 2}))
    number = stored.begin(service.store, asked)
    service.store.end_experiment(number, "cancelled", "It was stopped.")
    page = open_page("pages/results.py", experiment=str(number))
    assert not page.exception and not page.get("plotly_chart") and "72 s" not in texts(page)


# A quick look must not set the headline of the answer


def quick_look(store: Store, keras: float, scatter: float) -> None:
    """Two rounds whose ratios lie `scatter` apart, as at a high load."""
    asked = Request(TODAY.pair, Settings.parse({"rounds": 2, "images_per_epoch": 32 * stored.BATCHES, "threads": 2}))
    number = stored.begin(store, asked)
    for round in (1, 2):
        times = {TODAY.tensorflow: 4.0, TODAY.keras: keras * (1 + scatter * (2 * round - 3))}
        for label in TODAY.pair:
            stored._run(store, number, round, label, raced([times[label]] * stored.BATCHES, 25), {}, None)
    store.end_experiment(number, "finished")


def headline(store: Store) -> str:
    return conclude(answers.gather(store, answers.choose(store))).speed


def test_a_quick_look_at_a_high_load_decides_nothing(store: Store) -> None:
    quick_look(store, 4.2, 0.2)
    assert headline(store) == (
        "On today's versions it is not decided here yet whether Keras is slower than TensorFlow "
        "(a test's, 2 threads on cpu, batch size 32)."
    )


def test_a_race_of_full_size_decides_and_names_where(store: Store) -> None:
    stored.add_race(store, TODAY, 6.2, 4.0)
    assert headline(store) == (
        "On today's versions Keras is slower than TensorFlow (a test's, 2 threads on cpu, batch size 32)."
    )
