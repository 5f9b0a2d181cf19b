"""The exam's images: rounding decides nothing with them, and leaving some out depends on nothing but the settings."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from lenet import catalog, problem
from lenet.analysis.exam import paper, parity
from lenet.problem import Problem
from lenet.settings import Settings
from lenet.variants.numpy_reference import LeNet
from lenet.worker.clock import prepare

REFERENCE = catalog.variant("numpy_reference")
SHUFFLED = dataclasses.replace(REFERENCE, shuffles=True)
OFF = (1e-6, -1e-6)
"""How far a reference is off at its start, relatively, to stand for a program that rounds."""


def exam(batch_size: int, variant: catalog.Variant = REFERENCE, seed: int = 7439) -> Settings:
    return parity.exam_settings(variant, Settings.parse({"batch_size": batch_size, "seed": seed, "threads": 1}))


def trained(sheet: Problem, asked: Settings, off: float = 0.0) -> dict[str, Any]:
    """The reference's weights after `sheet`, if each weight was off by so much, relatively, at the start."""
    reference, generator = LeNet(sheet.weights, asked.as_dict()), np.random.default_rng(1)
    for array in reference.parameters.values():
        array *= 1 + off * generator.standard_normal(array.shape)
    images, size = prepare(sheet.images), asked.batch_size
    for first in [*range(0, len(images), size)] * asked.epochs:
        reference.step(images[first : first + size], sheet.labels[first : first + size])
    return reference.parameters


def disagreement(sheet: Problem, asked: Settings) -> float:
    """How far references that are slightly off come out from the one that is not."""
    right = trained(sheet, asked)
    return max(parity.compare(trained(sheet, asked, off), right)[0] for off in OFF)


@pytest.mark.parametrize("variant", [REFERENCE, SHUFFLED], ids=["in order", "shuffled"])
def test_with_these_images_rounding_decides_nothing(variant: catalog.Variant) -> None:
    """Of the usual seed the first images have ties, in both kinds of exam: a right program could have missed."""
    asked = exam(8, variant)
    assert disagreement(problem.make(asked), asked) > 1e-5
    assert disagreement(paper.make(asked), asked) < 1e-6


@pytest.mark.parametrize("variant", [REFERENCE, SHUFFLED], ids=["in order", "shuffled"])
def test_nor_does_it_in_a_larger_batch(variant: catalog.Variant) -> None:
    asked = exam(32, variant)
    assert disagreement(paper.make(asked), asked) < 1e-6


@pytest.mark.parametrize("variant", [REFERENCE, SHUFFLED], ids=["in order", "shuffled"])
def test_a_larger_batch_repeats_eight_images_and_the_reference_computes_all_of_it(variant: catalog.Variant) -> None:
    asked = exam(40, variant)
    chosen = paper.make(asked)
    for first in range(0, len(chosen.images), 40):
        batch = chosen.images[first : first + 40]
        places = [(batch == image).all(axis=(1, 2, 3)).sum() for image in batch]
        assert sum(1 / count for count in places) <= 8.001 and max(places) > 2 * min(places)
    assert parity.compare(trained(chosen, asked), paper.reference_weights(asked))[0] < 1e-8


@pytest.mark.parametrize("seed", [7440, 7441, 7442])
def test_other_seeds_agree_with_themselves_too(seed: int) -> None:
    for asked in (exam(8, SHUFFLED, seed), exam(1, REFERENCE, seed)):
        assert disagreement(paper.make(asked), asked) < 1e-6


@pytest.fixture
def chosen_anew() -> Iterator[None]:
    """Nothing that was chosen before, and nothing that is chosen here is kept."""
    paper._chosen.cache_clear()
    yield
    paper._chosen.cache_clear()


@pytest.mark.usefixtures("chosen_anew")
def test_images_without_ties_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "HARMLESS", np.inf)
    asked = exam(1)
    assert np.array_equal(paper.make(asked).images, problem.make(asked).images)


