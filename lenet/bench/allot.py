"""Decides what a race that is to decide lines leaves open: how long its runs are, and how many rounds
it may have.

A budget can go into many short processes or into few long ones. With the deviation p of a process and b
of a batch, as shares, and s seconds to start a round's processes and t to train one batch of each, the
variance of what a budget finds is smallest with (b / p) sqrt(s / t) batches a run (Kalibera and Jones,
"Rigorous benchmarking in reasonable time", ISMM 2013).
"""

from __future__ import annotations

import math
from dataclasses import replace

from lenet import twins
from lenet.analysis import decision
from lenet.bench import estimate, sight
from lenet.records import Request
from lenet.settings import Settings
from lenet.store import Store

BATCH_TO_PROCESS = 20.0
"""The deviation of a batch over that of a process, where the noise was not measured here."""
FEWEST, LONGEST = 150, 2000
"""Batches of a run: enough for some slices, and no more than an epoch holds."""


def settled(store: Store, request: Request) -> Request:
    """The request with all that its race needs to know before it starts. Raises StoreError.

    It is given its twin, where it asks for one. A race with lines to decide leaves open the batches of a
    run, while they are as many as by default, and the most rounds.
    """
    request = twins.added(request)
    settings = request.settings
    if not settings.decide:
        return request
    if (settings.images_per_epoch, settings.epochs) == (Settings.images_per_epoch, Settings.epochs):
        start, batch = estimate.of_round(store, request)
        most = (settings.budget / (_fewest(settings) + 1) - start) / batch
        wanted = _batch_to_process(store, request) * math.sqrt(start / batch)
        batches = int(min(max(min(wanted, most), FEWEST), LONGEST))
        settings = replace(settings, images_per_epoch=settings.batch_size * min(batches, settings.batches_per_epoch))
    if not settings.most_rounds:
        start, batch = estimate.of_round(store, replace(request, settings=settings))
        rounds = int(settings.budget / (start + settings.batches * batch))
        settings = replace(settings, most_rounds=min(max(rounds, _fewest(settings), settings.rounds), decision.MOST))
    return replace(request, settings=settings)


def _fewest(settings: Settings) -> int:
    """The rounds without which nothing is decided, or nothing confirmed."""
    return decision.FIRST * (2 if settings.confirm else 1)


def _batch_to_process(store: Store, request: Request) -> float:
    """The deviation of a batch over that of a process, by the stored measurement of the noise that counts
    for the request's first entry."""
    floor = sight.floor(store, request)
    if floor is None or not floor.spread.process:
        return BATCH_TO_PROCESS
    return floor.spread.within * math.sqrt(floor.circumstance.settings.batches) / floor.spread.process
