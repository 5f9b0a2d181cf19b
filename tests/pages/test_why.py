"""The Why page without a browser: what it asks for, what it shows, and one sentence for what is wrong."""

from __future__ import annotations

import orjson
import pytest

from lenet import catalog, stacks
from lenet.analysis.why import findings
from lenet.bench import estimate
from lenet.catalog import Change, Ladder
from lenet.records import Request
from lenet.settings import OPTIONS, Settings, asked_by
from pages.parts.text import plain
from tests.helpers import stored
from tests.pages import test_pages
from tests.pages.test_pages import a_server_that_has_run, fresh_streamlit, headers, open_page, service

__all__ = ["a_server_that_has_run", "fresh_streamlit", "service"]

WHY = "pages/why.py"
LADDER = Ladder(
    "three",
    "Three steps",
    "keras_fit",
    (
        Change("Progress bar", "keras_fit_silent", "keras_xla"),
        Change("Everything of Keras", "tensorflow_function", "keras_lean"),
        Change("Python", "tensorflow_graph"),
    ),
)
TIMES = {
    "keras_fit": 2.0, "keras_fit_silent": 1.8, "tensorflow_function": 0.8, "tensorflow_graph": 0.5,
    "keras_xla": 0.7, "keras_lean": 1.7,
}  # fmt: skip


@pytest.fixture(autouse=True)
def everything_runs_here(monkeypatch):
    """Nothing is installed for these tests, and nothing is started."""
    monkeypatch.setattr(stacks, "availability", lambda variant: stacks.Availability(True, "", {}))
    monkeypatch.setitem(catalog.LADDERS, "three", LADDER)


def texts(page):
    """Everything a reader reads; of names and sentences without what keeps Markdown from reading them."""
    return test_pages.texts(page).replace("\\", "")


def add_ladder(service):
    return stored.add_ladder(service.store, LADDER, TIMES)


def open_why(**query):
    return open_page(WHY, **{name: str(value) for name, value in query.items()})


def button(page, key):
    return next(each for each in page.button if each.key == key)


# Every state


@pytest.mark.parametrize("section", ["law", "ladder", "recreated", "nonsense"])
def test_an_empty_page_asks_its_question(service, section):
    page = open_why(section=section)
    assert not page.exception and not page.error
    assert any(each.key.startswith("why_") for each in page.button)
    assert "?" in texts(page)


def test_a_running_experiment_shows_how_far_it_is_and_can_be_stopped(service):
    from lenet import requests

    request = requests.ladder_request(LADDER, {"rounds": 3})
    number = stored.begin(service.store, request, service.owner)
    page = open_why(experiment=number)
    assert not page.exception and not page.error
    assert "Ladder: Three steps" in texts(page)
    assert "Round 0 of 3" in page.get("progress")[0].proto.text
    assert button(page, "stop").label == "Stop it"


def test_a_queued_experiment_says_its_place(service):
    from lenet import requests

    stored.begin(service.store, Request(("numpy_reference",), Settings()), service.owner)
    service.store.add_experiment(requests.ladder_request(LADDER, {}), service.owner)
    page = open_why()
    assert not page.exception and "Queued: 1 ahead of it." in texts(page)


def test_a_ladder_without_runs_says_why_it_ended(service):
    from lenet import requests

    number = stored.begin(service.store, requests.ladder_request(LADDER, {}))
    service.store.end_experiment(number, "failed", "12 of its runs did not finish.")
    page = open_why(experiment=number)
    assert not page.exception
    assert "Failed: 12 of its runs did not finish." in texts(page)
    assert "have not both finished a round" in texts(page) and not page.get("plotly_chart")


@pytest.mark.parametrize("address", ["999", "x", "-1", "²"])
def test_a_wrong_address_is_one_sentence(service, address):
    page = open_why(experiment=address)
    assert not page.exception and len(page.error) == 1 and page.error[0].value.endswith(".")


