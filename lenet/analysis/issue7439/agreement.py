"""Notice where the parts of the answer disagree: where race, law and ladder of one era give one batch
size different signs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from lenet import requests
from lenet.analysis.circumstances import circumstance, differences
from lenet.analysis.intervals import Interval, leaves_out_zero
from lenet.analysis.issue7439.answer import Side
from lenet.analysis.why.law import Contrast
from lenet.analysis.words import turned
from lenet.records import Experiment

SAID = {True: "slower", False: "faster"}


@dataclass(frozen=True)
class Finding:
    """What a part finds of Keras against TensorFlow at a batch size, where it finds anything."""

    part: str
    batch_size: int
    slower: bool
    experiment: Experiment


def disagreements(side: Side) -> Iterator[str]:
    """A sentence for each two parts of an era that disagree, with what they were raced under."""
    for one, other in combinations(_findings(side), 2):
        if one.part != other.part and one.batch_size == other.batch_size and one.slower != other.slower:
            where = side.era.when[0].upper() + side.era.when[1:]
            ways = " and ".join(f"{SAID[finding.slower]} by the {finding.part}" for finding in (one, other))
            apart = " ".join(_apart(one, other, side.era.keras)) or "Nothing recorded tells why."
            yield f"{where} two parts disagree at batch size {one.batch_size}: Keras is {ways}. {apart}"


def _apart(one: Finding, other: Finding, label: str) -> list[str]:
    mine, others = circumstance(one.experiment, label), circumstance(other.experiment, label)
    return differences(mine, others, ("batch_size", "images_per_epoch"))


def _findings(side: Side) -> Iterator[Finding]:
    pair, raced = side.race.result, side.race.experiment
    if pair is not None and pair.different and raced is not None:
        yield Finding("race", raced.request.settings.batch_size, pair.slow == side.era.keras, raced)
    climb, climbed = side.ladder.result, side.ladder.experiment
    if climb is not None and climbed is not None and leaves_out_zero(climb.gap):
        starts_slower = climb.gap.low > 0
        keras_first = requests.ladder_of(climbed).start.startswith(side.era.keras)
        yield Finding("ladder", climbed.request.settings.batch_size, starts_slower == keras_first, climbed)
    law, swept = side.law.result, side.law.experiment
    contrast = next((c for c in law.contrasts if {c.slow, c.fast} == set(side.era.pair)), None) if law else None
    for part in (side.race, side.ladder):
        if contrast is not None and swept is not None and part.experiment is not None:
            yield from _by_law(contrast, part.experiment.request.settings.batch_size, side.era.keras, swept)


def _by_law(contrast: Contrast, size: int, keras: str, swept: Experiment) -> Iterator[Finding]:
    """What the law gives for a batch size, as wide as both of its intervals allow."""
    if not contrast.smallest <= size <= contrast.largest:
        return
    a, b = (one if contrast.slow == keras else turned(one) for one in (contrast.a, contrast.b))
    more = Interval(a.estimate + size * b.estimate, a.low + size * b.low, a.high + size * b.high, a.rounds, a.slices)
    if leaves_out_zero(more):
        yield Finding("law", size, more.low > 0, swept)
