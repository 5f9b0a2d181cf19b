"""Make the exam's paper: images on which rounding cannot matter, and the reference's weights.

The gradient of a pooling window goes to its largest pixel. Where two pixels are equal to seven
digits, float32 and float64 may send it to different ones. Such ties moved a right program's weights
by up to 7.6e-5 in batches of one image and by 1.1e-4 on a GPU, where the same program in float64
agrees to the last digit. A mistake shows with any images, so the exam leaves out images with such
ties.

Of many images some always have ties. So a larger batch is made of a few images that come again, each
another number of times, in an order that no part of the batch shares with another: what a program does
with any place of the batch still shows, and rounding decides as little as in a small one. The reference
computes each of them once, so that a batch of 60,000 costs it no more than one of nine.
"""

from __future__ import annotations

import copy
import dataclasses
import threading
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet import problem
from lenet.analysis.exam.network import Network, Program, softmax
from lenet.problem import Problem, Weights
from lenet.settings import Settings, names
from lenet.variants.numpy_reference import LeNet
from lenet.worker.clock import prepare

NUDGE = 2e-6
"""The relative change of the nudged references' weights: more than rounding to float32 changes."""
HARMLESS = 2e-6
"""How far a batch's ties may move a weight in the exam; the least tolerance is five times this."""
SPARES = 10
"""The most batches that are left out; after these the exam takes batches as they are."""
DISTINCT = 8
"""The most images of a batch that differ: with fewer images ties are rare."""
Batch = tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]
Places = npt.NDArray[np.int64]
"""For each place of a batch, which of its distinct images stands there."""
COMPUTED = names(lambda facets: facets.exam == "what")
"""Settings that decide what is computed; the paper does not depend on any other setting."""
_LOCK = threading.Lock()


def make(asked: Settings) -> Problem:
    """The problem of the exam `asked` (see `parity.exam_settings`).

    It has the seed's images in their order, without batches that have ties. Each batch is checked
    with the weights that the reference has by then, so it depends on all batches before it.
    """
    return _paper(asked)[0]


def reference_weights(asked: Settings) -> Weights:
    """The reference's weights after training on `make(asked)`; shared, so not to be changed."""
    return _paper(asked)[1]


def _paper(asked: Settings) -> tuple[Problem, Weights]:
    # Exams are sat in threads: those with the same paper wait while one thread chooses its images.
    with _LOCK:
        return _chosen(Settings.parse({name: getattr(asked, name) for name in COMPUTED}))


@lru_cache(maxsize=16)
def _chosen(asked: Settings) -> tuple[Problem, Weights]:
    size, wanted = min(asked.batch_size, DISTINCT), asked.batches_per_epoch
    assert 1 in (wanted, asked.epochs), "one batch again and again, or each batch once"
    pool = problem.make(dataclasses.replace(asked, batch_size=size, images_per_epoch=size * (wanted + SPARES)))
    reference, generator = _reference(pool, asked), np.random.default_rng(asked.seed)
    kept: list[Places] = []
    for number in range(wanted + SPARES):
        limit = HARMLESS if number - len(kept) < SPARES else np.inf
        own = slice(number * size, (number + 1) * size)
        places = _places(asked.batch_size, generator)
        if isinstance(reference, Repeating):
            reference.expect(places)
        batch = prepare(pool.images[own]), pool.labels[own]
        if (trained := _trained(reference, batch, asked, generator, limit)) is not None:
            reference = trained
            kept.append(number * size + places)
        if len(kept) == wanted:
            break
    chosen = np.concatenate(kept)
    return Problem(pool.images[chosen], pool.labels[chosen], pool.weights), reference.weights()


def _reference(pool: Problem, asked: Settings) -> LeNet:
    return (LeNet if asked.batch_size <= DISTINCT else Repeating)(pool.weights, asked.as_dict())


def _places(size: int, generator: np.random.Generator) -> Places:
    """The places of a batch of `size`.

    Images come the more often the later they stand among the distinct ones, so that no part of the
    batch has the mean of the whole.
    """
    if size <= DISTINCT:
        return np.arange(size)
    often = np.arange(1, DISTINCT + 1)
    return generator.choice(DISTINCT, size, p=often / often.sum())


class Repeating(Program):
    """The reference, for batches whose images come again: it is handed each of them once."""

    def expect(self, places: Places) -> None:
        """Take the next images for those of a batch with these `places`."""
        shares = np.bincount(places, minlength=DISTINCT)[:, np.newaxis] / len(places)
        self.network = Network(loss=lambda logits, truth: (softmax(logits) - truth) * shares)


def _trained(
    reference: LeNet, batch: Batch, asked: Settings, generator: np.random.Generator, limit: float
) -> LeNet | None:
    """The reference after one batch in every epoch.

    None as soon as the batch's ties may move a weight by more than `limit`.
    """
    trained, moved = copy.deepcopy(reference), 0.0
    # Momentum adds a step's change again in each later step.
    gain = sum(asked.momentum**later for later in range(asked.batches))
    for _ in range(asked.epochs):
        moved += gain * bend(trained, batch, generator)
        if moved > limit:
            return None
    return trained


def bend(reference: LeNet, batch: Batch, generator: np.random.Generator) -> float:
    """Let `reference` take a step; return how far it ends from the middle of two nudged copies.

    The copies were nudged in opposite directions before the step. Everything in a step is smooth
    except the choice of the largest pixel. Smooth effects cancel between the two (except for the
    square of the nudge); a pixel that is the largest on one side only does not.
    """
    nudges = {name: NUDGE * generator.standard_normal(a.shape) for name, a in reference.parameters.items()}
    sides = [_nudged(reference, {name: 1 + sign * nudge for name, nudge in nudges.items()}) for sign in (-1, 1)]
    for one in (reference, *sides):
        one.step(*batch)
    low, high = (side.parameters for side in sides)
    return max(float(np.abs(low[n] + high[n] - 2 * a).max()) for n, a in reference.parameters.items())


def _nudged(reference: LeNet, factors: dict[str, Any]) -> LeNet:
    nudged = copy.deepcopy(reference)
    for name, factor in factors.items():
        nudged.parameters[name] *= factor
    return nudged
