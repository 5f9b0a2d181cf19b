"""What to do after a race: race again, race more rounds, measure the noise floor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lenet import catalog, instruments, requests, twins
from lenet.analysis import ratio_words, verdict
from lenet.analysis.circumstances import circumstance
from lenet.analysis.noise import floor_words
from lenet.analysis.report import Report
from lenet.bench.estimate import estimate
from lenet.bench.plan_words import duration
from lenet.catalog import Entry
from lenet.records import UNFINISHED, Request
from lenet.settings import OPTIONS, Settings, asked_by
from lenet.views.blocks import Block, Step

if TYPE_CHECKING:
    from lenet.store import Store


def then(report: Report, store: Store) -> Block | None:
    """The steps after a race that has ended; None for any other experiment. Raises StoreError."""
    experiment = report.experiment
    if instruments.of(experiment.request) is not instruments.RACE or experiment.status in UNFINISHED:
        return None
    again = (*_more_rounds(report, store), *_again(report)) if _known(experiment.request) else ()
    steps = (*again, *_floor(report, store))
    return Block("Next", _undecided(report), steps=steps) if steps else None


def command(request: Request) -> str:
    """The shell command that asks for a race: its variants, and the settings that are not usual."""
    asked, usual = request.settings.as_dict(), Settings().as_dict()
    options = [
        f" {OPTIONS[name].argument(name, asked[name])}" for name in asked_by("race") if asked[name] != usual[name]
    ]
    return f"python -m lenet run --variants {','.join(twins.competitors(request))}{''.join(options)}"


def _known(request: Request) -> bool:
    """Whether this version of the program has all of its variants."""
    return all(catalog.of_label(entry) for entry in request.variants)


def _undecided(report: Report) -> tuple[str, ...]:
    """How many pairs are undecided, where more rounds would decide them."""
    open_ones = _rounds(report)
    if not open_ones:
        return ()
    return (f"{max(open_ones)} rounds would decide what is undecided, if they scatter as these did.",)


def _rounds(report: Report) -> list[int]:
    """How many rounds each undecided pair needs, for those that rounds can decide."""
    quantile = report.quantile
    undecided = [pair for pair in report.pairs if pair.outcome == ratio_words.UNDECIDED]
    wanted = (verdict.rounds_wanted(p.ratio, p.low, p.high, p.rounds, quantile) for p in undecided)
    return [rounds for rounds in wanted if rounds]


def _more_rounds(report: Report, store: Store) -> Iterator[Step]:
    if wanted := _rounds(report):
        asked = report.experiment.request
        request = replace(asked, settings=replace(asked.settings, rounds=max(wanted)))
        takes = duration(estimate(store, request).seconds)
        yield Step(f"Race {max(wanted)} rounds (about {takes})", request=request, command=command(request))


def _again(report: Report) -> Iterator[Step]:
    experiment = report.experiment
    said = command(experiment.request)
    yield Step("Race again, changed", "race", {"again": str(experiment.id)}, command=said)


def _floor(report: Report, store: Store) -> Iterator[Step]:
    """Measure the noise floor of this machine, where none counts for this race."""
    unknown = [
        str(label) for label in report.variants["label"] if label not in report.floors or report.floors[label].stale
    ]
    if report.pairs and unknown and not report.experiment.origin and _known(report.experiment.request):
        where = circumstance(report.experiment, unknown[0])
        program = _measured_program([str(Entry.parse(label).without_settings) for label in unknown])
        request = requests.noise_request(program, requests.COPIES, floor_words.unusual(where))
        takes = duration(estimate(store, request).seconds)
        label = f"Measure the noise floor (about {takes})"
        yield Step(label, request=request, command=floor_words.command(where, program))


def _measured_program(programs: Sequence[str]) -> str:
    """The program whose copies measure the floor: one of the race, so that it can run here."""
    return requests.NOISE_VARIANT if requests.NOISE_VARIANT in programs else programs[0]