def test_another_question_shows_its_own_newest_experiment(service):
    law = stored.add_law(service.store, {"keras_fit": (2.0, 0.06)})
    page = open_why(experiment=add_ladder(service), bar=1)
    page.segmented_control(key="section").set_value("law").run()
    assert not page.exception
    assert page.selectbox(key="experiment_choice").value == law and "bar" not in page.query_params
    # A default makes no step in the browser's history.
    assert [*page.query_params] == ["section"]
    page.segmented_control(key="section").set_value("recreated").run()
    assert "experiment" not in page.query_params and button(page, "why_count")


# Ladder


def test_a_ladder_shows_its_sentences_its_waterfall_and_every_bar(service):
    number = add_ladder(service)
    page = open_why(experiment=number)
    found = findings.load(service.store, number)
    assert not page.exception and not page.error
    assert page.header[1].value == plain(found.sentences[0])
    assert all(sentence in texts(page) for sentence in found.sentences)
    table = next(frame.value for frame in page.dataframe if "Of the gap" in frame.value)
    figures = [float(cell.split()[0].replace(",", "")) for cell in table["Effect (µs per batch) [95 %]"]]
    assert figures[0] - sum(figures[1:-1]) == pytest.approx(figures[-1], abs=0.1 * len(figures))
    assert figures[0] == pytest.approx(2000, rel=0.02) and figures[-1] == pytest.approx(500, rel=0.02)
    assert len(page.get("plotly_chart")) == 2  # the waterfall, and the gap alone


def test_the_chosen_bar_shows_its_rung_and_what_was_expected(service):
    page = open_why(experiment=add_ladder(service), bar=0)
    assert page.subheader[1].value == "Progress bar"
    assert page.code[0].value.startswith("import keras") and "class LeNet(Parent)" in page.code[0].value
    assert "Expected: " in texts(page) and "Source: " in texts(page)
    page.selectbox(key="bar").set_value(2).run()
    assert not page.exception and page.query_params["bar"] in ("2", ["2"])
    assert page.subheader[1].value == "Python" and "disable_v2_behavior" in page.code[0].value
    page.selectbox(key="bar").set_value(3).run()
    assert page.subheader[1].value == "Interaction" and not page.code


@pytest.mark.parametrize("bar", ["-1", "99", "x", "²", ""])
def test_a_bar_that_is_none_is_the_first(service, bar):
    page = open_why(experiment=add_ladder(service), bar=bar)
    assert not page.exception and page.subheader[1].value == "Progress bar"


def test_a_rung_that_is_no_more_is_said(service, monkeypatch):
    number = add_ladder(service)
    monkeypatch.delitem(catalog.RUNGS, "keras_fit_silent")
    page = open_why(experiment=number, bar=0)
    assert not page.exception and "has no 'keras_fit_silent' any more" in texts(page)


def test_counters_before_and_after_stand_with_the_bar(service):
    number = add_ladder(service)
    page = open_why(experiment=number, bar=0)
    button(page, "count_both").click().run()
    (request,) = service.submitted
    assert (request.instrument, request.variants) == ("counts", ("keras_fit", "keras_fit_silent"))
    evidence = {"keras_fit": stored.counted(0, 900), "keras_fit_silent": stored.counted(0, 700)}
    stored.add_evidence(service.store, "counts", evidence)
    page = open_why(experiment=number, bar=0)
    table = next(frame.value for frame in page.dataframe if "Told by" in frame.value).set_index("What")
    assert table.loc["Python calls"].tolist()[:2] == [900, 700]
    assert not [each for each in page.button if each.key == "count_both"]


def test_a_ladder_starts_with_its_settings_and_says_what_it_costs(service):
    page = open_why(section="ladder")
    page.selectbox(key="ladder_name").set_value("three").run()
    assert "7 processes at once, about 4.1 GiB" in texts(page)
    page.text_input(key="ladder_three_rounds").set_value("2").run()
    button(page, "why_start").click().run()
    (request,) = service.submitted
    assert request.instrument == "ladder" and request.plan["name"] == "three"
    assert (request.settings.rounds, request.settings.allocator) == (2, "steady")
    assert page.query_params["experiment"] in ("1", ["1"])


