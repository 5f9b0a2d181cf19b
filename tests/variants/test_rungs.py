"""Every rung of every ladder trains as the NumPy reference does, and ticks the loss that the catalogue says."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lenet import catalog
from lenet.analysis.exam import paper, parity
from lenet.catalog import Variant
from lenet.settings import Settings
from lenet.variants import numpy_reference
from lenet.worker import tape
from lenet.worker.clock import prepare
from tests.helpers import exams
from tests.helpers.exams import Group

SMALL = Settings.parse({"threads": 1, "batch_size": 8})
"""A race whose exam is the first paper alone; ladders race batches of this size."""
Sitter = tuple[Variant, Settings]
"""A variant, and the race before which it sits."""


@lru_cache(maxsize=8)
def reference_losses(asked: Settings) -> np.ndarray:
    """The reference's own loss of every batch, shape (epochs, batches per epoch)."""
    sheet, size = paper.make(asked), asked.batch_size
    reference, images = numpy_reference.LeNet(sheet.weights, asked.as_dict()), prepare(sheet.images)
    firsts = [*range(0, len(images), size)] * asked.epochs
    losses = [reference.step(images[i : i + size], sheet.labels[i : i + size]) for i in firsts]
    return np.reshape(losses, (asked.epochs, asked.batches_per_epoch))


def expected_losses(rung: Variant, asked: Settings) -> np.ndarray:
    """What its tape must say, in the order of the batches; NaN where it does not say."""
    losses = reference_losses(asked)
    if rung.running_loss:
        losses = losses.cumsum(axis=1) / np.arange(1, losses.shape[1] + 1)
    seen = np.arange(1, asked.batches + 1) % rung.batches_per_call == 0
    return np.where(seen, losses.ravel(), np.nan)


def examine(sitters: Sequence[Sitter], folder: Path, sitting: int = 0) -> dict[str, str]:
    """Let variants of one group sit the last papers of races, in one process; what is wrong with each
    answer, '' when nothing is."""
    asked = [parity.exam_settings(rung, race, sitting) for rung, race in sitters]
    folders = [folder / title((rung, race)) for rung, race in sitters]
    jobs = [
        exams.write_job(rung, paper_of, paper.make(paper_of), place)
        for (rung, _), paper_of, place in zip(sitters, asked, folders, strict=True)
    ]
    exams.examine([rung for rung, _ in sitters], jobs, sitters[0][1])
    return {
        title((rung, race)): verdict(rung, paper_of, parity.papers(rung, race)[-1].tolerance, place)
        for (rung, race), paper_of, place in zip(sitters, asked, folders, strict=True)
    }


def mistakes(group: Sequence[Variant], races: Sequence[Settings], folder: Path) -> dict[str, str]:
    """The rungs that miss in all their sittings before one of these races, and how."""
    missed: dict[str, str] = {}
    sitters = [(rung, race) for rung in group for race in races]
    for sitting in range(parity.SITTINGS):
        missed = {name: said for name, said in examine(sitters, folder / str(sitting), sitting).items() if said}
        sitters = [sitter for sitter in sitters if title(sitter) in missed]
        if not sitters:
            break
    return missed


def title(sitter: Sitter) -> str:
    """Who sits before what."""
    rung, race = sitter
    return f"{rung.name}, {race.batch_size} images"


def verdict(rung: Variant, asked: Settings, tolerance: float, folder: Path) -> str:
    """What is wrong with a rung's answer to the paper `asked`; '' when nothing is."""
    answer, told = folder / f"epoch-{asked.epochs}.npz", exams.facts(folder)
    if not answer.is_file() or not told:
        return exams.log(folder) or "ended without a word"
    if (told.get("threads"), told.get("device")) != (asked.threads, asked.device):
        return f"trains on {told.get('device')} with {told.get('threads')} threads"
    with np.load(answer) as arrays:
        difference, layer = parity.compare(dict(arrays), paper.reference_weights(asked))
    if not difference <= tolerance:
        return f"{layer} is off by {difference}"
    found, expected = tape.read(folder / "tape")["loss"], expected_losses(rung, asked)
    equal = np.allclose(found, expected, rtol=0, atol=max(1e-4, tolerance), equal_nan=True)
    return "" if equal else f"ticks {found}, not {expected}"


@pytest.mark.slow
@pytest.mark.usefixtures("stacks_of_this_machine")
@pytest.mark.parametrize("group", exams.groups(catalog.RUNGS.values()), ids=exams.group_id)
def test_every_rung_equals_the_reference(group: Group, tmp_path: Path) -> None:
    exams.need(group[0])
    assert mistakes(group, [SMALL], tmp_path / "exams") == {}


def test_every_rung_is_examined() -> None:
    examined = [rung.name for group in exams.groups(catalog.RUNGS.values()) for rung in group]
    assert sorted(examined) == sorted(catalog.RUNGS) and len(examined) > 20


def by_hand(module: str, **changes: Any) -> Variant:
    """The reference, or what is planted beside it, as a rung."""
    return dataclasses.replace(catalog.variant("numpy_reference"), name="by_hand", module=module, **changes)


@pytest.mark.parametrize(
    ("rung", "said"),
    [
        (by_hand("lenet.variants.numpy_reference"), ""),
        (by_hand("tests.helpers.planted.not_a_number"), "conv2_bias is off by inf"),
        (by_hand("lenet.variants.nowhere"), "No module named 'lenet.variants.nowhere'"),
        (by_hand("lenet.variants.numpy_reference", running_loss=True), "ticks"),
        (by_hand("lenet.variants.numpy_reference", batches_per_call=5), "ticks"),
    ],
    ids=["right", "diverged", "missing", "its own loss", "every loss"],
)
def test_the_examiner_sees_what_is_wrong(rung: Variant, said: str, tmp_path: Path) -> None:
    (found,) = examine([(rung, SMALL)], tmp_path / "exams").values()
    assert said in found and bool(said) == bool(found)
