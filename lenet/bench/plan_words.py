"""Says an experiment's plan in words, before it starts, while it runs and at its end."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lenet import catalog, instruments, twins
from lenet.analysis import decision
from lenet.analysis.decision import FIRST, Question
from lenet.analysis.precision import MOST, Widest, needed, percent
from lenet.analysis.words import counted, listed
from lenet.bench import environment
from lenet.bench.estimate import Estimate
from lenet.records import Request
from lenet.settings import Settings

MINUTE, HOUR = 60, 3600
ENOUGH = 3
"""The rounds from which on an interval is narrow enough to be of use: of two, Student's t is 12.7."""
HARDLY = 1.0
"""A ratio that is known to ±100 % only, as any may be after two rounds, is not worth saying."""


def planned(expected: Estimate, request: Request) -> str:
    """How many rounds, how long they will take and what that estimate rests on, and what they can see."""
    said = f"{_length(expected, request)} {basis(expected, len(request.variants))}"
    if math.isnan(expected.visible) or expected.visible > HARDLY:
        return said
    return f"{said} By the noise measured here it finds {percent(expected.visible)} nine times in ten."


def cautions(request: Request, gpus: Sequence[str]) -> tuple[str, ...]:
    """What a start should know before, a sentence each.

    gpus: those that this machine has.
    """
    said = []
    settings = request.settings
    if instruments.of(request).timed and settings.rounds < ENOUGH and not settings.open_ended:
        rounds = "One round cannot show" if settings.rounds == 1 else "Two rounds hardly show"
        said.append(f"{rounds} how far processes differ, so it may stay undecided: race {ENOUGH} or more.")
    if settings.device == "gpu" and not gpus:
        said.append("No GPU was found on this machine: what cannot find one either will fail.")
    if instruments.of(request).compared and len(twins.competitors(request)) == 1:
        said.append("One variant alone has nothing to be compared with: choose another, or race it against itself.")
    return tuple(said)


def left_out() -> str:
    """The variables that the user has set and no program will be given; '' when there are none."""
    names = environment.recorded().get("variables_left_out")
    return f"Not given to the programs, for they would decide how these compute: {listed(names)}." if names else ""


def _length(expected: Estimate, request: Request) -> str:
    settings, long = request.settings, duration(expected.seconds)
    if not instruments.of(request).timed:
        return f"About {long}."
    rounds = counted(settings.rounds, "round")
    if not settings.open_ended:
        return f"{rounds}, about {long}."
    budget = duration(settings.budget)
    if settings.decide:
        again = ", and then again from the beginning, to confirm it" if settings.confirm else ""
        return (
            f"At least {max(settings.rounds, FIRST)} rounds of {settings.batches} batches a run, and on until every "
            f"ratio is on one side of {_lines(settings)}{again}: {settings.most_rounds} rounds or {budget} at most."
        )
    if expected.seconds > settings.budget:
        return f"{rounds}, about {long}; its budget of {budget} leaves no time for more."
    asked = percent(settings.precision)
    return f"At least {rounds}, about {long}; then on until every ratio is known to ±{asked}, {budget} at most."


def basis(expected: Estimate, entries: int) -> str:
    """What an estimate for so many entries rests on: earlier runs, or a guess."""
    if expected.known == entries:
        return "Estimated from earlier runs here."
    return "Partly a guess: some of it is new here." if expected.known else "A guess: nothing of it has run here yet."


def standing(widest: Widest | None, settings: Settings, end: Widest | None) -> str:
    """How precise a race is by now; '' while there is nothing to say.

    end: the precision that is expected when the budget ends the race; None when the budget
    suffices.
    """
    if widest is None or widest.share > HARDLY:
        return ""
    asked, known = percent(settings.precision), percent(widest.share)
    if widest.share <= settings.precision:
        return f"Every ratio is known to ±{known} (asked: ±{asked})."
    then = f"its budget will end it at about ±{percent(end.share)}" if end else f"±{asked} {_takes(widest, settings)}"
    return f"{_pair(widest)} is known to ±{known} after {counted(widest.rounds, 'round')}; {then}."


def conclusion(widest: Widest | None, settings: Settings) -> str:
    """How precise a race has become by its end; '' where no precision was asked for."""
    if not settings.precision:
        return ""
    asked = percent(settings.precision)
    if widest is None:
        return f"There is no ratio that could be known to ±{asked}."
    known = percent(widest.share)
    if widest.share <= settings.precision:
        return f"Every ratio is known to ±{known} or better after {counted(widest.rounds, 'round')} (asked: ±{asked})."
    over = f"Its budget of {duration(settings.budget)} ended it: {_pair(widest)} is known"
    if math.isinf(widest.share):
        return f"{over} from one round only (asked: ±{asked})."
    if widest.share > HARDLY:
        return f"{over} to no better than ±{percent(HARDLY)} after {counted(widest.rounds, 'round')} (asked: ±{asked})."
    return f"{over} to ±{known} after {counted(widest.rounds, 'round')}; ±{asked} {_takes(widest, settings)}."


def undecided(questions: Sequence[Question]) -> str:
    """What of a race with lines to decide is open; '' before anything is known."""
    if not questions:
        return ""
    first = questions[0]
    more = f", and {counted(len(questions) - 1, 'more question')}" if len(questions) > 1 else ""
    return f"Open: {_question(first)}{more}."


def confirming(questions: Sequence[Question], rounds: int) -> str:
    """What a second race, which is to confirm what the first decided in so many rounds, leaves open."""
    return f"A second race is to confirm what {counted(rounds, 'round')} decided. {undecided(questions)}".rstrip()


def confirmed(questions: Sequence[Question], rounds: int) -> str:
    """Whether a second race of so many rounds has decided the same."""
    if not rounds:
        return "Nothing is confirmed: there was no time for a second race."
    after = f"A second race of {counted(rounds, 'round')}"
    if not questions:
        return f"{after} confirms what was decided."
    return f"{after} does not confirm it all: {'; '.join(map(_question, questions))}."


def decided(questions: Sequence[Question], pairs: int, rounds: int, settings: Settings) -> str:
    """What a race with lines to decide has decided of its pairs by its end."""
    after = counted(rounds, "round")
    if not pairs:
        return "There is no ratio to decide."
    if not questions:
        return f"Every ratio is on one side of {_lines(settings)} after {after}."
    return f"It ended after {after} with something open: {'; '.join(map(_question, questions))}."


def _question(question: Question) -> str:
    pair, cut = question.pair, question.cut
    both = f"{catalog.title(pair.slow)} against {catalog.title(pair.fast)}"
    return f"{both}, which is faster" if cut == 1 else f"{both}, more than {decision.apart(cut)} apart"


def _lines(settings: Settings) -> str:
    return listed([decision.apart(1 + line) for line in settings.lines])


def _pair(widest: Widest) -> str:
    return f"{catalog.title(widest.slow)} against {catalog.title(widest.fast)}"


def _takes(widest: Widest, settings: Settings) -> str:
    rounds = needed(widest, settings.precision)
    return f"takes more than {MOST:,} rounds" if rounds > MOST else f"takes about {rounds}"


def duration(seconds: float) -> str:
    """Say a duration: '40 s', '12 min', '3 h 20 min'."""
    if seconds < 2 * MINUTE:
        return f"{max(round(seconds), 1)} s"
    if seconds < 2 * HOUR:
        return f"{round(seconds / MINUTE)} min"
    hours, minutes = divmod(round(seconds / MINUTE), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
