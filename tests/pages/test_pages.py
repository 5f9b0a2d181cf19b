"""The pages without a browser: what they show is what the analysis says, and nothing ends in a traceback."""

import dataclasses
import re
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit import file_util
from streamlit.testing.v1 import AppTest

from lenet import catalog, requests, stacks, twins
from lenet.analysis import report as reports
from lenet.bench import live, lock, machine, picture
from lenet.bench.service import Service
from lenet.catalog import Entry, entries
from lenet.catalog.families import family
from lenet.errors import StoreError
from lenet.records import Epoch, Parity, Request
from lenet.settings import Settings
from lenet.worker import tape
from tests.helpers import stored
from tests.helpers.places import ROOT

PAGES = ("pages/race.py", "pages/results.py", "pages/why.py", "pages/code.py", "pages/system.py")
VARIANTS = ("tensorflow_graph", "numpy_reference")
VARIANTS_OF_QUICK = catalog.PRESETS["quick"].variants
SETTINGS = Settings.parse({"batch_size": 32, "epochs": 1, "images_per_epoch": 3200, "rounds": 2})
BAD_SETTINGS = [
    ("batch_size", "0"), ("batch_size", "-1"), ("batch_size", "60001"), ("batch_size", "x"), ("batch_size", ""),
    ("batch_size", "1.5"), ("epochs", "0"), ("learning_rate", "nan"), ("learning_rate", "-0.01"),
    ("learning_rate", "inf"), ("learning_rate", "0"), ("momentum", "2"), ("seed", "-1"), ("rounds", "0"),
    ("precision", "2"), ("precision", "%"), ("budget", "0"), ("budget", "soon"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def fresh_streamlit():
    """No service or component of another test."""
    for name in [name for name in sys.modules if name.startswith("pages.")]:
        del sys.modules[name]
    st.cache_resource.clear()
    st.cache_data.clear()
    yield
    st.cache_resource.clear()


class Unseen(type(Path())):
    """A path of which Streamlit believes that there is nothing."""

    def exists(self):
        return False


@pytest.fixture(autouse=True)
def a_server_that_has_run(monkeypatch):
    """AppTest begins each run as a server's first, in which Streamlit serves pages/ itself.

    What a page does then (`pages/parts/frame.py`) is tested in `test_browser`; here each run is a later one.
    """
    monkeypatch.setattr("streamlit.runtime.pages_manager.Path", Unseen)


@pytest.fixture
def service(home, monkeypatch):
    """The service that the pages get too; it notes what is submitted and races nothing."""
    service = Service(home)
    service.submitted = []

    def submit(request, *planned):
        service.submitted.append(request)
        return service.store.add_experiment(request, service.owner)

    monkeypatch.setattr(service, "submit", submit)
    monkeypatch.setattr("lenet.bench.service.Service", lambda home: service)
    yield service
    service.close()


def open_page(path="pages/race.py", **query):
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)
    page.query_params.update(query)
    page.run()
    if path != "pages/race.py":
        page.switch_page(path)
        page.query_params.update(query)
        page.run()
    return page


def texts(page):
    """Everything a reader reads."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "success")
    said = [element.value for kind in kinds for element in page.get(kind)]
    said += [re.sub("<[^>]+>", "", element.proto.body) for element in page.get("html")]
    return "\n".join([*said, *(written(shown) for shown in pictures(page))])


def pictures(page):
    """What the live views of a page draw, unpacked."""
    found = []
    for element in page.get("bidi_component"):
        if element.proto.component_name == "live_view":
            data, parts = element.proto.bytes, []
            while data:
                length = int.from_bytes(data[:4], "big")
                parts.append(data[4 : 4 + length])
                data = data[4 + length :]
            found.append(picture.unpacked(parts[1]))
    return found


def written(shown):
    """The words of a picture."""
    ratio = shown.get("ratio", {})
    parts = [shown.get("strip"), ratio.get("sentence"), shown.get("said"), shown.get("lanes"), shown.get("aside")]
    parts += [chart["caption"] for chart in shown.get("charts", {}).values()]
    return "\n".join(re.sub("<[^>]+>", "", part) for part in parts if part)


def headers(page):
    """The page's title and what it says loudest, as they read."""
    return [header.value.replace("\\", "") for header in page.header]


def variants_here(page):
    """The table of variants by their titles."""
    tables = (frame.value for frame in page.dataframe)
    return next(table for table in tables if "Can run here" in table.columns).set_index("Title")


def rows_of(ms, losses=None):
    """Tape rows in slices of 25 batches: a pause before each."""
    lengths = (np.asarray(ms) * 1e6).astype(np.int64)
    ends = np.cumsum(lengths) + 10**9 * (np.arange(len(lengths)) // 25)
    rows = np.zeros(len(lengths), tape.DTYPE)
    rows["start"], rows["end"] = ends - lengths, ends
    rows["loss"] = np.linspace(2.3, 0.1, len(lengths)) if losses is None else losses
    return rows


def add_running(service, status="running"):
    experiment_id = service.store.add_experiment(Request(VARIANTS, SETTINGS), service.owner)
    if status == "running":
        service.store.claim(experiment_id, {"cpu": "test", "cores": 2}, service.owner)
    return experiment_id


def add_run(service, experiment_id, label, number=1):
    return service.store.add_run(
        experiment_id, round=number, label=label, variant=Entry.parse(label).name, stack="main", source_hash="0",
        folder=f"r{number}-{label}",
    )  # fmt: skip


def add_parity(service, experiment_id, equivalent=True):
    keys = {}
    for name in VARIANTS:
        keys[name] = f"key-{name}-{equivalent}"
        service.store.add_parity(Parity(keys[name], name, equivalent, 3e-8, "dense1_kernel", 1e-5))
    service.store.set_parity_keys(experiment_id, keys)


def add_finished(service, reason=""):
    experiment_id = add_running(service)
    add_parity(service, experiment_id)
    generator = np.random.default_rng(7)
    for number in (1, 2):
        for label, ms in zip(VARIANTS, (4.0, 6.0), strict=True):
            run = add_run(service, experiment_id, label, number)
            service.store.add_epoch(Epoch(run, 1, 0.2, 0.95, 100))
            rows = rows_of(ms * generator.gamma(400, 1 / 400, 100))
            service.store.end_run(
                run, "finished", batches=rows, phases={"import": 1.0, "build": 0.5}, peak_memory=2**28
            )
    service.store.end_experiment(experiment_id, "finished", reason)
    return experiment_id


def add_failed(service):
    experiment_id = add_running(service)
    add_parity(service, experiment_id)
    good, bad = (add_run(service, experiment_id, label) for label in VARIANTS)
    service.store.end_run(good, "finished", batches=rows_of([4.0] * 100))
    reason, log = "It was ended by signal 9 (SIGKILL).", "the end of its log"
    service.store.end_run(bad, "crashed", reason=reason, log=log, batches=rows_of([6.0] * 30))
    service.store.end_experiment(experiment_id, "failed", "1 of its runs did not finish.")
    return experiment_id


# Every page in every state


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("add", [None, add_running, add_finished, add_failed])
def test_no_page_breaks_in_any_state(service, path, add):
    if add:
        add(service)
    page = open_page(path)
    assert not page.exception
    assert bool(page.error) == (add is add_failed and path == "pages/results.py")
    assert page.title[0].value.startswith("LeNet Bench")


def test_empty_pages_say_what_to_do(service):
    assert "Which way of training LeNet on MNIST is faster here" in texts(open_page())
    assert "Start one on the Race page" in texts(open_page("pages/results.py"))


def test_an_experiment_without_any_run_has_a_page(service):
    experiment_id = add_running(service)
    service.store.end_experiment(experiment_id, "interrupted", "The process that ran it is gone.")
    page = open_page("pages/results.py", experiment=str(experiment_id))
    assert not page.exception
    assert "The process that ran it is gone." in texts(page)


@pytest.mark.parametrize("path", PAGES[:2])
@pytest.mark.parametrize(
    "address", ["999", "x", "-1", "1.5", "²", "9" * 20, "9" * 5000], ids=lambda address: address[:24]
)
def test_a_wrong_address_is_one_sentence(service, path, address):
    page = open_page(path, experiment=address)
    assert not page.exception
    assert len(page.error) == 1 and page.error[0].value.endswith(".")


def test_a_database_that_refuses_is_one_sentence(home, monkeypatch):
    monkeypatch.setenv("LENET_DATABASE_URL", f"sqlite:///{home.root}")
    for path in PAGES:
        page = open_page(path)
        assert not page.exception and len(page.error) == 1


# The form


@pytest.mark.parametrize(("name", "value"), BAD_SETTINGS)
def test_a_bad_setting_is_one_sentence_and_starts_nothing(service, name, value):
    page = open_page()
    page.text_input(key=f"setting_{name}").set_value(value).run()
    assert page.button(key="start").disabled
    assert not page.exception
    assert len(page.error) == 1 and repr(value) in page.error[0].value
    assert service.submitted == [] and service.store.experiments() == []


def test_the_form_submits_the_preset_as_it_is(service):
    open_page().button(key="start").click().run()
    preset = catalog.PRESETS["quick"]
    (request,) = service.submitted
    assert request.variants == preset.variants and request.preset == "quick"
    assert request.settings == Settings.parse(preset.settings)


def test_choosing_a_preset_fills_the_form(service):
    page = open_page()
    page.button(key="preset_issue7439").click().run()
    page.button(key="start").click().run()
    (request,) = service.submitted
    assert (request.preset, request.settings.epochs, request.settings.batches) == ("issue7439", 12, 22_500)


def test_a_changed_preset_is_custom_and_every_setting_arrives(service):
    page = open_page()
    wanted = {"batch_size": 64, "epochs": 2, "learning_rate": 0.5, "seed": 1, "slice_ms": 0, "timeout": 9}
    for name, value in wanted.items():
        page.text_input(key=f"setting_{name}").set_value(str(value)).run()
    page.selectbox(key="setting_allocator").set_value("steady").run()
    page.button(key="start").click().run()
    (request,) = service.submitted
    assert request.preset == "custom"
    assert {name: getattr(request.settings, name) for name in wanted} == wanted
    assert request.settings.allocator == "steady"


def test_a_setting_changed_back_is_the_preset_again(service):
    page = open_page()
    usual = page.text_input(key="setting_batch_size").value
    page.text_input(key="setting_batch_size").set_value("64").run()
    assert "**Custom**" in texts(page)
    page.text_input(key="setting_batch_size").set_value(usual).run()
    page.button(key="start").click().run()
    assert service.submitted[0].preset == "quick"


def test_the_plan_stands_under_the_form_and_follows_it(service):
    page = open_page()
    assert "3 rounds, about " in texts(page) and "A guess: nothing of it has run here yet." in texts(page)
    page.text_input(key="setting_precision").set_value("2%").run()
    page.text_input(key="setting_budget").set_value("30m").run()
    assert "At least 3 rounds, about " in texts(page)
    assert "then on until every ratio is known to ±2 %, 30 min at most." in texts(page)
    page.button(key="start").click().run()
    settings = service.submitted[0].settings
    assert (settings.precision, settings.budget) == (0.02, 1800)


def test_a_decision_can_be_confirmed_from_the_form(service):
    page = open_page()
    page.toggle(key="setting_confirm").set_value(True).run()
    assert "What is confirmed are lines that were decided" in page.error[0].value
    page.text_input(key="setting_decide").set_value("0%").run()
    assert "and then again from the beginning, to confirm it" in texts(page)
    page.button(key="start").click().run()
    assert service.submitted[0].settings.confirm


def test_a_budget_without_a_precision_is_one_sentence(service):
    page = open_page()
    page.text_input(key="setting_budget").set_value("30m").run()
    assert page.button(key="start").disabled
    assert [error.value for error in page.error] == [
        "A budget ends a race that has a precision, such as 2%, or lines to decide, such as 0%,3%; name one, "
        "or leave the budget out."
    ]
    assert service.submitted == []


def test_one_variant_races_itself_as_a_noise_check_and_only_one(service):
    page = open_page()
    assert page.toggle(key="against_itself").disabled
    for name in VARIANTS_OF_QUICK:
        page.checkbox(key=f"variant_{name}").uncheck()
    page.checkbox(key="variant_numpy_reference").check().run()
    assert "One variant alone has nothing to be compared with" in texts(page)
    page.toggle(key="against_itself").set_value(True).run()
    assert page.text_input(key="setting_precision").disabled
    page.button(key="start").click().run()
    (request,) = service.submitted
    assert request.variants == ("numpy_reference",) * requests.COPIES and request.instrument == "noise"


def test_the_noise_check_is_a_preset(service):
    page = open_page()
    page.button(key="preset_noise").click().run()
    assert "**Noise check**" in texts(page)
    page.button(key="start").click().run()
    usual = requests.noise_request(requests.NOISE_VARIANT, requests.COPIES, {})
    assert service.submitted == [usual]


def test_without_a_variant_start_is_disabled_and_says_why(service):
    page = open_page()
    for name in VARIANTS_OF_QUICK:
        page.checkbox(key=f"variant_{name}").uncheck()
    page.run()
    assert page.button(key="start").disabled
    assert [error.value for error in page.error] == ["Choose at least one variant above."]


def test_warnings_come_before_the_start(service, monkeypatch):
    monkeypatch.setattr("lenet.bench.machine._gpus", list)
    machine._described.cache_clear()
    page = open_page()
    assert not page.warning
    page.text_input(key="setting_rounds").set_value("2").run()
    page.selectbox(key="setting_device").set_value("gpu").run()
    said = [warning.value for warning in page.warning]
    assert len(said) == 2 and said[0].startswith("Two rounds hardly show") and said[1].startswith("No GPU was found")
    page.text_input(key="setting_precision").set_value("2%").run()
    assert len(page.warning) == 1, "a precision adds rounds until it is reached"


def test_a_variant_that_cannot_run_here_is_greyed_in_its_group_with_its_reason(service, monkeypatch):
    there = stacks.availability

    def availability(variant):
        missing = stacks.Availability(False, "keras is not installed.")
        return missing if "keras" in variant.name else there(variant)

    monkeypatch.setattr(stacks, "availability", availability)
    page = open_page()
    box = page.checkbox(key="variant_keras_fit")
    assert box.disabled and box.help == "keras is not installed."
    assert not page.checkbox(key="variant_tensorflow_graph").disabled
    page.button(key="start").click().run()
    assert service.submitted[0].variants == ("tensorflow_graph",)
    system = variants_here(open_page("pages/system.py"))
    assert system.loc["Keras fit", "Can run here"] == "keras is not installed."


def test_every_variant_has_a_box_and_each_missing_stack_a_button_in_each_group(installer, monkeypatch):
    monkeypatch.setattr(lock, "holder", lambda: None)
    page = open_page()
    assert {box.key for box in page.checkbox} == {f"variant_{name}" for name in catalog.VARIANTS}
    assert page.checkbox(key="variant_keras_fit").label == "Keras fit :gray-badge[tutorial]"
    away = [v for v in catalog.VARIANTS.values() if not (stacks.availability(v).available or v.unavailable)]
    assert set(buttons(page)) == {f"install_{v.stack}_{family(v)}" for v in away}
    first = next(iter(buttons(page).values()))
    first.click().run()
    assert installer.started == [first.key.split("_")[1]]
    assert all(installer.started[0] not in key for key in buttons(page))


def test_the_filter_lists_what_is_written_so_and_what_is_chosen(service):
    page = open_page()
    page.button_group(key="kinds").set_value(["original"]).run()
    originals = {f"variant_{name}" for name, one in catalog.VARIANTS.items() if one.written_as == "original"}
    chosen = {f"variant_{name}" for name in VARIANTS_OF_QUICK}
    assert {box.key for box in page.checkbox} == originals | chosen
    page.button(key="start").click().run()
    assert set(service.submitted[0].variants) == set(VARIANTS_OF_QUICK)


def test_a_race_again_is_this_races_form(service):
    decided = {"twin": True, "decide": "0%", "confirm": True, "most_rounds": 9, "images_per_epoch": 3200}
    wanted = Settings.parse({"batch_size": 64, "rounds": 5, "allocator": "steady", **decided})
    entries = ("numpy_reference", "keras_fit+batch_size=8")
    number = service.store.add_experiment(twins.added(Request(entries, wanted)), service.owner)
    service.store.end_experiment(number, "cancelled", "It was stopped.")
    page = open_page(again=str(number))
    assert f"Filled in as experiment {number} was raced" in texts(page)
    page.button(key="start").click().run()
    (request,) = service.submitted
    assert (request.variants, request.settings, request.preset) == ((*entries, entries[0]), wanted, "custom")
    assert "again" not in page.query_params


def test_what_is_changed_in_a_race_again_stays_changed(service):
    number = add_finished(service)
    page = open_page(again=str(number))
    page.text_input(key="setting_rounds").set_value("7").run()
    page.button(key="start").click().run()
    assert (service.submitted[0].settings.rounds, service.submitted[0].variants) == (
        7,
        ("numpy_reference", *VARIANTS[:1]),
    )


# A race that runs


def test_a_running_race_shows_what_is_on_its_tape(service):
    experiment_id = add_running(service)
    run = add_run(service, experiment_id, "numpy_reference", 2)
    folder = service.home.experiment(experiment_id) / service.store.runs(experiment_id)[0].folder
    folder.mkdir(parents=True)
    tape.create(folder / "tape", 100)
    writer = tape.Writer(folder / "tape")
    for row in rows_of([8.0] * 25):
        writer.append(*row.tolist())
    page = open_page(experiment=str(experiment_id))
    assert not page.exception and run
    shown = texts(page)
    assert "Round 2: training" in shown and "25 %" in shown and "8.00 ms" in shown and "4,000 images/s" in shown
    (shown,) = pictures(page)
    assert set(shown["charts"]) == {"timing", "loss"} and "line" not in shown["ratio"]


def add_two_that_run(service, number, ms=(4.0, 6.0), batches=100):
    """Runs of both variants in a round, with their batches on their tapes."""
    generator = np.random.default_rng(number)
    for label, typical in zip(VARIANTS, ms, strict=True):
        add_run(service, 1, label, number)
        folder = service.home.experiment(1) / f"r{number}-{label}"
        folder.mkdir(parents=True)
        tape.create(folder / "tape", 100)
        writer = tape.Writer(folder / "tape")
        for row in rows_of(typical * generator.gamma(400, 1 / 400, batches)):
            writer.append(*row.tolist())


def test_a_running_race_says_the_ratio_as_soon_as_a_round_has_slices(service, monkeypatch):
    monkeypatch.setattr("lenet.bench.pictures.SECONDS", 0.0)
    number = add_running(service)
    add_parity(service, number)
    assert "Which one is faster?" in texts(open_page(experiment=str(number)))
    add_two_that_run(service, 1)
    page = open_page(experiment=str(number))
    shown = texts(page)
    assert re.search(r"NumPy reference looks 1\.[45]\d* times as slow", shown)
    assert "So far one round" in shown and "2 of 2 agree" in shown
    (shown,) = pictures(page)
    assert shown["ratio"]["line"]["traces"] and len(shown["charts"]) == 2


def test_a_race_with_a_wrong_answer_says_no_ratio(service):
    number = add_running(service)
    add_parity(service, number, equivalent=False)
    add_two_that_run(service, 1)
    shown = texts(open_page(experiment=str(number)))
    assert "0 of 2 agree" in shown and "Which one is faster?" in shown


def test_the_number_line_of_an_ended_race_stays(service):
    number = add_finished(service)
    page = open_page(experiment=str(number))
    (shown,) = pictures(page)
    assert list(shown) == ["ratio"] and shown["ratio"]["line"]["traces"]
    assert [link.proto.label for link in page.get("page_link")][-1] == "See the results"
    next(button for button in page.button if button.label == "Race again, changed").click().run()
    assert page.query_params["again"] in (str(number), [str(number)]) and "experiment" not in page.query_params
    assert f"Filled in as experiment {number} was raced" in texts(page)


def test_after_a_race_another_one_can_be_asked_for(service):
    page = open_page(experiment=str(add_finished(service)))
    page.button(key="else").click().run()
    assert page.query_params == {} and not page.button(key="start").disabled


def test_a_running_race_says_what_is_expected_of_it(service):
    experiment_id = add_running(service)
    add_run(service, experiment_id, "numpy_reference", 3)
    said = "NumPy reference against TensorFlow graph is known to ±3 % after 2 rounds; ±2 % takes about 7."
    expected = live.Outlook(7, time.time() + 130.5, said)
    live.set_outlook(service.home.experiment(experiment_id), expected)
    page = open_page(experiment=str(experiment_id))
    shown = texts(page).replace("\\", "")
    assert "Round 3: training" in shown and "about 2 min left" in shown and said in shown
    assert "about 1 more" in shown


def test_a_race_that_has_become_precise_says_so_without_a_warning(service):
    reason = "Every ratio is known to ±1.8 % or better after 5 rounds (asked: ±2 %)."
    number = add_finished(service, reason)
    for path in PAGES[:2]:
        page = open_page(path, experiment=str(number))
        assert reason in [caption.value.replace("\\", "") for caption in page.caption] and not page.warning


def test_a_running_race_is_shown_without_an_address_and_can_be_stopped(service):
    experiment_id = add_running(service, "queued")
    page = open_page()
    assert f"Experiment {experiment_id}" in texts(page)
    page.button(key="stop").click().run()
    assert service.store.experiment(experiment_id).status == "cancelled"
    assert not page.exception


def test_a_race_can_be_presented_by_its_address(service):
    number = str(add_running(service))
    assert "font-size: 24px" not in htmls(open_page(experiment=number))
    page = open_page(experiment=number, present="true")
    assert page.toggle(key="present").value and "font-size: 24px" in htmls(page)


def htmls(page):
    return "".join(element.proto.body for element in page.get("html"))


def test_a_second_start_says_its_place(service):
    page = open_page(again=str(add_running(service)))
    page.button(key="start").click().run()
    assert page.query_params["experiment"] in ("2", ["2"])
    assert "Queued: 1 ahead of it." in texts(page)


def test_a_race_that_begins_while_its_page_is_drawn_is_not_called_queued(service, monkeypatch):
    experiment_id = add_running(service, "queued")

    def begin(_):
        service.store.claim(experiment_id, {"cpu": "test", "cores": 2}, service.owner)
        return 0

    monkeypatch.setattr(service, "place", begin)
    page = open_page(experiment=str(experiment_id))
    assert not page.exception
    assert service.store.experiment(experiment_id).status == "running"
    assert "Queued:" not in texts(page) and "Same answer?" in texts(page)


def test_a_stack_that_is_being_installed_is_named_before_a_start(installer):
    assert not open_page().warning
    installer.said["tf1"] = ("running", "Collecting tensorflow==1.2.1")
    (warning,) = open_page().warning
    assert "The stack tf1 is being installed" in warning.value
    installer.said["cntk"] = ("running", "Beginning")
    (warning,) = open_page().warning
    assert "The stacks tf1, cntk are being installed" in warning.value


# Results


def test_the_results_say_what_the_analysis_says(service):
    experiment_id = add_finished(service)
    report = reports.load(service.store, experiment_id)
    page = open_page("pages/results.py", experiment=str(experiment_id))
    assert not page.exception
    assert headers(page)[1:] == [pair.verdict for pair in report.pairs]
    assert len(report.pairs) == 1 and report.pairs[0].ratio == pytest.approx(1.5, rel=0.05)
    shown, costs = (
        next(frame.value for frame in page.dataframe if header in frame.value)
        for header in ("p95 (ms)", "Peak memory (MiB)")
    )
    assert shown["Variant"].tolist() == ["TensorFlow graph", "NumPy reference"]
    assert shown["p95 (ms)"].tolist() == pytest.approx(report.variants["p95_ms"].tolist())
    row = report.variants.iloc[0]
    assert f"{row.median_ms:.3f} [{row.median_low:.3f}, {row.median_high:.3f}]" == shown.iloc[0, 2]
    assert costs["Peak memory (MiB)"].tolist() == [256, 256]
    assert shown["Test accuracy (%)"].tolist() == [95, 95]
    assert len(page.get("plotly_chart")) == 4
    # Beside 2017's seconds stand only the seconds of a race of their size.
    assert "what the issue reported in 2017" not in texts(page)


def test_the_race_page_of_a_finished_experiment_gives_its_verdict(service):
    experiment_id = add_finished(service)
    page = open_page(experiment=str(experiment_id))
    assert headers(page)[1:] == [p.verdict for p in reports.load(service.store, experiment_id).pairs]


def test_failures_stand_with_their_reason_and_the_end_of_their_log(service):
    page = open_page("pages/results.py", experiment=str(add_failed(service)))
    assert "crashed. It was ended by signal 9 (SIGKILL)." in texts(page)
    assert "the end of its log" in [code.value for code in page.code]
    assert "NumPy reference has no finished run" in texts(page)
    assert len(page.header) == 1, "its title, and no verdict"


def test_a_variant_that_is_not_equivalent_is_never_a_verdict(service):
    experiment_id = add_finished(service)
    add_parity(service, experiment_id, equivalent=False)
    page = open_page("pages/results.py", experiment=str(experiment_id))
    assert len(page.header) == 1, "its title, and no verdict"
    assert "not equivalent to the reference" in texts(page)


def test_the_newest_experiment_comes_first_and_the_address_chooses(service):
    first, second = add_finished(service), add_failed(service)
    assert open_page("pages/results.py").selectbox(key="experiment_choice").value == second
    page = open_page("pages/results.py", experiment=str(first))
    assert page.selectbox(key="experiment_choice").value == first
    page.selectbox(key="experiment_choice").set_value(second).run()
    assert page.query_params["experiment"] in (str(second), [str(second)])


def test_live_charts_load_the_plotly_of_streamlit_and_say_so_where_there_is_none(monkeypatch):
    from pages.parts import live_view

    name = Path(live_view.plotly_address()).name
    text = (Path(file_util.get_static_dir()) / "static" / "js" / name).read_text(encoding="utf-8")
    assert "window.Plotly=" in text
    monkeypatch.setattr(live_view, "PLOTLY", "static/js/NoSuchChart.*.js")
    live_view.plotly_address.cache_clear()
    with pytest.raises(StoreError, match="0 files of Streamlit"):
        live_view.plotly_address()


def test_settings_of_the_form_are_those_of_the_table(service):
    page = open_page()
    fields = {w.key for kind in ("text_input", "selectbox", "toggle") for w in page.get(kind)}
    assert {f"setting_{f.name}" for f in dataclasses.fields(Settings)} <= fields


# Code


def table_of(page):
    """The two files as the page shows them."""
    return next(html for html in (element.proto.body for element in page.get("html")) if "code-pair" in html)


def test_two_variants_that_never_ran_stand_side_by_side(service):
    page = open_page("pages/code.py")
    assert not page.exception and not page.error
    assert [head.value for head in page.header] == ["TensorFlow graph", "Keras fit"]
    assert [metric.value for metric in page.metric] == ["–", "–"]
    assert texts(page).count("It has no finished run yet.") == 2
    assert "disable_v2_behavior" in table_of(page) and "Callback" in table_of(page)


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbfx = 1\n", b"# coding: latin-1\nx = '\xf6'\n", b"x = '\xf6'\n", b"", None]
)
def test_however_a_file_is_written_the_code_page_shows_it(service, tmp_path, monkeypatch, content):
    file, found = tmp_path / "numpy_reference.py", entries._file
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setattr(entries, "_file", lambda module: file if module.endswith(file.stem) else found(module))
    page = open_page("pages/code.py", left="numpy_reference", right="keras_fit")
    assert not page.exception and not page.error
    assert "Callback" in table_of(page)


def test_the_latest_time_is_the_one_that_the_results_page_shows(service):
    add_finished(service)
    newest = add_finished(service)
    add_failed(service)
    service.store.end_run(
        add_run(service, newest, "tensorflow_graph", 3), "finished", batches=rows_of([4.0] * 100),
        facts={"device": "cpu", "packages": {"tensorflow": "1.2.3"}},
    )  # fmt: skip
    figures = reports.load(service.store, newest).variants.set_index("label")["median_ms"]
    page = open_page("pages/code.py", left="tensorflow_graph", right="keras_fit")
    assert [metric.value for metric in page.metric] == [f"{figures['tensorflow_graph']:.3f} ms", "–"]
    links = {link.proto.label: link.proto.query_string for link in page.get("page_link")}
    assert links[f"Experiment {newest}"] == f"experiment={newest}"
    shown = texts(page)
    assert "batch size 32" in shown and "tensorflow 1.2.3" in shown and ":gray-badge[device cpu]" in shown
    assert "Its program has changed since that run." in shown


def test_times_are_of_one_race_where_there_is_one_and_else_make_no_ratio(service):
    together = add_finished(service)
    for name, ms in (("tensorflow_graph", 5.0), ("keras_fit", 7.0)):
        stored.add(service.store, Request((name,), SETTINGS), {name: ms})
    page = open_page("pages/code.py", left=VARIANTS[0], right=VARIANTS[1])
    report = reports.load(service.store, together)
    figures = report.variants.set_index("label")["median_ms"]
    assert [metric.value for metric in page.metric] == [f"{figures[name]:.3f} ms" for name in VARIANTS]
    assert report.pairs[0].verdict in texts(page).replace("\\", "") and "make no ratio" not in texts(page)
    links = {link.proto.label: link.proto.query_string for link in page.get("page_link")}
    assert links["Their race"] == f"experiment={together}&left={VARIANTS[0]}&right={VARIANTS[1]}"
    page = open_page("pages/code.py", left="tensorflow_graph", right="keras_fit")
    assert "make no ratio" in texts(page) and [metric.value for metric in page.metric][1].startswith("7.")


def test_a_rung_can_be_chosen_too(service):
    page = open_page("pages/code.py", left="keras_fit", right="keras_fit_silent")
    assert not page.exception and not page.error
    assert "Keras fit, silent" in page.selectbox(key="code_left").options


def test_a_time_without_the_right_answer_is_marked(service):
    experiment_id = add_finished(service)
    shown = texts(open_page("pages/code.py", left="numpy_reference"))
    assert "compare no times with it" not in shown
    add_parity(service, experiment_id, equivalent=False)
    st.cache_data.clear()
    assert "compare no times with it" in texts(open_page("pages/code.py", left="numpy_reference"))


def test_a_run_too_short_for_a_time_has_none(service):
    experiment_id = add_running(service)
    service.store.end_run(add_run(service, experiment_id, "numpy_reference"), "finished", batches=rows_of([4.0] * 9))
    page = open_page("pages/code.py", left="numpy_reference")
    assert not page.exception and page.metric[0].value == "–"
    assert "too short for a time" in texts(page)


@pytest.mark.parametrize("name", ["nonsense", "", "@", "<b>x</b>", "keras_fti~2"])
def test_an_unknown_name_in_the_address_is_one_sentence(service, name):
    page = open_page("pages/code.py", left=name)
    assert not page.exception and len(page.error) == 1
    assert page.error[0].value.startswith("There is no variant") and page.error[0].value.endswith("instead.")
    assert page.header[0].value == "TensorFlow graph" and table_of(page)


def test_an_address_cannot_put_a_link_on_the_page():
    page = open_page("pages/code.py", left="[win](https://example.invalid)", right="keras_fit")
    assert not page.exception and len(page.error) == 1
    assert "\\[win\\](https://\u200bexample.invalid)" in page.error[0].value


def test_a_variant_in_another_stack_has_a_place_in_the_address(service):
    page = open_page("pages/code.py", left="keras_fit@nowhere")
    assert not page.exception and not page.error
    assert page.header[0].value == "Keras fit @ nowhere"
    assert "There is no stack 'nowhere'" in texts(page) and "Both are the same file." in texts(page)


def test_a_choice_goes_to_the_address(service):
    page = open_page("pages/code.py")
    page.selectbox(key="code_right").set_value("jax_jit").run()
    assert not page.exception
    assert page.query_params["right"] in ("jax_jit", ["jax_jit"])
    assert [badge for badge in texts(page).splitlines() if "-badge[bare]" in badge]
    assert page.header[1].value == "JAX by hand" and "jax.numpy" in table_of(page).replace("</span>", "").replace(
        '<span class="nn">', ""
    )


# Stacks


class FakeInstaller:
    """Installs nothing; says what it was told to say."""

    made = 0

    def __init__(self, home):
        type(self).made += 1
        self.home, self.started, self.said = home, [], {}

    def start(self, name):
        self.started.append(name)
        self.said[name] = ("running", "Collecting tensorflow==1.2.1")

    def progress(self, name):
        return self.said.get(name, ("idle", ""))

    def running(self):
        return [name for name, (status, _) in self.said.items() if status == "running"]

    def log(self, name):
        return "what pip printed" if name in self.said else ""

    def close(self):
        pass


@pytest.fixture
def installer(service, home, monkeypatch):
    """The installer that the pages get too."""
    fake = FakeInstaller(home)
    monkeypatch.setattr("lenet.bench.installer.Installer", lambda home: fake)
    return fake


def buttons(page):
    return {button.key: button for button in page.button if button.key.startswith("install_")}


def test_every_stack_has_its_state_and_a_missing_one_a_button(installer):
    page = open_page("pages/system.py")
    assert not page.exception and not page.error
    missing = {f"install_{name}" for name in stacks.known(installer.home) if stacks.state(name).status == "missing"}
    assert {"install_tf1", "install_cntk"} <= missing == set(buttons(page))
    assert "TensorFlow 1.2 and Keras 2.0 of 2017" in texts(page)
    assert stacks.state("tf1").reason in texts(page)


def test_what_one_browser_installs_another_sees(installer):
    page = open_page("pages/system.py")
    buttons(page)["install_tf1"].click().run()
    assert installer.started == ["tf1"] and not page.exception
    for seen in (page, open_page("pages/system.py")):
        assert "Collecting tensorflow==1.2.1" in texts(seen)
        assert "install_tf1" not in buttons(seen) and "install_cntk" in buttons(seen)
        assert [code.value for code in seen.code] == ["what pip printed"]


def test_all_sessions_share_one_installer(service, monkeypatch):
    monkeypatch.setattr(FakeInstaller, "made", 0)
    monkeypatch.setattr("lenet.bench.installer.Installer", FakeInstaller)
    for _ in range(2):
        assert not open_page("pages/system.py").exception
    assert FakeInstaller.made == 1


def test_a_stack_that_could_not_be_built_says_why(installer):
    installer.said["tf1"] = ("failed", "No Python 3.6 was found; install one.")
    page = open_page("pages/system.py")
    assert [error.value for error in page.error] == ["No Python 3.6 was found; install one."]
    assert [code.value for code in page.code] == ["what pip printed"]
    assert buttons(page)["install_tf1"].label == "Install again"


def test_no_stack_is_installed_during_a_race(installer, monkeypatch):
    monkeypatch.setattr("lenet.bench.lock.holder", lambda: lock.Holder(1))
    page = open_page("pages/system.py")
    assert buttons(page) and all(button.disabled for button in buttons(page).values())
    assert "installing would disturb it" in texts(page)


def test_a_mistake_in_the_users_file_of_stacks_is_one_sentence(installer):
    (installer.home.root / "stacks.toml").write_text("[x]\nrequirements = 3\n")
    page = open_page("pages/system.py")
    assert not page.exception
    assert len(page.error) == 1 and "'x' needs requirements" in page.error[0].value


def test_the_list_says_where_each_variant_runs_and_why_not(installer):
    rows = variants_here(open_page("pages/system.py"))
    assert len(rows) == len(catalog.VARIANTS)
    assert rows.loc["NumPy reference", ["Stack", "Can run here"]].tolist() == ["main", "yes"]
    assert rows.loc["CNTK trainer", "Stack"] == "cntk"
    assert "The stack 'cntk' is missing." in rows.loc["CNTK trainer", "Can run here"]
