"""Set and mark the exam that a variant must pass before its times are compared.

Same answer before same clock: a variant trains 20 batches from the shipped weights, and its weights
must then equal the NumPy reference's.
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
from lenet.catalog import Variant
from lenet.records import Parity
from lenet.settings import Settings, names

EXAM_BATCHES = 20
LARGEST_BATCH = 8
# The exam's own, whatever the race asks for: a much smaller one hides a wrong update below the
# tolerance, a much larger one amplifies rounding. It differs from every default, so that a variant
# that ignores its settings is caught.
LEARNING_RATE = 0.007
# `paper` leaves out images on which float32 and float64 diverge; small batches leave out fewer. Some
# programs round far worse than most, as on a GPU: after a miss the exam is sat again with others.
SITTINGS = 3
MATTERS = names(lambda facets: facets.exam != "no")
"""Settings on which an exam's answer depends."""


def exam_settings(variant: Variant, settings: Settings, sitting: int = 0) -> Settings:
    """The settings of the exam that `variant` sits before a race with `settings`.

    The exam has 20 batches of at most 8 images. It keeps the race's settings that decide what is
    computed, and where; the others are at their default. A variant that shuffles trains on one
    batch of 8, 20 times: the order inside a batch changes nothing. Each `sitting`, counted from 0,
    has its own images and initial weights.
    """
    batch = LARGEST_BATCH if variant.shuffles else min(settings.batch_size, LARGEST_BATCH)
    epochs = EXAM_BATCHES if variant.shuffles else 1
    asked = {name: getattr(settings, name) for name in MATTERS}
    return dataclasses.replace(
        Settings(**asked),
        batch_size=batch,
        epochs=epochs,
        images_per_epoch=batch * EXAM_BATCHES // epochs,
        learning_rate=LEARNING_RATE,
        seed=(settings.seed + sitting) % 2**31,
        rounds=1,
        slice_ms=0,
        timeout=settings.timeout,
    )


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
    """Mark the sitting that ended with `weights`. `settings` are the race's, not the exam's."""
    difference, layer = compare(weights, paper.reference_weights(exam_settings(variant, settings, sitting)))
    return Parity(key, variant.name, difference <= variant.tolerance, difference, layer, variant.tolerance)
