"""The view of a bisection: the release that it found, what that rests on, and how to find out why."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

import pandas as pd

from lenet import catalog
from lenet.analysis import bisect, decision, ratio_words, releases
from lenet.analysis.bisect import Answer, Found, Gap, Same, Stretch
from lenet.analysis.words import counted, listed
from lenet.bench.bisect import Asked, Bisection
from lenet.catalog import Entry, Variant
from lenet.records import Experiment
from lenet.views.blocks import Block, Column, Section, Step, Table, View

FORMAT, VERSION = "lenet-bench/bisect", 1
STOPPED = "It was stopped; the same command goes on from here."
STEPS = (
    Column("Experiment", "number", digits=".0f"),
    Column("When (UTC)", "when"),
    Column("Releases", "releases"),
    Column("Rounds", "rounds", digits=".0f"),
    Column("Later against earlier [95 %]", "found"),
)


def view(bisection: Bisection, answer: Answer) -> View:
    """What a bisection has found, with what it rests on."""
    asked = bisection.asked
    first, *rest = sentences(bisection, answer)
    return View(
        name="Bisection",
        title=f"{asked.package} {asked.releases[0]} to {asked.releases[-1]} with {asked.program.title}",
        headlines=(first,),
        points=tuple(rest),
        cautions=tuple(f"{release} was left out. {why}" for release, why in bisection.skipped.items()),
        next=_next(bisection, answer),
        sections=(Section("Races", (Block(table=steps(bisection), alt="The races of this bisection."),)),)
        if bisection.read
        else (),
    )


def sentences(bisection: Bisection, answer: Answer) -> list[str]:
    """What was found, the verdict in front."""
    asked = bisection.asked
    if isinstance(answer, Found):
        return list(_found(bisection, answer))
    if isinstance(answer, Same):
        return list(_same(asked, answer))
    return [f"Fewer than two of these releases of {asked.package} can be raced, so there is nothing to compare."]


def _found(bisection: Bisection, found: Found) -> Iterator[str]:
    asked, gap = bisection.asked, found.change.gap
    before, after = (asked.releases[place] for place in (found.change.first, found.change.last))
    between = asked.releases[found.change.first + 1 : found.change.last]
    said = releases.times(asked.program.title, gap.ratio, gap.low, gap.high, before)
    if not gap.different:
        yield (
            f"No single release of {asked.package} stands out: {before} and {after}, between which the search ended, "
            f"do not surely differ ({ratio_words.text(gap.ratio, gap.low, gap.high)})."
        )
    elif between:
        which = listed([*between, after])
        yield f"One of {asked.package} {which} is the first release that is {releases.word(gap.ratio)}: {said}."
    else:
        yield f"{asked.package} {after} is the first release that is {releases.word(gap.ratio)}: {said}."
    for stretch in found.elsewhere:
        yield _elsewhere(asked, stretch)


def _elsewhere(asked: Asked, stretch: Stretch) -> str:
    first, last = asked.releases[stretch.first], asked.releases[stretch.last]
    figures = ratio_words.text(stretch.gap.ratio, stretch.gap.low, stretch.gap.high)
    return f"There is another change, between {first} and {last}: {figures} times as long."


def _same(asked: Asked, same: Same) -> Iterator[str]:
    first, last, gap = asked.releases[same.ends.first], asked.releases[same.ends.last], same.ends.gap
    both = f"{asked.package} {first} and {last}"
    figures = ratio_words.text(gap.ratio, gap.low, gap.high)
    if gap.within(asked.change):
        yield f"{both} are no further apart than {decision.apart(1 + asked.change)}, so there is nothing to bisect."
    else:
        yield f"{both} do not surely differ: {figures}. A longer budget may tell."
    yield gap.verdict
    if same.ends.last - same.ends.first > 1:
        yield "What came and went again between them is not seen so; --all races every release."


def steps(bisection: Bisection) -> Table:
    """A row per race, the oldest first."""
    return Table(STEPS, pd.DataFrame([_step(bisection, one) for one in bisection.read]))


def _step(bisection: Bisection, one: Experiment) -> dict[str, object]:
    names = bisection.asked.releases
    mine = {pair: gap for pair, gap in bisection.known.items() if gap.experiment == one.id}
    found = (f"{names[later]} / {names[first]}: {_figures(gap)}" for (first, later), gap in sorted(mine.items()))
    runs = {run.round for run in bisection.store.run_states(one.id)}
    return {
        "number": one.id,
        "when": f"{one.created:%Y-%m-%d %H:%M}",
        "releases": ", ".join(release.name for release in releases.planned(one.request)),
        "rounds": len(runs),
        "found": "; ".join(found) or None,
    }


def _figures(gap: Gap) -> str:
    return ratio_words.text(gap.ratio, gap.low, gap.high)


def _next(bisection: Bisection, answer: Answer) -> Block | None:
    """The ladders and counts of the two releases between which the change is, and other stretches."""
    if not isinstance(answer, Found) or not answer.change.gap.different:
        return None
    asked = bisection.asked
    both = [asked.stack(bisection.home, asked.releases[at]).name for at in (answer.change.first, answer.change.last)]
    entries = [str(Entry.parse(asked.variant).in_stack(stack)) for stack in both]
    shown = [Step(f"Its ladder {place}", command=command) for place, command in _ladders(asked.program, both)]
    shown.append(Step("Is anything re-created?", command=f"python -m lenet why counts {' '.join(entries)}"))
    shown.append(Step("Where does the time go?", command=f"python -m lenet why profile {' '.join(entries)}"))
    for stretch in answer.elsewhere:
        part = f"{asked.releases[stretch.first]}..{asked.releases[stretch.last]}"
        shown.append(Step("The other change", command=command(asked.package, part, asked.program)))
    return Block("Next", steps=tuple(shown))


def _ladders(program: Variant, stacks: list[str]) -> Iterator[tuple[str, str]]:
    """The first ladder on which the program stands, before the change and after it."""
    own = [ladder for ladder in catalog.LADDERS.values() if program.name in (ladder.start, ladder.end)]
    for ladder in own[:1]:
        for when, stack in zip(("before", "after"), stacks, strict=True):
            yield when, f"python -m lenet why ladder {Entry(ladder.name, stack)}"


def command(package: str, between: str, program: Variant) -> str:
    """The command that bisects the releases of a package with a program."""
    usual = catalog.variant(program.name).stack
    entry = Entry(program.name, program.stack if program.stack != usual else "")
    own = f" --variants-from {shlex.quote(str(program.file.parent))}" if program.path else ""
    return f"python -m lenet bisect {package} {between} --variant {entry}{own}"


def as_json(bisection: Bisection, answer: Answer) -> dict[str, Any]:
    """The answer as plain values; its races are exported by their numbers."""
    asked = bisection.asked
    stretch = answer.change if isinstance(answer, Found) else answer.ends if isinstance(answer, Same) else None
    return {
        "format": FORMAT,
        "version": VERSION,
        "package": asked.package,
        "releases": list(asked.releases),
        "variant": asked.variant,
        "change": asked.change,
        "outcome": _outcome(answer),
        "between": _plain(asked, stretch) if stretch else None,
        "elsewhere": [_plain(asked, one) for one in answer.elsewhere] if isinstance(answer, Found) else [],
        "left_out": dict(bisection.skipped),
        "experiments": [one.id for one in bisection.read],
        "sentences": sentences(bisection, answer),
    }


def _outcome(answer: Answer) -> str:
    if isinstance(answer, Found):
        return "found" if answer.change.gap.different else "lost"
    return "same" if isinstance(answer, Same) else "nothing"


def _plain(asked: Asked, stretch: Stretch) -> dict[str, Any]:
    gap = stretch.gap
    return {
        "before": asked.releases[stretch.first],
        "after": asked.releases[stretch.last],
        "ratio": gap.ratio,
        "low": gap.low,
        "high": gap.high,
        "different": gap.different,
        "experiment": gap.experiment,
    }


def begins(bisection: Bisection) -> str:
    """What a bisection is about to do, in a sentence."""
    asked = bisection.asked
    number = len(asked.releases)
    ends = f"{asked.releases[0]} to {asked.releases[-1]}"
    races = counted(bisect.most_races(number), "race")
    return f"{counted(number, 'release')} of {asked.package}, {ends}: {races} at most."


def progress(bisection: Bisection, experiment: Experiment) -> str:
    """What a race of it has found: 'Experiment 7: 3.12.0 / 3.10.0: 1.05 [1.04, 1.06]'."""
    step = _step(bisection, experiment)
    return f"Experiment {experiment.id}: {step['found'] or 'nothing was compared'}."
