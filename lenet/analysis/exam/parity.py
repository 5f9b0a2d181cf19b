"""Set and mark the exam that a variant must pass before its times are compared.

Same answer before same clock: a variant trains 20 batches from the shipped weights, and its weights
must then equal the NumPy reference's. These batches are small. Where the race's are larger, so that a
framework may compute otherwise in them, it trains a few of the race's size too: a second paper.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet import catalog
from lenet.analysis.exam import paper
from lenet.analysis.words import counted, listed
from lenet.catalog import Variant
from lenet.records import Paper, Parity
from lenet.settings import TRAINING_IMAGES, Settings, names

EXAM_BATCHES = 20
LARGEST_BATCH = paper.DISTINCT
"""The images of a batch in an exam's first paper, and the size up to which it is the only one."""
RACE_BATCHES = 5
"""The batches of the second paper: momentum shows from the second on, a program that trains several
batches per call trains five, and rounding has grown little by then."""
MOVED = 0.1
"""How far weights move in the second paper, with the momentum of 0.9, as a share of the first: so much
of a tolerance that is for more than rounding is left in it."""
LARGE_BATCH = 4096
"""Beyond this size the second paper's tolerance grows with the batch, as rounding in the sum over its
images does: PyTorch was seen to be off by 8e-8 at 128 images, 5e-7 at 1,024 and 1.7e-6 here,
where a single image left out moves weights by 4e-5."""
# The exam's own, whatever the race asks for: a much smaller one hides a wrong update below the
# tolerance, a much larger one amplifies rounding. It differs from every default, so that a variant
# that ignores its settings is caught.
LEARNING_RATE = 0.007
# `paper` leaves out images on which float32 and float64 diverge; small batches leave out fewer. Some
# programs round far worse than most, as on a GPU: after a miss the exam is sat again with others.
SITTINGS = 3
MATTERS = names(lambda facets: facets.exam != "no")
"""Settings on which an exam's answer depends."""


def has_two_papers(settings: Settings) -> bool:
    """Whether the race's batches are larger than those of the first paper."""
    return settings.batch_size > LARGEST_BATCH


def first_of(settings: Settings) -> Settings:
    """The race whose exam is the first paper of the exam for `settings`; `settings` where it is the
    only one."""
    return dataclasses.replace(settings, batch_size=min(settings.batch_size, LARGEST_BATCH))


def exam_settings(variant: Variant, settings: Settings, sitting: int = 0) -> Settings:
    """The settings of the last paper that `variant` sits before a race with `settings`.

    That is 20 batches of at most 8 images, or the second paper, 5 of the race's own size; then
    `exam_settings(variant, first_of(settings))` is the first. A paper keeps the race's settings that
    decide what is computed, and where; the others are at their default. A variant that shuffles
    trains on one batch again and again: the order inside a batch changes nothing. So does one whose
    batches are too large for several to be an epoch. Each `sitting`, counted from 0, has its own
    images and initial weights.
    """
    second = has_two_papers(settings)
    batches = RACE_BATCHES if second else EXAM_BATCHES
    batch = settings.batch_size if second or not variant.shuffles else LARGEST_BATCH
    again = variant.shuffles or batch * batches > TRAINING_IMAGES
    asked = {name: getattr(settings, name) for name in MATTERS}
    return dataclasses.replace(
        Settings(**asked),
        batch_size=batch,
        epochs=batches if again else 1,
        images_per_epoch=batch if again else batch * batches,
        learning_rate=LEARNING_RATE,
        seed=(settings.seed + sitting) % 2**31,
        rounds=1,
        slice_ms=0,
        timeout=settings.timeout,
    )


def papers(variant: Variant, settings: Settings) -> tuple[Paper, ...]:
    """What `variant` is held to before a race with `settings`, paper by paper."""
    races = (first_of(settings), settings) if has_two_papers(settings) else (settings,)
    return tuple(_paper(variant, race) for race in races)


def _paper(variant: Variant, settings: Settings) -> Paper:
    asked, tolerance = exam_settings(variant, settings), variant.tolerance
    if has_two_papers(settings):
        rounding = min(tolerance, Variant.tolerance) * max(1.0, asked.batch_size / LARGE_BATCH)
        tolerance = max(rounding, tolerance * MOVED)
    return Paper(asked.batches, asked.batch_size, tolerance)


