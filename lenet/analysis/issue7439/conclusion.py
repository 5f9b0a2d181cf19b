"""The answer in words, assembled from what was found, so that it changes when the figures do.

No sentence says more than the part that it is of, and none sets two machines beside each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lenet import catalog
from lenet.analysis.circumstances import MACHINE, Circumstance, circumstance, differences
from lenet.analysis.intervals import Interval, leaves_out_zero
from lenet.analysis.issue7439 import original
from lenet.analysis.issue7439.agreement import disagreements
from lenet.analysis.issue7439.answer import EVER, Answer, Part, Side
from lenet.analysis.ratio_words import EQUAL, UNDECIDED, rounded
from lenet.analysis.verdict import Pair
from lenet.analysis.why import ladder_words
from lenet.analysis.why.ladder import Bar, Climb
from lenet.analysis.why.ladder_words import interacting, sentences
from lenet.analysis.why.law import Contrast
from lenet.analysis.words import counted, listed, micro, part

SPEED = {
    "slower": "Keras is slower than TensorFlow",
    "faster": "Keras is faster than TensorFlow",
    "same": "Keras and TensorFlow take equally long",
    "unclear": "it is not decided here yet whether Keras is slower than TensorFlow",
}
REPORTED = (
    f"The issue reported {original.TENSORFLOW.reported} with TensorFlow and {original.KERAS.reported} with Keras "
    f"({original.KERAS.seconds:.0f} s in its notebook), a factor of {original.FACTOR:.2f}, from one run each."
)
FREE = (*MACHINE, "images_per_epoch")
"""Circumstances that may differ where the factors of two races on one machine are set against each
other."""

KNOWN = 0.1
"""A smaller race sets the headline where its interval reaches no farther than this share to either
side."""
LARGEST = 3
"""So many causes are named."""


@dataclass(frozen=True)
class Conclusion:
    """The answer in three sentences, and what it stands on: for each part a sentence or more of
    each era that has it."""

    speed: str
    """Is Keras slower?"""
    cause: str
    """Where does the time go?"""
    recreated: str
    """Is anything re-created on each batch?"""
    race: tuple[str, ...]
    law: tuple[str, ...]
    ladder: tuple[str, ...]
    counts: tuple[str, ...]

    @property
    def sentences(self) -> tuple[str, str, str]:
        """The three sentences, the first of them the headline."""
        return self.speed, self.cause, self.recreated


def conclude(answer: Answer) -> Conclusion:
    """The conclusion of all parts together."""
    races = [(side.race, side, standing(side)) for side in answer if standing(side)]
    counts = [(side.counts, side, _recreates(side)) for side in answer if recreated(side) is not None]
    speed = _together(races, SPEED, EVER, _where)
    then = "then as now" if any(EVER in said for said in speed) else EVER
    return Conclusion(
        " ".join(speed) or "How much slower Keras is has not been measured here yet.",
        _capital("; ".join(_of_each(answer, _cause)) or "where the time goes has not been measured here yet") + ".",
        " ".join(_together(counts, {key: key for _, _, key in counts}, then, _nowhere))
        or "Whether anything is re-created on each batch has not been measured here yet.",
        (REPORTED, *_of_each(answer, _speed), *_over_time(answer), *_of_each(answer, disagreements)),
        _of_each(answer, _law),
        _of_each(answer, _climb),
        _of_each(answer, _count),
    )


def _of_each(answer: Answer, tell: Callable[[Side], Iterable[str]]) -> tuple[str, ...]:
    """What is to tell of each era, in one text an era."""
    return tuple(said for side in answer if (said := " ".join(tell(side))))


def standing(side: Side) -> str:
    """How a batch of Keras stands to one of TensorFlow: a key of SPEED, '' when they were not
    compared."""
    pair = side.race.result
    if pair is None:
        return ""
    if not _decides(side.race, pair) or pair.outcome == UNDECIDED:
        return "unclear"
    if pair.outcome == EQUAL:
        return "same"
    return "slower" if pair.slow == side.era.keras else "faster"


def _decides(part: Part[Any], pair: Pair) -> bool:
    """Whether a race may set the headline: one of the issue's size, or one that knows its ratio
    well.

    A quick look of two rounds on a busy machine is neither.
    """
    settings = part.experiment.request.settings if part.experiment else None
    whole = settings is not None and settings.batches == original.BATCHES
    return whole or math.sqrt(pair.high / pair.low) - 1 <= KNOWN


def recreated(side: Side) -> bool | None:
    """Whether Keras re-creates something on each batch; None when that was not counted, or by
    counters that fail."""
    told, control = side.counts.result, side.control.result
    if told is None or (control is not None and control.recreated is not True):
        return None
    return told.recreated


def _recreates(side: Side) -> str:
    """What is re-created, on each batch and at an epoch's start, as far as it was counted."""
    told = side.counts.result
    if told is None or told.recreated:
        return "something is re-created on each batch"
    if told.at_epochs is None:
        return "nothing is re-created on each batch within an epoch"
    if not told.at_epochs:
        return "nothing is re-created, neither on each batch nor at an epoch's start"
    return f"nothing is re-created on each batch, but at each epoch's start Keras {told.at_epochs}"


