"""The History page: it finds, shows and changes what the store has, and shows the shell's figures."""

from __future__ import annotations

import importlib

import pytest

from lenet.analysis.across import figures
from lenet.analysis.issue7439.answer import ORIGINAL, TODAY
from lenet.exchange import as_parquet, gather
from lenet.records import Annotation, Filter
from lenet.settings import Settings
from lenet.views import trend as views
from pages.parts import blocks
from tests.analysis.across import test_history
from tests.analysis.across.test_history import NEW, SETTINGS, add, add_regression, only
from tests.document.test_document import HOSTILE
from tests.helpers import stored
from tests.pages import test_pages
from tests.pages.test_pages import open_page, texts

PATH = "pages/history.py"
a_server_that_has_run = test_pages.a_server_that_has_run
fresh_streamlit = test_pages.fresh_streamlit
service = test_pages.service
shell = test_history.shell


@pytest.fixture(autouse=True)
def time_to_read(fresh_streamlit, monkeypatch):
    """A view reads for a moment only; on a slow machine that is not enough for what these tests store."""
    # By its module as it is imported now: the package may still hold that of an earlier test.
    monkeypatch.setattr(importlib.import_module("pages.parts.history.trend"), "READING", 60.0)


@pytest.fixture
def store(service):
    return service.store


def clean(page):
    assert not page.exception, page.exception
    assert not page.error, [error.value for error in page.error]
    return page


def listed(page):
    return list(page.dataframe[0].value["ID"])


def test_an_empty_history_says_how_to_fill_it(store):
    page = clean(open_page(PATH))
    assert "There is no experiment yet" in texts(page)
    assert not page.dataframe


def test_it_lists_every_experiment_newest_first(store):
    numbers = [add(store), stored.add_counts(store, TODAY, False), add(store)]
    store.annotate(numbers[0], Annotation("The first", "a note", ("one", "two")))
    page = clean(open_page(PATH))
    assert listed(page) == numbers[::-1]
    assert page.dataframe[0].value.iloc[-1][["Title", "Tags", "Note", "Kind", "Machine"]].tolist() == [
        "The first", "one, two", "a note", "race", "one",
    ]  # fmt: skip
    assert "3 experiments fit" in texts(page)


@pytest.mark.parametrize(
    "address",
    [{"host": "two"}, {"text": "special"}, {"tag": "nightly"}, {"version": "tensorflow 2.21"}, {"variant": "keras_fit"},
     {"instrument": "race", "submitter": "local", "stack": "main", "host": "two"}],
    ids=lambda address: "-".join(address),
)  # fmt: skip
def test_the_address_holds_the_filter_and_a_widget_shows_it(store, address):
    stored.add_counts(store, ORIGINAL, False, machine={**stored.MACHINE, "host": "one"})
    wanted = add(store, machine={**stored.MACHINE, "host": "two"}, packages=NEW)
    store.annotate(wanted, Annotation("Something special", "", ("nightly",)))
    page = clean(open_page(PATH, **address))
    assert listed(page) == [wanted]
    for name, value in address.items():
        assert page.session_state[f"history_{name}"] == value


def test_a_widget_changes_the_address_and_the_list(store):
    one, two = (add(store, machine={**stored.MACHINE, "host": host}) for host in ("one", "two"))
    page = clean(open_page(PATH))
    assert listed(page) == [two, one]
    clean(page.selectbox(key="history_host").set_value("one").run())
    assert listed(page) == [one] and page.query_params["host"] in ("one", ["one"])
    clean(page.text_input(key="history_text").set_value("nothing like it").run())
    assert "No experiment fits" in texts(page) and not page.get("plotly_chart")
    clean(page.text_input(key="history_text").set_value("").run())
    clean(page.selectbox(key="history_host").set_value("").run())
    assert listed(page) == [two, one] and "host" not in page.query_params


@pytest.mark.parametrize("address", [{"since": "soon"}, {"instrument": "raec"}, {"chosen": "x"}, {"before": "-1"}])
def test_an_address_that_means_nothing_is_one_sentence(store, address):
    add(store)
    page = open_page(PATH, **address)
    assert not page.exception and len(page.error) == 1


def test_an_address_that_names_what_is_deleted_shows_the_rest(store):
    gone, there = add(store), add(store)
    store.delete(gone)
    page = open_page(PATH, chosen=f"{gone},{there}")
    assert not page.exception and f"There is no experiment {gone}" in page.error[0].value
    assert listed(page) == [there] and page.session_state["history_chosen"] == [there]


def test_pages_of_the_list(store, monkeypatch):
    numbers = [add(store) for _ in range(5)]
    page = open_page(PATH)
    monkeypatch.setattr("pages.parts.history.filters.PAGE", 2)
    clean(page.run())
    seen = [listed(page)]
    for _ in range(2):
        clean(page.button(key="history_older").click().run())
        seen.append(listed(page))
    assert seen == [numbers[:2:-1], numbers[2:0:-1], numbers[:1]]
    clean(page.button(key="history_newest").click().run())
    assert listed(page) == seen[0]