@pytest.mark.parametrize(
    ("section", "prefix", "start", "instruments"),
    [
        ("law", "law", "why_start", ("law",)),
        ("ladder", "ladder_three", "why_start", ("ladder",)),
        ("recreated", "counted", "why_count", ("counts", "profile")),
    ],
)
def test_a_form_asks_for_the_settings_of_its_instrument(service, section, prefix, start, instruments):
    page = open_why(section=section)
    if section == "ladder":
        page.selectbox(key="ladder_name").set_value("three").run()
    keys = {each.key for each in (*page.text_input, *page.selectbox)}
    assert {f"{prefix}_{name}" for name in asked_by(*instruments)} == {
        key for key in keys if key and key.removeprefix(f"{prefix}_") in OPTIONS
    }
    page.text_input(key=f"{prefix}_seed").set_value("5").run()
    button(page, start).click().run()
    (request,) = service.submitted
    assert request.settings.seed == 5


OWN = b"""
title = "My own"
start = "keras_fit"
[settings]
rounds = 4
[[changes]]
title = "Everything"
after = "tensorflow_function"
"""


def test_a_ladder_of_ones_own_has_its_own_settings(service):
    page = open_why(section="ladder")
    page.file_uploader(key="ladder_file").set_value(("mine.toml", OWN, "text/plain")).run()
    assert page.text_input(key="ladder_mine_rounds").value == "4"
    button(page, "why_start").click().run()
    (request,) = service.submitted
    assert (request.plan["name"], request.settings.rounds) == ("mine", 4)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"title =", "mine.toml: it is not TOML"),
        (OWN.replace(b"keras_fit", b"keras_fti"), "mine.toml: There is no variant 'keras_fti'"),
        (OWN.replace(b"4", b"0"), "Rounds must be"),
        (OWN.replace(b"rounds = 4", b'allocator = "x"'), "Memory allocator must be one of"),
    ],
)
def test_a_mistake_in_a_ladder_of_ones_own_is_one_sentence(service, text, says):
    page = open_why(section="ladder")
    page.file_uploader(key="ladder_file").set_value(("mine.toml", text, "text/plain")).run()
    assert not page.exception and len(page.error) == 1 and page.error[0].value.startswith(says)
    assert not [each for each in page.button if each.key == "why_start"]


def test_a_ladder_that_the_memory_cannot_hold_is_refused(service, monkeypatch):
    class Small:
        total, available = estimate.GIBIBYTE, estimate.GIBIBYTE

    monkeypatch.setattr("psutil.virtual_memory", lambda: Small)
    page = open_why(section="ladder")
    page.selectbox(key="ladder_name").set_value("three").run()
    assert "7 processes would need about" in page.error[0].value
    button(page, "why_start").click().run()
    assert not page.exception and service.submitted == []


@pytest.mark.parametrize(("name", "value"), [("rounds", "0"), ("batch_size", "x"), ("threads", "-1")])
def test_a_bad_setting_is_one_sentence_and_starts_nothing(service, name, value):
    page = open_why(section="ladder")
    page.selectbox(key="ladder_name").set_value("three").run()
    page.text_input(key=f"ladder_three_{name}").set_value(value).run()
    button(page, "why_start").click().run()
    assert not page.exception and len(page.error) == 1 and repr(value) in page.error[0].value
    assert service.submitted == []


# Law


def test_a_law_shows_its_sentences_and_fits(service):
    number = stored.add_law(service.store, {"keras_fit": (2.0, 0.06), "tensorflow_function": (0.4, 0.06)})
    page = open_why(experiment=number)
    assert not page.exception and not page.error
    found = findings.load(service.store, number)
    assert page.header[1].value == plain(found.law.sentences[0])
    assert found.law.fits["keras_fit"].a.estimate == pytest.approx(2000, rel=0.02)
    assert page.dataframe[0].value["Variant"].tolist() == ["Keras fit", "TensorFlow bare function"]
    assert len(page.get("plotly_chart")) == 1


def test_a_law_starts_with_its_sizes(service):
    page = open_why(section="law")
    page.text_input(key="law_sizes").set_value("1, 2,4 ,8").run()
    button(page, "why_start").click().run()
    (request,) = service.submitted
    assert request.plan == {"variants": ["keras_fit", "tensorflow_function"], "batch_sizes": [1, 2, 4, 8]}


