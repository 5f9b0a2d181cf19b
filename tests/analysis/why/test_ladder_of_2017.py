"""The ladder of 2017: rungs with Keras's own update compute what the others compute, but for the order of updates."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from lenet import catalog
from lenet.catalog import Variant
from lenet.settings import Settings
from tests.helpers import exams
from tests.variants import test_rungs

# Each has a loss or a loop of its own; what lies between them changes neither.
EXAMINED = (
    "keras2_loop",
    "keras2_loop_logits",
    "keras2_loop_integers",
    "keras2_loop_unweighted",
    "tensorflow1_fit_unfused",
)


def gated(name: str) -> Variant:
    """The rung with its gradients gated, held to what all others are held to."""
    rung = catalog.variant(name)
    environment = {**rung.environment, "GATED": rung.import_path}
    return dataclasses.replace(
        rung, module="tests.helpers.planted.keras2_gated", environment=environment, tolerance=1e-5
    )


def test_the_wider_tolerance_is_for_ungated_gradients_only() -> None:
    ladder = catalog.ladder("original")
    tolerances = [
        [catalog.variant(name).tolerance for name in walk] for walk in (ladder.forward(), ladder.backward() or [])
    ]
    gate = [change.title for change in ladder.changes].index("Ungated gradients")
    assert tolerances[0] == [0.1] * (gate + 1) + [1e-5] * (len(ladder.changes) - gate)
    assert tolerances[1] == [1e-5] * (gate + 1) + [0.1] * (len(ladder.changes) - gate)


@pytest.mark.slow
@pytest.mark.usefixtures("stacks_of_this_machine")
def test_rungs_with_keras_s_update_differ_by_the_order_of_their_updates_and_nothing_else(tmp_path: Path) -> None:
    group = [gated(name) for name in EXAMINED]
    exams.need(group[0])
    races = [Settings.parse({"threads": 2, "batch_size": size}) for size in (8, 32)]
    assert test_rungs.mistakes(group, races, tmp_path / "exams") == {}