# Trend


def test_the_trend_shows_the_figures_of_the_shell_to_the_digit(store):
    numbers = add_regression(store)
    figures.fill(store)
    page = clean(open_page(PATH, variant="keras_fit"))
    found = only(store)
    (mark,) = found.marks
    assert mark.experiment_id == numbers[test_history.BEFORE]
    assert page.dataframe[1].value.equals(blocks.frame(views.points(found)))
    assert mark.sentence.replace("[", "\\[").split(" on (")[0] in texts(page)
    assert "tensorflow: 2.20.0 before, 2.21.0 after." in texts(page).replace("\\", "")
    assert len(page.get("plotly_chart")) == 1


def test_a_trend_is_whole_whatever_page_of_the_list_is_open(store):
    numbers = [add(store) for _ in range(3)]
    page = clean(open_page(PATH, variant="keras_fit", before=str(numbers[1])))
    assert listed(page) == numbers[:1] and len(page.dataframe[1].value) == 3


def forget(store, *numbers):
    for number in numbers:
        store.put_figures(number, [], 0)


def test_figures_that_are_missing_are_read_while_the_page_is_open(store, monkeypatch):
    for _ in range(4):
        add(store)
    page = open_page(PATH)
    monkeypatch.setattr("pages.parts.history.trend.READING", 0.0)
    monkeypatch.setattr("pages.parts.history.trend.STEP", 0.0)
    forget(store, 1, 2, 3, 4)
    clean(page.run())
    assert "2 older experiments are not read yet" in texts(page), "one by the view, one by the first step"
    clean(page.run())
    clean(page.run())
    assert "not read yet" not in texts(page) and len(store.figures(Filter(variant="keras_fit"))) == 4


def test_nothing_is_read_beside_a_race_unless_it_is_asked_for(service, monkeypatch):
    for _ in range(3):
        add(service.store)
    page = open_page(PATH)
    monkeypatch.setattr("pages.parts.history.trend.READING", 0.0)
    forget(service.store, 1, 2, 3)
    test_pages.add_running(service)
    clean(page.run())
    assert "2 older experiments are not read yet and missing here; a race runs" in texts(page)
    clean(page.button(key="history_read").click().run())
    assert "not read yet" not in texts(page)


def test_a_series_is_chosen_by_the_address_and_never_mixed(store):
    for threads in (1, 1, 2):
        add(store, settings=Settings.parse({**SETTINGS.as_dict(), "threads": threads}))
    figures.fill(store)
    key = list(store.circumstances("keras_fit"))[1]
    page = clean(open_page(PATH, variant="keras_fit", series=key))
    assert len(page.dataframe[1].value) == 1
    clean(page.selectbox(key="history_series").set_value(list(store.circumstances("keras_fit"))[0]).run())
    assert len(page.dataframe[1].value) == 2


# What may be done with those that are chosen


def test_one_is_renamed_noted_and_tagged(store):
    number = add(store)
    page = clean(open_page(PATH, chosen=str(number)))
    field = next(field for field in page.text_input if field.label == "Title")
    field.set_value("  A  title ")
    next(field for field in page.text_area if field.label == "Note").set_value("What I saw")
    clean(next(button for button in page.button if button.label == "Save").click().run())
    assert store.annotation(number) == Annotation("A title", "What I saw", ())
    assert page.dataframe[0].value["Title"].tolist() == ["A title"]


def test_hostile_words_are_words(store):
    number = add(store, machine={**stored.MACHINE, "host": HOSTILE})
    store.annotate(number, Annotation(HOSTILE[:200], HOSTILE, (HOSTILE[:50],)))
    figures.fill(store)
    page = clean(open_page(PATH, chosen=str(number), variant="keras_fit"))
    assert not any(element.allow_html for element in page.markdown)


def test_delete_asks_and_then_it_is_gone(store):
    keep, gone = add(store), add(store)
    page = clean(open_page(PATH, chosen=str(gone)))
    assert "This cannot be undone" in texts(page) and len(store.experiments()) == 2
    clean(page.button(key="history_delete").click().run())
    assert [one.id for one in store.experiments()] == [keep]
    assert listed(page) == [keep] and "chosen" not in page.query_params


def test_what_runs_is_not_deleted(service):
    number = test_pages.add_running(service)
    page = clean(open_page(PATH, chosen=str(number)))
    page.button(key="history_delete").click().run()
    assert not page.exception and "stop it first" in page.error[0].value
    assert service.store.experiment(number)


def test_every_export_is_offered_and_holds_the_experiment(store):
    number = add(store)
    page = clean(open_page(PATH, chosen=str(number)))
    assert {"history_json", "history_parquet", "history_html"} <= {button.key for button in page.get("download_button")}
    assert as_parquet(gather(store, number)).startswith(b"PAR1")


def test_two_are_compared_side_by_side(store):
    one, two = add(store), add(store, 6.6, packages=NEW)
    page = clean(open_page(PATH, chosen=f"{one},{two}"))
    assert "Keras fit" in texts(page) and "Side by side" in texts(page)
