"""What a running race says: the ratio in a sentence, how sure it is, and the stages it goes through."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from lenet import catalog
from lenet.analysis import ratio_words, twin_words
from lenet.analysis.noise.floor_words import plus_minus
from lenet.analysis.verdict import Pair
from lenet.analysis.words import counted

DONE, NOW, NEXT = "done", "now", "next"
SHOWN = 6
"""The rounds that a strip names one by one; of more it names the last and the next few."""

NOTHING_YET = "Which one is faster?"
NOTHING_YET_WHY = "The first ratio stands here as soon as each has trained a few slices, side by side."


def headline(pair: Pair, *, alone: bool = True) -> str:
    """The ratio in the fewest words: 'Keras fit takes 1.24 times as long'.

    alone: whether the pair's two are all that race; if not, the other one is named too.
    """
    slower, other = catalog.title(pair.slow), "" if alone else f" as {catalog.title(pair.fast)}"
    ratio = ratio_words.estimate(pair.ratio, pair.low, pair.high)
    # One round does not know how far processes differ, so nothing is sure before the second.
    outcome = pair.outcome if pair.rounds > 1 else ratio_words.UNDECIDED
    if outcome == ratio_words.DIFFERENT:
        return f"{slower} takes {ratio} times as long{other}"
    if outcome == ratio_words.EQUAL:
        close = ratio_words.bound(ratio_words.apart(pair.low, pair.high))
        return f"Equal within ±{close}" if alone else f"All are equal within ±{close}"
    if pair.ratio <= 1 + ratio_words.CLOSE:
        return "No leader yet"
    return f"{slower} looks {ratio} times as slow{other}"


def standing(pair: Pair, twin: Pair | None = None) -> str:
    """How sure the ratio is by now, in a sentence; others name the noise floor and what this race calls
    equal by the pair of its twin."""
    floor = "" if math.isnan(pair.floor) else f" Grey: the noise floor of this machine, {plus_minus(pair.floor)}."
    return f"{_sure(pair)}{floor}{_with_itself(twin) if twin else ''}"


def _with_itself(twin: Pair) -> str:
    if math.isnan(twin.low):
        return ""
    _, low, high = ratio_words.rounded(twin.ratio, twin.low, twin.high)
    doubt = " In doubt: that leaves out 1." if twin_words.apart(twin) and twin.rounds > 1 else ""
    return f" Thin bar: this race against itself, {low} to {high}.{doubt}"


def _sure(pair: Pair) -> str:
    if math.isnan(pair.low):
        return "So far a single slice, which gives no interval."
    _, low, high = ratio_words.rounded(pair.ratio, pair.low, pair.high)
    if pair.rounds == 1:
        return f"So far one round: within it {low} to {high}. How far processes differ, more rounds will tell."
    if pair.outcome == ratio_words.DIFFERENT:
        return f"95 % sure that it lies between {low} and {high}: slower, and sure enough to say so."
    if pair.outcome == ratio_words.EQUAL:
        return f"95 % sure that it lies between {low} and {high}: no difference worth a name."
    if not pair.low <= 1 <= pair.high and pair.different is not None:
        return f"Undecided so far: {low} to {high} lies within the noise of this machine."
    return f"Undecided so far: {counted(pair.rounds, 'round')} allow {low} to {high}."


@dataclass(frozen=True)
class Step:
    """A stage of a race: state is done, now or next."""

    name: str
    state: str
    said: str = ""


def steps(stage: str, exams: tuple[int, int] | None, number: int, rounds: int, asked: int) -> tuple[Step, ...]:
    """The stages of a race, in order.

    stage: what it does while it does not train. exams: how many of how many agree; None before they
    are answered. number: the running round, 0 before the first; rounds: as many as are expected;
    asked: as many as were asked for.
    """
    said = stage.split(": ", 1)[-1]
    if exams is None and not number:
        first = Step("Same answer?", NOW, said)
    else:
        agree, all_of_them = exams or (0, 0)
        first = Step("Same answer?", DONE, f"{agree} of {all_of_them} agree" if all_of_them else "not asked")
        number = max(number, 1)
    return (first, *_rounds(said, number, max(rounds, number), asked))


def _rounds(said: str, number: int, rounds: int, asked: int) -> Iterator[Step]:
    first = max(1, min(number - SHOWN // 2, rounds - SHOWN + 1))
    if first > 1:
        yield Step(f"Round 1 to {first - 1}" if first > 2 else "Round 1", DONE)
    last = min(first + SHOWN - 1, rounds)
    for one in range(first, last + 1):
        state = DONE if one < number else NOW if one == number else NEXT
        yield Step(f"Round {one}", state, (said or "training") if state == NOW else "")
    if rounds > last:
        yield Step(f"{'about ' * (rounds > asked)}{rounds - last} more", NEXT)
