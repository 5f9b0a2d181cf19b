"""What the Results page and the shell say of training as a whole, and that both say the same."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from lenet.analysis import effective, milestones, payoff
from lenet.analysis import report as reports
from lenet.analysis.export import as_json
from lenet.cli.main import main
from lenet.records import Epoch, Request
from lenet.views import experiment as views_of_experiments
from lenet.views import training as views
from pages.parts import blocks
from tests.helpers import stored
from tests.helpers.tapes import raced, settings
from tests.pages import test_pages
from tests.pages.test_pages import open_page, texts

FIT, XLA = "keras_fit", "keras_xla"
PATH = "pages/results.py"
BATCHES = 420
FACTS = {"device": "cpu", "threads": 2, "jit": False, "layout": "channels_last", "dtype": "float32"}
a_server_that_has_run = test_pages.a_server_that_has_run
fresh_streamlit = test_pages.fresh_streamlit
service = test_pages.service


def add(store, firsts, ms, facts):
    """A race of Keras with and without XLA: seconds of the first batch, ms of later ones, what was in force."""
    number = stored.begin(store, Request((FIT, XLA), settings(threads=2)))
    for round in (1, 2, 3):
        for label in (FIT, XLA):
            run = store.add_run(
                number, round=round, label=label, variant=label, stack="main", source_hash="0", folder=label
            )
            rows = raced(np.concatenate([[1e3 * firsts[label]], np.full(BATCHES - 1, ms[label])]))
            phases = {"import": 1.0, "build": 0.5}
            store.end_run(run, "finished", batches=rows, facts=facts[label], phases=phases, peak_memory=2**29)
            store.add_epoch(Epoch(run, 1, 0.1, 0.985, BATCHES))
    store.end_experiment(number, "finished")
    return number


@pytest.fixture
def raced_once(service):
    facts = {FIT: FACTS, XLA: {**FACTS, "jit": True, "layout": "channels_first"}}
    return add(service.store, {FIT: 1.0, XLA: 5.0}, {FIT: 4.0, XLA: 2.0}, facts)


def test_the_page_shows_what_the_analysis_says(service, raced_once):
    page = open_page(PATH, experiment=str(raced_once))
    assert not page.exception and not page.error
    report = reports.load(service.store, raced_once)
    (found,) = payoff.payoffs(report)
    (warning,) = effective.warnings(report)
    said = texts(page).replace("\\", "")
    assert found.answer == payoff.AFTER and found.sentence in said
    assert warning in said and "Layout of images" in warning
    tables = [frame.value for frame in page.dataframe]
    (in_force,) = views_of_experiments.in_force(report).blocks
    assert in_force.table.headers == ["Variant", "Just-in-time compiler", "Layout of images"]
    assert in_force.sentences[0].startswith("The same for all that say: device cpu, threads 2,")
    for wanted in (views.times_to_accuracy(milestones.table(report)), views.payoffs([found]), in_force.table):
        assert any(shown.equals(blocks.frame(wanted)) for shown in tables)


def test_the_shell_and_the_json_say_the_same(service, raced_once):
    report = reports.load(service.store, raced_once)
    shown = " ".join(CliRunner().invoke(main, ["show", str(raced_once)]).stdout.split())
    values = as_json(report)
    assert [one["sentence"] for one in values["payoffs"]] == [found.sentence for found in payoff.payoffs(report)]
    assert values["payoffs"][0]["sentence"] in shown
    assert values["effective"]["warnings"][0] in shown
    assert values["effective"]["settings"][XLA]["jit"] == "yes"
    reached = [one for one in values["milestones"] if one["label"] == FIT]
    assert [one["reached"] for one in reached] == [3, 3, 0]
    assert f"{reached[0]['seconds']:.1f}" in shown


def test_a_race_that_learnt_nothing_and_said_nothing_shows_neither(service):
    request = Request((FIT,), settings(threads=2))
    number = stored.add(service.store, request, {FIT: 4.0}, packages={})
    page = open_page(PATH, experiment=str(number))
    assert not page.exception and not page.error
    said = texts(page)
    assert "**Figures**" in said
    assert not any(text in said for text in ("Time to accuracy", "costlier start", "The same for all"))