def held_to(answer: Parity) -> str:
    """'1e-5 after 20 updates of 8 images, and 1e-5 after 5 updates of 32 images'; '' where nothing was
    answered."""
    if answer.status != "finished":
        return ""
    # Answers of versions that knew one paper only do not say it.
    if not answer.papers:
        return f"{_power(answer.tolerance)} after {EXAM_BATCHES} updates of at most {LARGEST_BATCH} images"
    return listed(
        [
            f"{_power(one.tolerance)} after {counted(one.updates, 'update')} of {counted(one.images, 'image')}"
            for one in answer.papers
        ]
    )


def _power(number: float) -> str:
    """1e-5 for 0.00001."""
    digits, _, exponent = f"{number:.1e}".partition("e")
    return f"{digits.removesuffix('.0')}e{int(exponent)}"


def only_at(settings: Settings) -> str:
    """What is said of a variant that missed the second paper alone: no mistake in its mathematics, which
    the first would show, explains that."""
    return (
        f"It is right with batches of {LARGEST_BATCH} images, not with batches of {settings.batch_size:,}: look for "
        f"a size that is written into it, and for images of a batch that it leaves out."
    )


def both(first: Parity, second: Parity) -> Parity:
    """The answer of an exam with two papers: that of the second, or what the first came nearer to
    missing by."""
    nearer = max((first, second), key=lambda one: one.difference / one.tolerance)
    return dataclasses.replace(second, difference=nearer.difference, layer=nearer.layer, tolerance=nearer.tolerance)


def compare(
    weights: Mapping[str, npt.NDArray[np.floating[Any]]], reference: Mapping[str, npt.NDArray[np.floating[Any]]]
) -> tuple[float, str]:
    """The largest absolute difference, and the parameter in which it is.

    A parameter that is missing, superfluous, of another shape or not finite differs by infinity.
    """
    names = [*reference, *(name for name in weights if name not in reference)]
    differences = {name: _difference(weights.get(name), reference.get(name)) for name in names}
    worst = max(differences, key=differences.__getitem__)
    return differences[worst], worst


def _difference(array: npt.NDArray[np.floating[Any]] | None, expected: npt.NDArray[np.floating[Any]] | None) -> float:
    if array is None or expected is None or array.shape != expected.shape or not np.isfinite(array).all():
        return float("inf")
    return float(np.abs(array.astype(np.float64) - expected).max())


def key(
    variant: Variant,
    settings: Settings,
    versions: Mapping[str, str],
    in_force: Mapping[str, str] | None = None,
) -> str:
    """Fingerprint of all that an exam's answer depends on; the answer is kept under it.

    in_force: the user's variables (`lenet.variables`). Without one the key is as it always was.
    """
    exam = exam_settings(variant, settings).as_dict()
    facts: dict[str, Any] = {
        "variant": (variant.name, variant.stack, variant.tolerance, variant.source_hash()),
        "reference": catalog.variant("numpy_reference").source_hash(),
        "versions": dict(versions),
        "machine": (platform.system(), platform.machine()),
        "exam": {name: exam[name] for name in MATTERS},
        "paper": (paper.NUDGE, paper.HARMLESS, paper.SPARES),
    }
    if has_two_papers(settings):
        facts["second"] = (paper.DISTINCT, papers(variant, settings)[-1].tolerance)
    if in_force:
        facts["variables"] = dict(in_force)
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def judge(
    variant: Variant,
    settings: Settings,
    key: str,
    weights: Mapping[str, npt.NDArray[np.floating[Any]]],
    sitting: int = 0,
) -> Parity:
    """Mark the sitting that ended with `weights`. `settings` are the race's, not the exam's; of two
    papers this is the second."""
    held = papers(variant, settings)
    difference, layer = compare(weights, paper.reference_weights(exam_settings(variant, settings, sitting)))
    return Parity(
        key, variant.name, difference <= held[-1].tolerance, difference, layer, held[-1].tolerance, papers=held
    )
