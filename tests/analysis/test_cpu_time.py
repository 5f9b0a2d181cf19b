"""CPU time per batch and cores used, as a race's result shows them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lenet.analysis.report import Report
from lenet.views import race as views
from lenet.views.blocks import Block
from tests.helpers.tapes import race, raced, settings

A, B = "tensorflow_graph", "keras_fit"


def raced_with(cores: dict[str, float], **values: Any) -> Report:
    """The report of two rounds; each turn of 50 batches of 2 ms used so many cores (0: not known)."""
    times = {}
    for label, used in cores.items():
        rows = raced([2.0] * 420)
        rows["cpu"][19::50] = int(used * 20 * 2e6)
        rows["cpu"][69::50] = int(used * 50 * 2e6)
        times[label] = [rows, rows.copy()]
    return race(times, settings(rounds=2, **values))


def figures(report: Report) -> Block:
    (speed,) = [section for section in views.view(report, []).sections if section.title == "Speed"]
    return speed.blocks[0]


def test_cpu_time_and_cores_stand_beside_the_time_and_enter_no_verdict() -> None:
    report = raced_with({A: 1.5, B: 0.5})
    row = report.variants.set_index("label").loc[A]
    assert (row["cpu_ms"], row["cores_used"]) == (pytest.approx(3.0), pytest.approx(1.5))
    titles = [column.name for column in views.speeds(report).shown]
    assert "CPU per batch" in titles and "Cores used" in titles
    assert report.pairs[0].ratio == pytest.approx(1.0) and not report.pairs[0].different
    assert figures(report).notes == (views.CPU_TIME,)


@pytest.mark.parametrize("values", [{"sync": "epoch"}, {"device": "gpu"}])
def test_where_work_is_handed_over_it_is_said_not_to_compare(values: dict[str, Any]) -> None:
    assert figures(raced_with({A: 1.0, B: 1.0}, **values)).notes == (views.CPU_TIME, views.NOT_COMPARED)


def test_a_record_of_before_has_none() -> None:
    report = raced_with({A: 0.0, B: 0.0})
    assert np.isnan(report.variants["cpu_ms"]).all() and figures(report).notes == ()
    assert "Cores used" not in [column.name for column in views.speeds(report).shown]
