"""Builds the requests for a ladder, a law, counts, a profile and a noise floor.

Page and shell both build them here, so that both ask for the same.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

from lenet import catalog, instruments
from lenet.analysis.steady import WARMUP
from lenet.catalog import Change, Entry, Ladder, Preset
from lenet.errors import BadInput
from lenet.instruments import Instrument
from lenet.records import Experiment, Request
from lenet.settings import TRAINING_IMAGES, Settings, default_threads

# Microseconds count here. The allocator's lottery is larger than the effect of many a rung, and so
# is the time that threads wait for each other on a shared machine. But all cores are there, as on a
# user's machine: what a program does beside its training (a pipeline that reads ahead) is not made to
# wait.
QUIET = {"allocator": "steady", "threads": 1, "cores": default_threads()}
# Some ten minutes on two cores; half of it goes into starting twenty processes four times.
LADDER = {**QUIET, "batch_size": 8, "images_per_epoch": 8 * 700, "rounds": 4}
LAW = {**QUIET, "images_per_epoch": 24_000, "rounds": 4}
BATCH_SIZES = (1, 4, 16, 32, 64, 128, 256)
FEWEST_SIZES = 4
"""A straight line through three points fits too easily to say that it holds."""
# A slice has 15 batches or more: 90 large batches were only four slices a round, too few to tell a
# burst from the rest.
LARGEST_BATCH, FEWEST_BATCHES = 4096, 200
FIXED_COST = {"cpu": 16, "gpu": 1000}
"""By device: the fixed cost of a batch, as the number of images that take as long to compute."""
# About a minute on two cores; half of it goes into starting four processes four times.
NOISE = {"rounds": 4}
NOISE_VARIANT = "tensorflow_function"
NOISE_BATCHES = 500
NOISE_DEFAULTS = {**NOISE, "images_per_epoch": f"{NOISE_BATCHES} batches"}
"""The defaults as a form shows them: the number of images depends on the batch size."""
COPIES, MOST_COPIES = 4, 16
NOISE_CHECK = Preset(
    "noise",
    "Noise check",
    f"{COPIES} copies of one program race: how far apart do equal programs come out on this machine?",
    (NOISE_VARIANT,),
    {**NOISE, "images_per_epoch": Settings.batch_size * NOISE_BATCHES},
)
EVIDENCE_BATCH = 32
EVIDENCE_BATCHES = 40
COUNTED_EPOCHS = 4
"""With three starts of later epochs: the first may do things for the first time, the others tell what
is made anew at each."""
PROFILED_BATCHES = 1500


def ladder_request(ladder: Ladder, values: Mapping[str, Any]) -> Request:
    """Race every state of a ladder, and its start twice: the two copies show the noise floor.

    values: settings that replace the ladder's own. Raises BadInput when a setting is wrong or a
    state does not exist.
    """
    entries = (*ladder.entries, ladder.start)
    for entry in entries:
        catalog.variant(entry)
    settings = Settings.parse({**LADDER, **ladder.settings, **values})
    return Request(entries, settings, instrument=instruments.LADDER.name, plan=dataclasses.asdict(ladder))


def ladder_of(experiment: Experiment) -> Ladder:
    """The ladder that an experiment raced, as the ladder was at that time."""
    plan = experiment.request.plan
    changes = tuple(Change(**change) for change in plan["changes"])
    return Ladder(**{**plan, "changes": changes})


def law_request(variants: Sequence[str], batch_sizes: Sequence[int], values: Mapping[str, Any]) -> Request:
    """Race each variant at each batch size.

    Raises BadInput for a wrong size or setting, and for too few sizes.
    """
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
    """Read batch sizes between commas. Raises BadInput unless all are whole numbers."""
    try:
        return [int(size) for size in text.split(",") if size.strip()]
    except ValueError:
        usual = ",".join(map(str, BATCH_SIZES))
        raise BadInput(f"Batch sizes are whole numbers between commas, such as {usual}, not {text!r}.") from None


def _sized(name: str, size: int, settings: Settings) -> str:
    """The entry of a variant at a batch size, with so many batches that a run takes about equally
    long at every size.

    The time of a batch of B images grows about as B + FIXED_COST. On a CPU, 24,000 images (some 700
    batches at batch size 16) take some three seconds a run. Where the training images do not
    suffice, the batches spread over several epochs.
    """
    if not 1 <= size <= LARGEST_BATCH:
        raise BadInput(f"A batch size of a law must be from 1 to {LARGEST_BATCH}, not {size}.")
    single, fixed = settings.images_per_epoch / (1 + FIXED_COST["cpu"]), FIXED_COST[settings.device]
    batches = max(FEWEST_BATCHES, int(single * (1 + fixed) / (size + fixed)))
    epochs = math.ceil(batches / (TRAINING_IMAGES // size))
    own = {"batch_size": size, "images_per_epoch": size * math.ceil(batches / epochs)}
    return str(Entry.parse(name).having(own if epochs == 1 else {**own, "epochs": epochs}))


def counts_request(variants: Sequence[str], values: Mapping[str, Any]) -> Request:
    """Count what each variant does on steady batches and between epochs, with the clock off.

    Raises BadInput for an unknown variant or a wrong setting.
    """
    return _evidence(instruments.COUNTS, variants, values, EVIDENCE_BATCHES, COUNTED_EPOCHS)


def profile_request(variants: Sequence[str], values: Mapping[str, Any]) -> Request:
    """Sample where each variant spends its steady batches, in runs that are never compared.

    Raises BadInput for an unknown variant or a wrong setting.
    """
    return _evidence(instruments.PROFILE, variants, values, PROFILED_BATCHES)


def _evidence(
    kind: Instrument, variants: Sequence[str], values: Mapping[str, Any], batches: int, epochs: int = 1
) -> Request:
    if not variants:
        raise BadInput("Choose at least one variant; `python -m lenet variants` lists them.")
    for name in variants:
        catalog.variant(name)
    size = Settings.parse({"batch_size": EVIDENCE_BATCH, **values}).batch_size
    images = size * min(WARMUP + batches, TRAINING_IMAGES // size)
    fixed = {"rounds": 1, "epochs": epochs}
    settings = Settings.parse({"batch_size": size, "images_per_epoch": images, **values, **fixed})
    return Request(tuple(variants), settings, instrument=kind.name, plan={"batches": settings.batches - WARMUP})


def noise_request(variant: str, copies: int, values: Mapping[str, Any]) -> Request:
    """Race copies of one variant: how far apart do equal programs come out?

    Raises BadInput for an unknown variant or setting, and for too few or too many copies.
    """
    catalog.variant(variant)
    if not 2 <= copies <= MOST_COPIES:
        raise BadInput(f"The noise floor needs 2 to {MOST_COPIES} copies, not {copies}.")
    size = Settings.parse({**NOISE, **values}).batch_size
    images = size * min(NOISE_BATCHES, TRAINING_IMAGES // size)
    settings = Settings.parse({**NOISE, "images_per_epoch": images, **values})
    return Request((variant,) * copies, settings, instrument=instruments.NOISE.name, plan={"copies": copies})
