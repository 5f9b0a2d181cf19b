"""Put the answer into words, assembled from its parts, so that it changes when the figures do.

Each sentence states no more than its part shows, and none compares two machines.
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
from lenet.analysis.issue7439.answer import EVER, Answer, Part, Side
from lenet.analysis.verdict import rounded
from lenet.analysis.why.ladder import Climb
from lenet.analysis.why.ladder_words import interacting, sentences
from lenet.analysis.why.law import Contrast
from lenet.analysis.words import listed, micro, share

SPEED = {
    "slower": "Keras is slower than TensorFlow",
    "faster": "Keras is faster than TensorFlow",
    "same": "Keras and TensorFlow do not differ measurably",
    "unclear": "one race is too short to say whether Keras is slower than TensorFlow",
}
RECREATES = {True: "something is re-created on each batch", False: "nothing is re-created on each batch"}
REPORTED = (
    f"The issue reported {original.TENSORFLOW.reported} with TensorFlow and {original.KERAS.reported} with Keras "
    f"({original.KERAS.seconds:.0f} s in its notebook), a factor of {original.FACTOR:.2f}, from one run each."
)
FREE = (*MACHINE, "images_per_epoch")
"""Circumstances in which two races may differ when their factors are compared."""
PARTS = ("the race", "the overhead law", "the ladder", "the counts", "the control of the counts")

LARGEST = 3
"""The number of causes that are named."""


@dataclass(frozen=True)
class Conclusion:
    """The answer in one line, and in paragraphs: speed, law, ladder, counts, missing parts.

    Paragraphs without a sentence are left out.
    """

    headline: str
    paragraphs: tuple[str, ...]


def conclude(answer: Answer) -> Conclusion:
    """The conclusion from all parts of the answer."""
    races = [(side.race, side, standing(side)) for side in answer if standing(side)]
    counts = [(side.counts, side, recreated(side)) for side in answer if recreated(side) is not None]
    headline = _together(races, SPEED, EVER)
    headline += _together(counts, RECREATES, "then as now" if any(EVER in said for said in headline) else EVER)
    told = [REPORTED, *_of_each(answer, _speed), *_over_time(answer)]
    paragraphs = (told, *(_of_each(answer, tell) for tell in (_law, _climb, _count, _missing)))
    return Conclusion(
        " ".join(headline) or "Not measured here yet.", tuple(" ".join(said) for said in paragraphs if said)
    )


def _of_each(answer: Answer, tell: Callable[[Side], Iterable[str]]) -> list[str]:
    return [sentence for side in answer for sentence in tell(side)]


def standing(side: Side) -> str:
    """How a batch of Keras compares with one of TensorFlow: a key of SPEED, '' if not compared."""
    pair = side.race.found
    if pair is None:
        return ""
    if pair.different is None:
        return "unclear"
    if not pair.different:
        return "same"
    return "slower" if pair.slow == side.era.keras else "faster"


def recreated(side: Side) -> bool | None:
    """Whether Keras re-creates something on each batch.

    None when that was not counted, or when the counters miss their control.
    """
    counted, control = side.counts.found, side.control.found
    if counted is None or (control is not None and control.recreated is not True):
        return None
    return counted.recreated


def one_machine(first: Part[Any], second: Part[Any]) -> bool:
    """Whether both parts are known to come from the same machine."""
    machines = [part.experiment.machine if part.experiment else {} for part in (first, second)]
    ids = [tuple(machine.get(name) for name in ("host", "cpu", "cores")) for machine in machines]
    return ids[0] == ids[1] and None not in ids[0]


def factor(side: Side) -> Interval | None:
    """The ratio of batch times, Keras to TensorFlow, with its interval; None if not compared."""
    pair = side.race.found
    if pair is None:
        return None
    if pair.slow == side.era.keras:
        return Interval(pair.ratio, pair.low, pair.high, pair.rounds, pair.slices)
    return Interval(1 / pair.ratio, 1 / pair.high, 1 / pair.low, pair.rounds, pair.slices)


def _together(parts: Sequence[tuple[Part[Any], Side, Any]], words: Mapping[Any, str], ever: str) -> list[str]:
    """One sentence about both eras if they come from one machine, else a sentence about each."""
    if len(parts) < 2 or not one_machine(parts[0][0], parts[1][0]):
        return [f"{_capital(side.era.when)} {words[key]}." for _, side, key in parts]
    (_, old, first), (_, new, second) = parts
    if first == second:
        return [f"{_capital(words[first])}, {ever}."]
    return [f"{_capital(old.era.when)} {words[first]}; {new.era.when} {words[second]}."]


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _speed(side: Side) -> Iterable[str]:
    pair, where = side.race.found, _capital(side.era.when)
    if pair is not None:
        yield f"{where}, batch size {_batch_size(side.race)}: {pair.verdict}"
    elif side.race.report is not None:
        yield f"{where}: {side.race.problem}"


def _batch_size(part: Part[Any]) -> int:
    return part.experiment.request.settings.batch_size if part.experiment else 0


def _over_time(answer: Answer) -> Iterable[str]:
    """How the factor of the second era compares with that of the first."""
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
    law = side.law.found
    if law is not None:
        pair = next((c for c in law.contrasts if {c.slow, c.fast} == set(side.era.pair)), None)
        said = (pair.sentence, *_overhead(pair)) if pair else law.sentences
        yield f"{_capital(side.era.when)}: {' '.join(said)}"


def _overhead(pair: Contrast) -> Iterable[str]:
    """Overhead's share of the gap at the issue's batch size, if compute has a measurable share."""
    size = original.BATCH_SIZE
    if pair.smallest <= size <= pair.largest and pair.a.low > 0 and pair.b.low > 0:
        gap = pair.a.estimate + size * pair.b.estimate
        yield f"Of the gap at batch {size} the law gives {share(pair.a.estimate / gap)} to overhead."


def _climb(side: Side) -> Iterable[str]:
    climb = side.ladder.found
    if climb is not None:
        causes = (_causes(climb), *_named(climb)) if leaves_out_zero(climb.gap) else ()
        where = f"{_capital(side.era.when)}, by a ladder at batch size {_batch_size(side.ladder)}"
        yield f"{where}: {' '.join((sentences(climb)[0], *causes, *climb.missing))}"


def _causes(climb: Climb) -> str:
    """The largest measurable changes in the direction of the gap, each with its share of it."""
    gap = climb.gap.estimate
    named = [bar for bar in climb.bars if bar.kind == "change" and bar.measurable and bar.effect.estimate * gap > 0]
    named = sorted(named, key=lambda bar: -abs(bar.effect.estimate))[:LARGEST]
    if not named:
        return "No change has a measurable effect in the direction of the gap."
    causes = [f"{bar.title} {micro(bar.effect)} ({share(bar.effect.estimate / gap)})" for bar in named]
    return f"{'The largest causes' if len(causes) > 1 else 'The cause'}: {', '.join(causes)}."


def _named(climb: Climb) -> Iterable[str]:
    if math.isnan(climb.named_share):
        return
    yield f"Together the named causes are {share(climb.named_share)} of the gap."
    if climb.together is not None:
        titles = interacting(climb)
        are, part = "is" if len(titles) == 1 else "are", share(climb.together.estimate / climb.gap.estimate)
        yield f"With the interaction {listed(titles)} {are} {micro(climb.together)}, {part} of it."


def _count(side: Side) -> Iterable[str]:
    counted, control = side.counts.found, side.control.found
    if counted is None:
        return
    yield f"Is anything re-created on each batch {side.era.when}? {counted.sentence}"
    title = catalog.title(side.era.control)
    if control is None:
        yield f"The counters have not been shown a program yet that re-creates on purpose ({title})."
    elif control.recreated is True:
        yield f"The same counters do find out {title}, which re-creates on purpose."
    else:
        yield f"But the counters miss {title}, which re-creates on purpose, so that answer does not count."


def _missing(side: Side) -> Iterable[str]:
    names = [name for name, part in zip(PARTS, side.parts, strict=True) if part.report is None]
    if names:
        yield f"Not measured yet {side.era.when}: {', '.join(names)}."