def one_machine(first: Part[Any], second: Part[Any]) -> bool:
    """Whether two parts are known to come from one machine."""
    machines = [part.experiment.machine if part.experiment else {} for part in (first, second)]
    ids = [tuple(machine.get(name) for name in ("host", "cpu", "cores")) for machine in machines]
    return ids[0] == ids[1] and None not in ids[0]


def factor(side: Side) -> Interval | None:
    """How many times as long as one of TensorFlow a batch of Keras takes; None when they were not
    compared."""
    pair = side.race.result
    if pair is None:
        return None
    if pair.slow == side.era.keras:
        return Interval(pair.ratio, pair.low, pair.high, pair.rounds, pair.slices)
    return Interval(1 / pair.ratio, 1 / pair.high, 1 / pair.low, pair.rounds, pair.slices)


def _together(
    parts: Sequence[tuple[Part[Any], Side, Any]],
    words: Mapping[Any, str],
    ever: str,
    where: Callable[[Part[Any]], str],
) -> list[str]:
    """One sentence about both eras where they come from one machine, else one about each; where:
    says on which."""
    places = [where(part) for part, _, _ in parts]
    if len(parts) < 2 or not one_machine(parts[0][0], parts[1][0]) or places[0] != places[1]:
        return [
            f"{_capital(side.era.when)} {words[key]}{place}."
            for (_, side, key), place in zip(parts, places, strict=True)
        ]
    (_, old, first), (_, new, second) = parts
    if first == second:
        return [f"{_capital(words[first])}, {ever}{places[0]}."]
    return [f"{_capital(old.era.when)} {words[first]}; {new.era.when} {words[second]}{places[0]}."]


def _where(part: Part[Any]) -> str:
    """' (AMD EPYC, 2 threads on cpu, batch size 32)': what a ratio holds for, as a headline says
    it."""
    if part.experiment is None:
        return ""
    settings, machine = part.experiment.request.settings, part.experiment.machine
    threads = f"{counted(settings.threads, 'thread')} on {settings.device}"
    return f" ({machine.get('cpu', 'unknown processor')}, {threads}, batch size {settings.batch_size})"


def _nowhere(part: Part[Any]) -> str:
    """Counts are the same on every machine."""
    return ""


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _speed(side: Side) -> Iterable[str]:
    pair, where = side.race.result, _capital(side.era.when)
    if pair is not None:
        yield f"{where}, batch size {_batch_size(side.race)}: {pair.verdict}"
    elif side.race.report is not None:
        yield f"{where}: {side.race.problem}"


def _batch_size(part: Part[Any]) -> int:
    return part.experiment.request.settings.batch_size if part.experiment else 0


def _over_time(answer: Answer) -> Iterable[str]:
    """How the factor of the second era stands to that of the first."""
    (old, before), (new, now) = ((side, factor(side)) for side in answer)
    if before is None or now is None or math.isnan(before.low) or math.isnan(now.low):
        return
    if not one_machine(old.race, new.race):
        yield "The two races were not run on one machine, so their factors are not set against each other."
    elif differences(_circumstance(old), _circumstance(new), FREE):
        yield "The two races had different settings, so their factors are not set against each other."
    else:
        yield f"{_change(before, now)} (both on one machine)."


def _circumstance(side: Side) -> Circumstance:
    assert side.race.experiment
    return circumstance(side.race.experiment, side.era.keras)


def _change(before: Interval, now: Interval) -> str:
    if before.low <= now.high and now.low <= before.high:
        return "Whether the factor has changed since 2017 is not decided: the two intervals overlap"
    way = "fallen" if now.estimate < before.estimate else "risen"
    return f"Since the versions of 2017 the factor has {way} from {_ratio(before)} to {_ratio(now)}"


