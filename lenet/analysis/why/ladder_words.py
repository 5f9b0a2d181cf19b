"""A ladder's result in plain words."""

from __future__ import annotations

import math

from lenet import catalog
from lenet.analysis.intervals import Interval, leaves_out_zero
from lenet.analysis.why.ladder import Bar, Climb
from lenet.analysis.words import ONE_ROUND, listed, micro, part, plain, turned

FEW = 3
"""So many programs without figures are named one by one."""
LARGEST = 5
"""So many causes are named in the sentence; all are in the chart and the table."""


def sentences(climb: Climb) -> tuple[str, ...]:
    """The climb in plain words, the answer first; what it leaves open and which states are missing
    last."""
    if not climb.bars:
        ends = f"{_title(climb.ladder.start)} and {_title(climb.ladder.end)}"
        return f"{ends} have not both finished a round, so there is no gap to split yet.", *_missing(climb)
    parts = [_ends(climb), causes(climb), _slower(climb), named(climb), _order(climb), _unseen(climb), _floor(climb)]
    one = ONE_ROUND if climb.gap.rounds == 1 else ""
    return tuple(part for part in [*parts, one, *_missing(climb)] if part)


def _missing(climb: Climb) -> tuple[str, ...]:
    """The sentence of each program without figures; of many only how many there are."""
    if len(climb.missing) <= FEW:
        return climb.missing
    return (f"{len(climb.missing)} programs have no figures; the runs that did not finish say why.",)


def _title(entry: str) -> str:
    return catalog.title(entry)


def _ends(climb: Climb) -> str:
    slow, fast = _title(climb.ladder.start), _title(climb.ladder.end)
    times = f"{slow} takes {plain(climb.slow.estimate)} µs per batch and {fast} {plain(climb.fast.estimate)}"
    if math.isnan(climb.gap.low):
        return f"{times}; a single slice gives no interval: train longer or more rounds."
    if not leaves_out_zero(climb.gap):
        return f"{times}: no measurable gap, {micro(climb.gap)}, so there are no shares of it."
    if climb.gap.estimate < 0:
        return f"{times}: {slow} is the faster one by {micro(turned(climb.gap))}."
    return f"{times}: a gap of {micro(climb.gap)}."


def size(climb: Climb) -> str:
    """How far apart the two programs are, whichever is the slower one: '991 µs [952, 1,030]'."""
    return micro(climb.gap if climb.gap.estimate > 0 else turned(climb.gap))


def causes(climb: Climb, most: int = LARGEST) -> str:
    """The largest causes, `most` of them, each with its effect and its share of the gap."""
    gains = sorted(_changes(climb, climb.gap.estimate), key=lambda bar: -abs(bar.effect.estimate))[:most]
    found = [f"{bar.title} {micro(bar.effect)}{_share(bar)}" for bar in gains]
    if not found:
        return "No change has a measurable effect in the direction of the gap."
    return f"{'The largest causes' if len(found) > 1 else 'The cause'}: {', '.join(found)}."


def _share(bar: Bar) -> str:
    return "" if math.isnan(bar.share.estimate) else f" ({part(bar.share)})"


def _slower(climb: Climb) -> str:
    """Changes against the direction of the gap."""
    against = _changes(climb, -climb.gap.estimate)
    if not against:
        return ""
    word = "faster" if climb.gap.estimate < 0 else "slower"
    effects = [micro(bar.effect if bar.effect.estimate > 0 else turned(bar.effect)) for bar in against]
    made = [f"without {bar.title} it is {word} by {effect}" for bar, effect in zip(against, effects, strict=True)]
    return f"Against it: {listed(made)}."


def _changes(climb: Climb, direction: float) -> list[Bar]:
    """The measurable changes whose effect has the sign of `direction`."""
    return [
        bar
        for bar in climb.bars
        if bar.kind == "change" and bar.measurable and bar.effect.estimate * direction > 0
    ]  # fmt: skip


def named(climb: Climb) -> str:
    """The share of the gap in all changes; '' where it is all of it, as no interaction is
    measurable."""
    if math.isnan(climb.named.estimate) or not climb.bars[-1].measurable:
        return ""
    return f"All changes together, measurable or not, are {part(climb.named)} of the gap; the rest is interaction."


def _order(climb: Climb) -> str:
    last = climb.bars[-1]
    if last.kind != "interaction":
        return "It was walked in one order only: what another order would say is not known."
    if not last.measurable:
        return "The order in which the changes are made makes no measurable difference."
    several = listed(interacting(climb))
    depend = "depends" if len(last.changes) == 1 else "depend"
    order = f"The order matters for {micro(last.effect)} (interaction): {several} {depend} on other changes."
    if climb.together is None or math.isnan(climb.together[1].estimate):
        return order
    they = "it is" if len(last.changes) == 1 else "they are"
    worth, of_gap = climb.together
    return f"{order} With it {they} {micro(worth)}, {part(of_gap)} of the gap."


def interacting(climb: Climb) -> list[str]:
    """Titles of the changes that depend on others, of a climb whose last bar is the interaction."""
    return [climb.ladder.changes[number].title for number in climb.bars[-1].changes]


def _unseen(climb: Climb) -> str:
    hidden = [bar for bar in climb.bars if bar.kind == "change" and not bar.measurable]
    if not hidden:
        return ""
    return f"No measurable effect: {', '.join(f'{bar.title} ({at_most(bar.effect)})' for bar in hidden)}."


def at_most(effect: Interval) -> str:
    """How large an effect may still be, to either side: 'at most 24 µs', by its interval's farther
    end."""
    return f"at most {plain(max(abs(effect.low), abs(effect.high)))} µs" if effect.low <= effect.high else "of any size"


def _floor(climb: Climb) -> str:
    if climb.floor is None:
        return ""
    return f"The start raced against its own copy differs by {micro(climb.floor)}."
