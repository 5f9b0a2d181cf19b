"""Says before a race what it can see: by the noise that was measured on this machine."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from lenet.analysis import decision
from lenet.analysis.circumstances import circumstance
from lenet.analysis.intervals import OFTEN, power, student
from lenet.analysis.noise import measured
from lenet.analysis.noise.measured import Floor
from lenet.bench import machine
from lenet.records import Experiment, Request
from lenet.store import Store


def floor(store: Store, request: Request) -> Floor | None:
    """The measurement of the noise that counts here and now for the first entry of a request; None where
    there is none. Raises StoreError."""
    now = datetime.now(UTC)
    here = circumstance(Experiment(0, request, "queued", now, machine=machine.describe()), request.variants[0])
    found = measured.floor(store, here, request.variants[0])
    return None if found is None or found.stale else found


def visible(store: Store, request: Request) -> float:
    """The difference of two entries that all the rounds of a request are expected to find nine times in
    ten, as a share; NaN where the noise was not measured here, or one round cannot tell.

    A process deviates as much as in the measurement, its batches shrink with their number. Raises
    StoreError.
    """
    settings = request.settings
    rounds = decision.most_rounds(settings) if settings.decide else settings.rounds
    known = floor(store, request) if rounds > 1 else None
    if known is None:
        return math.nan
    spread = known.spread
    within = spread.within**2 * known.circumstance.settings.batches / settings.batches
    deviation = math.sqrt(2 * (spread.systematic**2 + (spread.process**2 + within) / rounds))
    quantile = decision.quantile(rounds, rounds) if settings.decide else decision.of_race(settings, rounds)
    # What two races have to find is found by each of them more often.
    often = math.sqrt(OFTEN) if settings.confirm else OFTEN
    return math.expm1(power(student(rounds - 1, quantile) * deviation, rounds - 1, quantile, often))
