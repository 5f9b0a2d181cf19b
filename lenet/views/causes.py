"""Why one of a pair is slower: the causes that are known here, and how to find out more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lenet import catalog, requests
from lenet.analysis.why import ladder_words
from lenet.analysis.why.causes import Causes
from lenet.analysis.why.ladder import Climb
from lenet.analysis.words import counted
from lenet.bench.estimate import estimate
from lenet.bench.plan_words import duration
from lenet.charts import waterfall
from lenet.records import Experiment
from lenet.views.blocks import Block, Step

if TYPE_CHECKING:
    from lenet.store import Store

NAMED = 3
"""So many causes are named; the ladder has all."""


def why(causes: Causes, store: Store) -> Block:
    """The known causes of a pair's gap, and steps to the rest. Raises StoreError."""
    titles = f"{catalog.title(causes.slow)} and {catalog.title(causes.fast)}"
    pair = {"left": causes.fast, "right": causes.slow}
    climbed = causes.climbed
    climb = climbed.climb if climbed and climbed.climb and climbed.climb.bars else None
    if climb and climbed:
        return Block(
            "Why",
            _known(climb, climbed.report.experiment),
            chart=waterfall.gap(climb),
            alt=f"The gap between {titles}, split into its causes.",
            steps=(_open(climbed.report.experiment, pair), *_others(causes, pair)),
        )
    if causes.ladder:
        changes = counted(len(causes.ladder.changes), "change")
        said = f"Not measured yet. A ladder of {changes} leads from one to the other, and says what each of them costs."
        return Block("Why", (said,), steps=(_find_out(causes, store, pair), *_others(causes, pair)))
    return Block("Why", (f"No ladder leads from one to the other. {INSTEAD}",), steps=tuple(_others(causes, pair)))


INSTEAD = (
    "The overhead law says whether time goes by the batch or by the image, counts say what is re-created, and a "
    "ladder of your own can split the gap."
)


def _known(climb: Climb, experiment: Experiment) -> tuple[str, ...]:
    """What a ladder found. Its gap is that of its own batch size, and said as such."""
    settings = experiment.request.settings
    where = f"batches of {settings.batch_size}, {counted(settings.threads, 'thread')}"
    ladder = f"A ladder of {experiment.created:%Y-%m-%d} ({where}) splits a gap of {ladder_words.size(climb)}."
    return tuple(said for said in (ladder, ladder_words.causes(climb, NAMED), ladder_words.named(climb)) if said)


def _open(experiment: Experiment, pair: dict[str, str]) -> Step:
    number = str(experiment.id)
    return Step("Open the ladder", "why", {"experiment": number, **pair}, command=f"python -m lenet why show {number}")


def _find_out(causes: Causes, store: Store, pair: dict[str, str]) -> Step:
    assert causes.ladder is not None
    request = requests.ladder_request(causes.ladder, {})
    takes = duration(estimate(store, request).seconds)
    command = f"python -m lenet why ladder {causes.ladder.name}"
    return Step(f"Find out (about {takes})", "why", {"section": "ladder", **pair}, command=command)


def _others(causes: Causes, pair: dict[str, str]) -> Iterator[Step]:
    """The law, the counts, and the code of both; measured ones by their number."""
    both = f"{causes.slow},{causes.fast}"
    yield _measured("Overhead or compute?", causes.law, "law", pair, f"python -m lenet why law --variants {both}")
    counts = f"python -m lenet why counts {causes.slow} {causes.fast}"
    yield _measured("Is anything re-created?", causes.counts, "recreated", pair, counts)
    yield Step("Code of both", "code", pair)


def _measured(label: str, number: int | None, section: str, pair: dict[str, str], command: str) -> Step:
    if number is None:
        return Step(label, "why", {"section": section, **pair}, command=command)
    return Step(label, "why", {"experiment": str(number), **pair}, command=f"python -m lenet why show {number}")