def _ratio(interval: Interval) -> str:
    ratio, low, high = rounded(interval.estimate, interval.low, interval.high)
    return f"{ratio} [{low}, {high}]"


def _law(side: Side) -> Iterable[str]:
    law = side.law.result
    if law is not None:
        pair = next((c for c in law.contrasts if {c.slow, c.fast} == set(side.era.pair)), None)
        said = (pair.sentence, *_overhead(pair)) if pair else law.sentences
        yield f"{_capital(side.era.when)}: {' '.join(said)}"


def _overhead(pair: Contrast) -> Iterable[str]:
    """How much of the gap at the issue's batch size is overhead, where compute measurably has the
    rest of it."""
    size = original.BATCH_SIZE
    if pair.smallest <= size <= pair.largest and pair.a.low > 0 and pair.b.low > 0:
        yield f"Of the gap at batch {size} the law gives {part(_overhead_part(pair, size))} to overhead."


def _overhead_part(pair: Contrast, size: int) -> Interval:
    """The share of overhead in the gap at this batch size, as wide as both intervals allow."""
    ends = [(pair.a.estimate, pair.b.estimate), (pair.a.low, pair.b.high), (pair.a.high, pair.b.low)]
    estimate, low, high = (a / (a + size * b) for a, b in ends)
    return Interval(estimate, low, high, pair.a.rounds, pair.a.slices)


def _climb(side: Side) -> Iterable[str]:
    climb = side.ladder.result
    if climb is not None:
        causes = (_causes(climb), *_named(climb)) if leaves_out_zero(climb.gap) else ()
        where = f"{_capital(side.era.when)}, by a ladder at batch size {_batch_size(side.ladder)}"
        yield f"{where}: {' '.join((sentences(climb)[0], *causes, *climb.missing))}"


def _cause(side: Side) -> Iterable[str]:
    """The largest causes of a ladder's gap, with their shares of it, as a part of a sentence."""
    climb = side.ladder.result
    if climb is not None and climb.bars:
        yield f"{side.era.when} {_found(climb)}, at batch size {_batch_size(side.ladder)}"


def _found(climb: Climb) -> str:
    if not leaves_out_zero(climb.gap):
        return "a ladder finds no measurable gap to split"
    causes = [f"{bar.title} ({part(bar.share)})" for bar in _largest(climb)]
    if not causes:
        return "no change on a ladder has a measurable part of the gap"
    are = "largest causes of the gap are" if len(causes) > 1 else "largest cause of the gap is"
    return f"the {are} {listed(causes)}"


def _largest(climb: Climb) -> list[Bar]:
    """The largest changes that have a measurable effect in the direction of the gap."""
    gap = climb.gap.estimate
    named = [bar for bar in climb.bars if bar.kind == "change" and bar.measurable and bar.effect.estimate * gap > 0]
    return sorted(named, key=lambda bar: -abs(bar.effect.estimate))[:LARGEST]


def _causes(climb: Climb) -> str:
    """The largest causes, each with its interval and its share of the gap."""
    named = _largest(climb)
    if not named:
        return "No change has a measurable effect in the direction of the gap."
    causes = [f"{bar.title} {micro(bar.effect)} ({part(bar.share)})" for bar in named]
    return f"{'The largest causes' if len(causes) > 1 else 'The cause'}: {', '.join(causes)}."


def _named(climb: Climb) -> Iterable[str]:
    if said := ladder_words.named(climb):
        yield said
    if climb.together is not None:
        titles, (worth, of_gap) = interacting(climb), climb.together
        are = "is" if len(titles) == 1 else "are"
        yield f"With the interaction {listed(titles)} {are} {micro(worth)}, {part(of_gap)} of it."


def _count(side: Side) -> Iterable[str]:
    told, control = side.counts.result, side.control.result
    if told is None:
        return
    yield f"{_capital(side.era.when)}: {told.sentence}"
    title = catalog.title(side.era.control)
    if control is None:
        yield f"The counters have not been shown a program yet that re-creates on purpose ({title})."
    elif control.recreated is True:
        yield f"The same counters do find out {title}, which re-creates on purpose."
    else:
        yield f"But the counters miss {title}, which re-creates on purpose, so that answer does not count."
