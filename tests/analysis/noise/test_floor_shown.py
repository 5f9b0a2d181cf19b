"""The noise floor from the shell and on the pages: measured there, and beside every difference."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lenet import requests, stacks
from lenet.analysis import report as reports
from lenet.bench import lock, machine
from lenet.document.markdown import as_markdown
from lenet.records import Request
from lenet.settings import Settings, asked_by
from lenet.store import Store
from lenet.views import stored as stored_views
from pages.parts.text import plain
from tests.analysis.noise.test_quiet import CALM, seen
from tests.cli.test_run import shell
from tests.helpers import stored
from tests.pages import test_pages
from tests.pages.test_pages import open_page, texts

__all__ = ["shell"]

a_server_that_has_run = test_pages.a_server_that_has_run
fresh_streamlit = test_pages.fresh_streamlit
service = test_pages.service

FUNCTION = "tensorflow_function"
SMALL = ["--images-per-epoch", "320", "--batch-size", "4", "--slice-ms", "20", "--threads", "1"]


@pytest.fixture(autouse=True)
def a_calm_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lenet.bench.machine_look.Watch.look", lambda self: CALM)


# The shell


def test_measured_from_the_shell_it_stands_beside_the_next_race(shell: Any, tmp_path: Path) -> None:
    out = tmp_path / "noise.json"
    measured = shell("noise", "--variant", "plain", "--copies", "3", "--rounds", "3", *SMALL, "--json", str(out))
    assert measured.exit_code == 0, measured.output
    assert "This machine is quiet enough to race." in measured.output
    assert "Noise floor: ±" in measured.output
    written = json.loads(out.read_text())
    assert len(written["pairs"]) == 3
    assert written["noise"][0]["copies"] == 3
    shown = shell("show", "1")
    assert shown.exit_code == 0
    assert "Noise floor: ±" in shown.output
    assert "Noise floor: 3 copies of Plain" in shell("list").output
    raced = shell("run", "--variants", "plain,slower", "--rounds", "3", *SMALL)
    assert raced.exit_code == 0
    said = " ".join(raced.output.split())
    assert "times as long as Plain" in said
    assert "; noise floor here ±" in said
    assert "with 3 copies of Plain in 3 rounds (experiment 1)." in said
    assert "; noise floor here ±" in shell("show", "2", "--markdown").output


def test_a_race_without_a_floor_does_not_fail(shell: Any) -> None:
    result = shell("run", "--variants", "plain,slower", "--rounds", "2", *SMALL)
    assert result.exit_code == 0
    said = " ".join(result.output.split())
    assert "not measured on this machine" in said and "`python -m lenet noise --variant plain" in said


def test_only_looking_races_nothing(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shell("noise", "--only-look").exit_code == 0
    monkeypatch.setattr("lenet.bench.machine_look.Watch.look", lambda self: seen(steal=0.3))
    disturbed = shell("noise", "--only-look")
    assert disturbed.exit_code == 1
    assert "This machine is disturbed: steal (30 %" in " ".join(disturbed.output.split())
    assert "no experiment yet" in shell("list").output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [(("--copies", "1"), "2 to 16 copies"), (("--rounds", "x"), "Rounds must be"), (("--variant", "no"), "no variant")],
)
def test_a_wrong_measurement_is_one_sentence(shell: Any, arguments: tuple[str, ...], sentence: str) -> None:
    result = shell("noise", *arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr


# The pages


def here(store: Store, **values: Any) -> int:
    """A measurement on this machine."""
    request = requests.noise_request(FUNCTION, 4, values)
    return stored.add(store, request, lambda entry: 2.0, machine=machine.describe())


@pytest.fixture
def ready(service: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The service of the pages, with every variant said to be installed."""
    monkeypatch.setattr(stacks, "availability", lambda variant: stacks.Availability(True, "", {}))
    return service


