"""What a browser's tab says of an experiment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lenet.analysis.report import Report
from lenet.records import Request
from lenet.settings import Settings
from lenet.views import tab
from tests.helpers.compared import report, tapes


def never() -> Report:
    raise AssertionError("no report is needed")


@pytest.mark.parametrize(("keras", "words"), [(2.48, "Keras fit 1.24"), (2.0, "equal")], ids=["slower", "as fast"])
def test_a_finished_race_of_two_says_its_ratio(keras: float, words: str) -> None:
    raced = report(1, {"keras_fit": tapes(keras), "tensorflow_function": tapes(2.0)})
    said = tab.words(replace(raced.experiment, status="finished"), lambda: raced)
    assert said.startswith(words)


def test_a_race_of_many_says_how_many_and_another_what_it_is() -> None:
    raced = report(1, {"keras_fit": tapes(3.0), "tensorflow_function": tapes(2.0), "jax_jit": tapes(1.0)})
    done = replace(raced.experiment, status="finished")
    assert tab.words(done, lambda: raced) == "3 variants"
    counts = Request(("keras_fit",), Settings(), instrument="counts")
    assert tab.words(replace(done, request=counts), never) == "Counts"
    assert tab.words(replace(done, status="running"), never) == "running"
