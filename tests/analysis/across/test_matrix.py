"""The same race on several machines: the same, not the same, or not known; nothing is pooled."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from lenet.analysis.across import matrix
from lenet.analysis.report import Report
from lenet.views import group as views
from tests.helpers.compared import EAGER, FIT, HERE, TF, report, tapes

NAMES = {"a" * 16: "box", "b" * 16: "gpu1", "c" * 16: "old"}


def on(machine: str, ratio: float, number: int = 0, lottery: float = 0.002, rounds: int = 4, **values: Any) -> Report:
    """The race on one machine: `keras_fit` takes `ratio` times as long there."""
    number = number or "abc".index(machine) + 1
    times = {
        FIT: tapes(3.0 * ratio, lottery=lottery, seed=2 * number, rounds=rounds),
        TF: tapes(3.0, lottery=lottery, seed=2 * number + 1, rounds=rounds),
    }
    raced = report(number, times, machine={**HERE, "id": machine * 16}, **values)
    return dataclasses.replace(raced, experiment=dataclasses.replace(raced.experiment, target=machine * 16))


def only(*reports: Report) -> matrix.Row:
    (row,) = matrix.matrix(reports, NAMES).rows
    return row


def test_a_row_has_a_cell_for_each_machine_and_each_keeps_its_own_ratio() -> None:
    found = matrix.matrix([on("b", 1.1), on("a", 1.3)], NAMES)
    assert found.machines == ("box", "gpu1")
    (row,) = found.rows
    assert (row.slow, row.fast) == (FIT, TF)
    assert [cell.ratio for cell in row.cells] == pytest.approx([1.3, 1.1], rel=0.01)


def test_the_same_on_all() -> None:
    row = only(on("a", 1.3), on("b", 1.3), on("c", 1.3))
    assert row.outcome == matrix.SAME
    assert row.sentence.startswith("The same on all 3 machines, within ±")
    longer = "Keras fit takes 1.298 times as long as TensorFlow bare function on box"
    assert row.sentence.endswith(f": {longer}, 1.3022 on gpu1 and 1.301 on old.")


def test_not_the_same_names_the_two_that_differ_most() -> None:
    row = only(on("a", 1.3), on("b", 1.1), on("c", 1.2))
    assert row.outcome == matrix.OTHER
    assert row.sentence.startswith("Not the same on all machines: Keras fit takes 1.298 [")
    assert "] times as long as TensorFlow bare function on box and 1.1019 [" in row.sentence and row.sentence.endswith(
        "on gpu1."
    )


def test_it_is_said_where_the_other_one_is_faster() -> None:
    row = only(on("a", 1.5), on("b", 0.8))
    assert row.outcome == matrix.OTHER and row.sentence.endswith("on gpu1, where it is the faster one.")


def test_not_known_where_intervals_are_wide_where_one_round_was_raced_and_where_a_machine_has_none() -> None:
    wide = only(on("a", 1.3, lottery=0.1), on("b", 1.3, lottery=0.1))
    assert wide.outcome == matrix.UNKNOWN and wide.sentence.endswith("race more rounds.")
    once = only(on("a", 1.3), on("b", 1.3, rounds=1))
    assert once.outcome == matrix.UNKNOWN and "one round on gpu1 tells too little" in once.sentence
    failed = on("c", 1.3, wrong=(FIT,))
    lacking = only(on("a", 1.3), on("b", 1.3), failed)
    assert lacking.outcome == matrix.UNKNOWN
    assert lacking.sentence.endswith("it is on box and gpu1, old has no ratio.")
    assert "is not equivalent" in lacking.cells[2].reason
    alone = only(on("a", 1.3), failed)
    assert alone.sentence.endswith("has a ratio on box alone.")


def test_machines_that_differ_are_known_although_another_has_no_ratio() -> None:
    assert only(on("a", 1.3), on("b", 1.1), on("c", 1.3, wrong=(FIT,))).outcome == matrix.OTHER


def test_what_has_not_ended_has_no_ratio_yet() -> None:
    runs = on("b", 1.3)
    runs = dataclasses.replace(runs, experiment=dataclasses.replace(runs.experiment, status="running"))
    row = only(on("a", 1.3), runs)
    assert row.cells[1].reason == "It runs." and row.outcome == matrix.UNKNOWN


def test_a_difference_within_the_machines_noise_is_none() -> None:
    one, other = on("a", 1.3), on("b", 1.34)
    assert only(one, other).outcome == matrix.OTHER
    noisy = [
        dataclasses.replace(each, pairs=tuple(dataclasses.replace(pair, floor=0.05) for pair in each.pairs))
        for each in (one, other)
    ]
    assert only(*noisy).outcome != matrix.OTHER


def test_experiments_of_one_machine_share_its_column() -> None:
    times = {EAGER: tapes(6.0, lottery=0.002, seed=9), TF: tapes(3.0, lottery=0.002, seed=8)}
    second = report(7, times, machine={**HERE, "id": "a" * 16})
    found = matrix.matrix([on("a", 1.3), second], NAMES)
    assert found.machines == ("box",) and [row.slow for row in found.rows] == [FIT, EAGER]


def test_versions_and_settings_that_differ_are_told() -> None:
    told = matrix.matrix([on("a", 1.3), on("b", 1.3, versions={FIT: {"keras": "3.14.0"}})], NAMES).remarks
    assert any("Not all machines have the same keras: 3.15.0 on box and 3.14.0, 3.15.0 on gpu1." in one for one in told)


def test_equal_machines_are_rarely_called_different() -> None:
    """Among six equal machines, asked fifteen ways, one alarm in twenty at most."""
    alarms = 0
    for race in range(200):
        generator = np.random.default_rng(race)
        cells = []
        for place in range(6):
            logs = np.log(1.3) + generator.normal(0, 0.01, 4)
            reach = 3.182 * logs.std(ddof=1) / 2
            ratio, low, high = (float(np.exp(logs.mean() + off)) for off in (0.0, -reach, reach))
            cells.append(matrix.Cell(f"m{place}", place, ratio, low, high, 4, 0.975))
        alarms += matrix._farthest(cells) is not None
    assert alarms / 200 <= 0.05 + 2 * 0.0155


def test_the_view_answers_first_and_shows_a_column_for_each_machine() -> None:
    found = matrix.matrix([on("a", 1.3), on("b", 1.1), on("c", 1.3, wrong=(FIT,))], NAMES)
    view = views.view(found, NAMES)
    assert view.headlines[0].startswith("Not the same on all machines")
    (block,) = view.sections[0].blocks
    assert block.table is not None
    assert block.table.headers == ["Slower", "Faster", "box [95 %]", "gpu1 [95 %]", "old [95 %]", "On all machines"]
    assert block.table.cells[0][4] == "–" and block.points[0].startswith("old: Keras fit is not equivalent")
