"""The requests of instruments: for a ladder, a law, counts, a profile or a noise floor.

The page and the shell build theirs here, so that both ask the same.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from lenet import catalog, instruments
from lenet.analysis.steady import WARMUP
from lenet.catalog import Change, Entry, Ladder
from lenet.errors import BadInput
from lenet.instruments import Instrument
from lenet.records import Experiment, Request
from lenet.settings import TRAINING_IMAGES, Settings

# Microseconds count here. The allocator's lottery is larger than many a rung, and so is what
# threads wait for each other on a shared machine.
QUIET = {"allocator": "steady", "threads": 1}
# In all some ten minutes on two cores, half of which is starting twenty processes four times.
LADDER = {**QUIET, "batch_size": 8, "images_per_epoch": 8 * 700, "rounds": 4}
LAW = {**QUIET, "images_per_epoch": 24_000, "rounds": 4}
BATCH_SIZES = (1, 4, 16, 32, 64, 128, 256)
FEWEST_SIZES = 4
"""A straight line through three points fits too easily to say that it holds."""
# A slice is 15 batches or more: of 90 large ones that left four to a round, too few to tell a burst
# from the rest.
LARGEST_BATCH, FEWEST_BATCHES = 4096, 200
FIXED_COST = {"cpu": 16, "gpu": 1000}
"""By device: a fixed cost per batch is worth about so many images' compute."""
# About a minute on two cores, half of which is starting four processes four times.
NOISE = {"rounds": 4}
NOISE_VARIANT = "tensorflow_function"
NOISE_BATCHES = 500
NOISE_DEFAULTS = {**NOISE, "images_per_epoch": f"{NOISE_BATCHES} batches"}
"""As a form shows them: how many images that are depends on the batch size."""
COPIES, MOST_COPIES = 4, 16
EVIDENCE_BATCH = 32
EVIDENCE_BATCHES = 40
PROFILED_BATCHES = 1500


def ladder_request(ladder: Ladder, values: Mapping[str, Any]) -> Request:
    """Race every state of a ladder, and its start twice: the two copies show the noise floor.

    values: settings in the place of the ladder's own. Raises BadInput when one is wrong or a state
    does not exist.
    """
    entries = (*ladder.entries, ladder.start)
    for entry in entries:
        catalog.variant(entry)
    settings = Settings.parse({**LADDER, **ladder.settings, **values})
    return Request(entries, settings, instrument=instruments.LADDER.name, plan=dataclasses.asdict(ladder))


def ladder_of(experiment: Experiment) -> Ladder:
    """The ladder that an experiment raced, as it was then."""
    plan = experiment.request.plan
    changes = tuple(Change(**change) for change in plan["changes"])
    return Ladder(**{**plan, "changes": changes})


def law_request(variants: Sequence[str], batch_sizes: Sequence[int], values: Mapping[str, Any]) -> Request:
    """Race each variant at each batch size. Raises BadInput for a wrong size or setting, or too few
    sizes."""
    if not variants:
        raise BadInput("Choose at least one variant for the overhead law; `python -m lenet variants` lists them.")
    if len(set(batch_sizes)) < FEWEST_SIZES:
        raise BadInput(f"A law needs at least {FEWEST_SIZES} different batch sizes, such as 1,4,16,64.")
    if "batch_size" in values:
        raise BadInput("A law sweeps the batch size; name the sizes with --batch-sizes.")
    settings = Settings.parse({**LAW, **values})
    sizes = sorted(set(batch_sizes))
    entries = tuple(_sized(name, size, settings) for name in variants for size in sizes)
    for entry in entries:
        catalog.variant(entry)
        catalog.settings_of(entry, settings)
    plan = {"variants": list(variants), "batch_sizes": sizes}
    return Request(entries, settings, instrument=instruments.LAW.name, plan=plan)


def sizes_in(text: str) -> list[int]:
    """Batch sizes between commas. Raises BadInput for anything but whole numbers."""
    try:
        return [int(size) for size in text.split(",") if size.strip()]
    except ValueError:
        usual = ",".join(map(str, BATCH_SIZES))
        raise BadInput(f"Batch sizes are whole numbers between commas, such as {usual}, not {text!r}.") from None


def _sized(name: str, size: int, settings: Settings) -> str:
    """The entry of a variant at a batch size, with as many batches as take about equally long at
    every size.

    t(B) grows about as B + FIXED_COST. 24,000 images (at batch size 16 of a CPU, some 700 batches)
    are some three seconds a run there. What does not fit into the images that there are goes over
    several epochs.
    """
    if not 1 <= size <= LARGEST_BATCH:
        raise BadInput(f"A batch size of a law must be from 1 to {LARGEST_BATCH}, not {size}.")
    single, fixed = settings.images_per_epoch / (1 + FIXED_COST["cpu"]), FIXED_COST[settings.device]
    batches = max(FEWEST_BATCHES, int(single * (1 + fixed) / (size + fixed)))
    epochs = math.ceil(batches / (TRAINING_IMAGES // size))
    own = {"batch_size": size, "images_per_epoch": size * math.ceil(batches / epochs)}
    return str(Entry.parse(name).having(own if epochs == 1 else {**own, "epochs": epochs}))


def counts_request(variants: Sequence[str], values: Mapping[str, Any]) -> Request:
    """Count what each variant does on steady batches, with the clock off. Raises BadInput."""
    return _evidence(instruments.COUNTS, variants, values, EVIDENCE_BATCHES)


def profile_request(variants: Sequence[str], values: Mapping[str, Any]) -> Request:
    """Sample where each variant spends its steady batches, in a run that is never compared. Raises
    BadInput."""
    return _evidence(instruments.PROFILE, variants, values, PROFILED_BATCHES)


def _evidence(kind: Instrument, variants: Sequence[str], values: Mapping[str, Any], batches: int) -> Request:
    if not variants:
        raise BadInput("Choose at least one variant; `python -m lenet variants` lists them.")
    for name in variants:
        catalog.variant(name)
    size = Settings.parse({"batch_size": EVIDENCE_BATCH, **values}).batch_size
    images = size * min(WARMUP + batches, TRAINING_IMAGES // size)
    settings = Settings.parse({"batch_size": size, "images_per_epoch": images, **values, "rounds": 1, "epochs": 1})
    return Request(tuple(variants), settings, instrument=kind.name, plan={"batches": settings.batches - WARMUP})


def noise_request(variant: str, copies: int, values: Mapping[str, Any]) -> Request:
    """Race copies of one variant: how far apart do equal programs come out? Raises BadInput."""
    catalog.variant(variant)
    if not 2 <= copies <= MOST_COPIES:
        raise BadInput(f"The noise floor needs 2 to {MOST_COPIES} copies, not {copies}.")
    size = Settings.parse({**NOISE, **values}).batch_size
    images = size * min(NOISE_BATCHES, TRAINING_IMAGES // size)
    settings = Settings.parse({**NOISE, "images_per_epoch": images, **values})
    return Request((variant,) * copies, settings, instrument=instruments.NOISE.name, plan={"copies": copies})