def test_the_images_are_the_seeds_own_in_their_order() -> None:
    asked = exam(8)
    wanted = asked.images_per_epoch
    pool = problem.make(dataclasses.replace(asked, images_per_epoch=wanted + 8 * paper.SPARES))
    chosen = paper.make(asked)
    places = [int(np.flatnonzero((pool.images == image).all(axis=(1, 2, 3)))[0]) for image in chosen.images]
    assert places == sorted(set(places)) and len(places) == wanted <= places[-1]
    assert set(np.diff(places).tolist()) <= {1, 9, 17}, "whole batches are left out"
    assert np.array_equal(chosen.labels, pool.labels[places])
    assert all(np.array_equal(chosen.weights[name], pool.weights[name]) for name in pool.weights)


def test_who_sits_and_how_often_changes_nothing() -> None:
    asked = exam(1)
    first = copy.deepcopy(paper.make(asked))
    paper._chosen.cache_clear()
    other = dataclasses.replace(asked, threads=2, timeout=9)
    assert np.array_equal(paper.make(other).images, first.images)
    assert paper.make(asked) is paper.make(other)


def test_the_reference_weights_are_those_after_the_chosen_images() -> None:
    asked = exam(1)
    difference, _ = parity.compare(trained(paper.make(asked), asked), paper.reference_weights(asked))
    assert difference < 1e-8  # of float32


@pytest.mark.usefixtures("chosen_anew")
def test_where_every_batch_ties_the_exam_is_whole_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper, "HARMLESS", -1.0)
    asked = exam(1)
    chosen, pool = paper.make(asked), problem.make(dataclasses.replace(asked, images_per_epoch=30))
    assert np.array_equal(chosen.images, pool.images[paper.SPARES :])


def test_one_batch_again_and_again_is_seen_in_every_epoch() -> None:
    asked = exam(8, SHUFFLED)
    chosen = paper.make(asked)
    assert chosen.images.shape == (8, 28, 28, 1)
    assert parity.compare(trained(chosen, asked), paper.reference_weights(asked))[0] < 1e-8


# The measure


def test_a_step_without_a_tie_bends_by_the_square_of_the_nudge_only() -> None:
    asked = exam(1)
    chosen = paper.make(asked)
    reference, generator = LeNet(chosen.weights, asked.as_dict()), np.random.default_rng(asked.seed)
    batches = [(prepare(chosen.images[i : i + 1]), chosen.labels[i : i + 1]) for i in range(parity.EXAM_BATCHES)]
    assert np.median([paper.bend(reference, batch, generator) for batch in batches]) < 1e-9


def test_a_planted_tie_bends() -> None:
    """Two pixels of one window that see different patches are made equal to nine digits."""
    asked = exam(1)
    sheet = problem.make(asked)
    image = prepare(sheet.images[:1])
    before = LeNet(sheet.weights, asked.as_dict())
    batch = image, sheet.labels[:1]
    planted = max((tie(sheet, image, channel) for channel in range(20)), key=lambda found: bend_of(found, asked, batch))
    assert bend_of(planted, asked, batch) > 1000 * bend_of(before.parameters, asked, batch)


def bend_of(weights: dict[str, Any], asked: Settings, batch: paper.Batch) -> float:
    return paper.bend(LeNet(weights, asked.as_dict()), batch, np.random.default_rng(1))


def tie(sheet: Problem, image: np.ndarray, channel: int) -> dict[str, Any]:
    """The weights, with a kernel of conv1 that sees the same in the two largest pixels of the window with most ink."""
    kernel = sheet.weights["conv1_kernel"].astype(np.float64)
    ink = image[0, :, :, 0]
    row, column = max(
        np.ndindex(12, 12), key=lambda at: ink[2 * at[0] : 2 * at[0] + 6, 2 * at[1] : 2 * at[1] + 6].std()
    )
    patches = [ink[2 * row + i : 2 * row + i + 5, 2 * column + j : 2 * column + j + 5] for i, j in np.ndindex(2, 2)]
    seen = [float((patch * kernel[:, :, 0, channel]).sum()) for patch in patches]
    second, first = np.argsort(seen)[-2:]
    apart = patches[first] - patches[second]
    kernel[:, :, 0, channel] -= apart * (seen[first] - seen[second] - 1e-9) / (apart**2).sum()
    return {**sheet.weights, "conv1_kernel": kernel}