@pytest.mark.parametrize("sizes", ["", "1,2", "1,2,x,8", "0,2,4,8", "1.5,2,4,8"])
def test_bad_sizes_are_one_sentence(service, sizes):
    page = open_why(section="law")
    page.text_input(key="law_sizes").set_value(sizes).run()
    button(page, "why_start").click().run()
    assert not page.exception and len(page.error) == 1 and service.submitted == []


# Counts and profile


def test_the_verdict_is_big_and_the_profile_stands_beside(service):
    profiled = stored.add_evidence(service.store, "profile", {"keras_fit": stored.PROFILED})
    number = stored.add_evidence(
        service.store, "counts", {"keras_fit": stored.counted(), "tensorflow_retracing": stored.counted(1)}
    )
    page = open_why(experiment=number)
    assert not page.exception and not page.error
    assert headers(page)[1:] == ["Keras fit: no", "TensorFlow retracing: yes"]
    assert len(page.get("plotly_chart")) == 1 and "There is no profile of TensorFlow retracing" in texts(page)
    other = open_why(experiment=profiled)
    assert not other.exception and headers(other)[1] == "Keras fit: no"


def test_what_could_not_be_counted_says_why(service):
    number = stored.add_evidence(service.store, "counts", {"keras_fit": {}})
    page = open_why(experiment=number)
    assert not page.exception and headers(page)[1:] == ["Keras fit: nobody can say"]


def test_counting_and_profiling_start_what_they_say(service):
    page = open_why(section="recreated")
    page.multiselect(key="counted_variants").set_value(["numpy_reference"]).run()
    button(page, "why_count").click().run()
    page = open_why(section="recreated")
    page.multiselect(key="counted_variants").set_value(["numpy_reference"]).run()
    button(page, "why_profile").click().run()
    assert [(request.instrument, request.variants) for request in service.submitted] == [
        ("counts", ("numpy_reference",)), ("profile", ("numpy_reference",)),
    ]  # fmt: skip


def test_no_variant_is_one_sentence(service):
    page = open_why(section="recreated")
    page.multiselect(key="counted_variants").set_value([]).run()
    assert not page.exception and len(page.error) == 1 and "at least one variant" in page.error[0].value


# The other pages


def test_results_keep_to_races_and_lead_here(service):
    number = add_ladder(service)
    page = open_page("pages/results.py")
    assert "There is no experiment yet" in texts(page)
    page = open_page("pages/results.py", experiment=str(number))
    assert not page.exception and "no race" in texts(page)
    (link,) = page.get("page_link")
    assert link.proto.query_string == f"experiment={number}" and "Why" in link.proto.label


def test_a_race_leads_to_its_results(service):
    number = service.store.add_experiment(Request(("numpy_reference",), Settings()), "me")
    page = open_why(experiment=number)
    assert not page.exception and "is a race" in texts(page)
    assert "See the results" in [link.proto.label for link in page.get("page_link")]


@pytest.mark.parametrize("make", ["counts", "ladder"])
def test_the_race_page_leads_here_too(service, make):
    number = add_ladder(service) if make == "ladder" else stored.add_evidence(
        service.store, "counts", {"keras_fit": stored.counted()}
    )  # fmt: skip
    page = open_page(experiment=str(number))
    assert not page.exception and not page.error and not page.warning
    assert "See what it found on the Why page" in [link.proto.label for link in page.get("page_link")]


# JSON


def test_what_was_found_is_json_too(service):
    number = add_ladder(service)
    written = orjson.loads(orjson.dumps(findings.as_json(findings.load(service.store, number))))
    assert (written["format"], written["experiment"]["instrument"]) == ("lenet-bench/why", "ladder")
    bars = written["found"]["bars"]
    gap = written["found"]["gap"]["estimate"]
    assert sum(bar["effect"]["estimate"] for bar in bars) == pytest.approx(gap)
    counts = findings.load(
        service.store, stored.add_evidence(service.store, "counts", {"keras_fit": stored.counted(1)})
    )
    (counted,) = orjson.loads(orjson.dumps(findings.as_json(counts)))["found"]
    assert counted["recreated"] is True and counted["table"][0]["what"] == "Functions traced"