def test_the_system_page_measures_it(ready: Any) -> None:
    page = open_page("pages/system.py")
    assert not page.exception
    assert "It was never measured here." in texts(page)
    page.selectbox("noise_allocator").set_value("steady")
    page.button("measure_noise").click().run()
    assert not page.exception
    assert not page.error
    (request,) = ready.submitted
    assert request.variants == (FUNCTION,) * 4
    assert (request.instrument, request.settings.allocator) == ("noise", "steady")
    assert [link.proto.label for link in page.get("page_link")][:1] == ["Experiment 1 measures it (queued): watch it"]


def test_every_setting_of_the_measurement_is_asked_for_and_arrives(ready: Any) -> None:
    page = open_page("pages/system.py")
    page.text_input("noise_batch_size").set_value("64")
    page.text_input("noise_seed").set_value("5")
    page.selectbox("noise_sync").set_value("epoch")
    page.button("measure_noise").click().run()
    assert not page.exception
    (request,) = ready.submitted
    in_shell = requests.noise_request(FUNCTION, 4, {"batch_size": "64", "seed": "5", "sync": "epoch"})
    assert request == in_shell, "as many batches as with any other batch size"
    keys = {element.key.removeprefix("noise_") for element in (*page.text_input, *page.selectbox) if element.key}
    assert set(asked_by("noise")) <= keys


def test_a_wrong_number_is_one_sentence_and_measures_nothing(ready: Any) -> None:
    page = open_page("pages/system.py")
    page.text_input("noise_rounds").set_value("no")
    page.button("measure_noise").click().run()
    assert len(page.error) == 1
    assert "Rounds must be" in page.error[0].value
    assert ready.submitted == []


def test_the_system_page_shows_what_was_measured_here(ready: Any) -> None:
    number = here(ready.store)
    stored.add(ready.store, requests.noise_request(FUNCTION, 4, {}), lambda entry: 2.0)
    page = open_page("pages/system.py")
    assert not page.exception
    said = texts(page)
    assert plain("Noise floor: ±") in said
    measured = [table.value for table in page.dataframe if "Floor" in table.value.columns]
    assert len(measured) == 1
    assert len(measured[0]) == 1, "another machine's measurement is none of this one"
    assert f"(experiment {number})" in measured[0]["By"].iloc[0]


def test_the_system_page_says_whether_the_machine_is_quiet(ready: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    page = open_page("pages/system.py")
    assert [box.value for box in page.success] == ["This machine is quiet enough to race."]
    monkeypatch.setattr("lenet.bench.machine_look.Watch.look", lambda self: seen(steal=0.3, throttled=None))
    page = open_page("pages/system.py")
    assert plain("disturbed: steal (30 %") in page.warning[0].value
    assert "Race at another hour" in texts(page)
    signs = next(table.value for table in page.dataframe if "Seen" in table.value.columns).set_index("Sign")
    assert signs.loc["Throttling"].tolist() == ["not told by this system", "unknown"]
    monkeypatch.setattr(lock, "holder", lambda: lock.Holder(1))
    page = open_page("pages/system.py")
    assert "started by another process: Another process (process 1) has had" in page.info[0].value
    assert not page.success


def test_results_say_it_beside_the_difference_as_the_shell_does(ready: Any) -> None:
    number = here(ready.store)
    request = Request((FUNCTION, "keras_fit"), Settings.parse({}))
    times = {FUNCTION: 2.0, "keras_fit": 3.0}
    race = stored.add(ready.store, request, times, machine=machine.describe())
    page = open_page("pages/results.py", experiment=str(race))
    assert not page.exception
    report = reports.load(ready.store, race)
    assert "; noise floor here ±" in page.header[1].value
    said = texts(page).replace("\\", "")
    assert report.pairs[0].verdict in said
    assert report.beside
    assert all(sentence in said for sentence in report.beside)
    assert f"(experiment {number})" in texts(page)
    assert report.pairs[0].verdict in as_markdown(stored_views.load(ready.store, race))


@pytest.mark.parametrize("path", ["pages/results.py", "pages/race.py", "pages/why.py"])
def test_a_measurement_has_its_place_on_every_page_that_is_asked_for_it(ready: Any, path: str) -> None:
    number = here(ready.store)
    page = open_page(path, experiment=str(number))
    assert not page.exception
    assert not page.error
