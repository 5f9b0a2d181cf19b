"""Put the noise floor into words: beside differences, and as the result of its own measurement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lenet import catalog, instruments, requests
from lenet.analysis import circumstances
from lenet.analysis.circumstances import COUNTED, Circumstance, circumstance
from lenet.analysis.noise import floor_estimate as spreads
from lenet.analysis.noise.floor_estimate import Spread
from lenet.analysis.noise.measured import FREE, Floor, program
from lenet.analysis.words import counted, listed
from lenet.catalog import Entry
from lenet.records import UNFINISHED, Experiment
from lenet.settings import Settings, asked_by, written

COMMAND = "python -m lenet noise"
NAMED = tuple(name for name in reversed(asked_by("noise")) if name in COUNTED and name not in FREE)
"""The settings that a measurement must share with a race, those of the machine first."""


def plus_minus(share: float) -> str:
    """'±0.6 %' for 0.006."""
    return f"±{100 * share:.0f} %" if share >= 0.0995 else f"±{100 * share:.2g} %"


def beside(floors: Mapping[str, Floor], experiment: Experiment, labels: Sequence[str]) -> tuple[str, ...]:
    """The sentences beside the differences between `labels`: where their noise floor comes from.

    floors: the measurements by label, from `measured.floors`. Without two labels there are no
    sentences. For an experiment that measures the floor itself, its result.
    """
    if instruments.of(experiment.request) is instruments.NOISE:
        return _own(floors, experiment)
    if len(labels) < 2:
        return ()
    used = {floor.experiment_id: floor for label in labels if (floor := floors.get(label))}
    missing = [label for label in labels if label not in floors]
    said = [_sentence(floor) for floor in used.values()]
    if missing:
        said.append(_unknown(experiment, missing[0]))
    return (*said, *_stand_in(floors, labels))


def _own(floors: Mapping[str, Floor], experiment: Experiment) -> tuple[str, ...]:
    if experiment.status in UNFINISHED:
        return ()
    own = (floor for floor in floors.values() if floor.experiment_id == experiment.id)
    return sentences(next(own, None))


def _sentence(floor: Floor) -> str:
    if floor.stale:
        when = f"{floor.measured:%Y-%m-%d}, {floor.stale}"
        return f"The noise floor was measured {when}, so it decides nothing here: measure it again."
    seen, within = floor.spread.process, floor.spread.within
    unseen = "" if seen > within else f" A lottery of less than {_percent(within)} it could not see."
    return f"Noise floor: measured {floor.measured:%Y-%m-%d} with {floor.source}.{unseen}"


def _unknown(experiment: Experiment, label: str) -> str:
    where = circumstance(experiment, label)
    if experiment.origin:
        return f"The noise floor of {where.machine} is not known here: no measurement of it was imported."
    return "The noise floor is not measured on this machine under these circumstances."


def _stand_in(known: Mapping[str, Floor], labels: Iterable[str]) -> Iterator[str]:
    """A note on programs that were never measured: their lottery may be larger."""
    floors = {label: floor for label in labels if (floor := known.get(label)) and not floor.stale}
    strangers = [label for label, floor in floors.items() if program(label) != program(floor.entry)]
    entries = [Entry.parse(label).without_copy for label in strangers]
    titles = list(dict.fromkeys(catalog.title(str(entry)) for entry in entries))
    if titles:
        own = command(floors[strangers[0]].circumstance, str(entries[0].without_settings))
        yield f"It stands in for that of {listed(titles)}; `{own}` measures a program's own."


def command(where: Circumstance, entry: str = "") -> str:
    """The shell command that measures the floor under these circumstances, for `entry` if given."""
    parts = [COMMAND]
    if entry and entry != requests.NOISE_VARIANT:
        parts.append(f"--variant {entry}")
    parts += [f"--{name.replace('_', '-')} {value}" for name, value in unusual(where).items()]
    return " ".join(parts)


def unusual(where: Circumstance) -> dict[str, str]:
    """The settings that a measurement under these circumstances needs beside the usual ones."""
    asked, usual = circumstances.decisive(where.settings), circumstances.decisive(Settings.parse({}))
    return {name: _text(name, asked[name]) for name in NAMED if asked[name] != usual[name]}


def _text(name: str, value: Any) -> str:
    # Circumstances hold only whether an on/off setting is on: written as a number, 1 or 0.
    return written(name, int(value) if isinstance(value, bool) else value)


def sentences(measured: Floor | None) -> tuple[str, ...]:
    """A measurement in words: the floor, and the parts it consists of."""
    if measured is None:
        return ("The noise floor was not measured: a round in which all copies finish is needed.",)
    spread = measured.spread
    rounds = counted(spread.rounds, "round")
    return (
        f"Noise floor: {plus_minus(spreads.own_share(spread))}. In 19 of 20 races of {rounds} like these, two equal "
        f"programs on {measured.circumstance.machine} come out no farther apart; the two of these {spread.copies} "
        f"copies that were farthest apart differ by {_percent(spread.farthest)}.",
        _of_processes(spread),
        *_of_copies(spread),
    )


def _of_processes(spread: Spread) -> str:
    slices = f"{_percent(spread.within)} that the slices of a run explain"
    if spread.process == 0:
        return f"Processes differ by no more than the {slices}: no lottery was found, and a smaller one would not be."
    return f"Each process draws a lottery of {_percent(spread.process)} (standard deviation), beside the {slices}."


def _of_copies(spread: Spread) -> Iterator[str]:
    if spread.systematic:
        yield (
            f"The same copies were slow in every round, by {_percent(spread.systematic)} (standard deviation): "
            "more rounds do not remove that, so no difference near it can be trusted here."
        )


def _percent(share: float) -> str:
    return plus_minus(share).lstrip("±")
