"""The noise floor in words: beside differences, and as the result of its own measurement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from lenet import catalog, instruments, requests
from lenet.analysis.circumstances import Circumstance, circumstance
from lenet.analysis.noise import floor_estimate as spreads
from lenet.analysis.noise.floor_estimate import Spread
from lenet.analysis.noise.measured import Floor, program
from lenet.analysis.words import listed
from lenet.catalog import Entry
from lenet.records import Experiment
from lenet.settings import default_threads

COMMAND = "python -m lenet noise"


def plus_minus(share: float) -> str:
    """'±0.6 %' for 0.006."""
    return f"±{100 * share:.0f} %" if share >= 0.0995 else f"±{100 * share:.2g} %"


def beside(found: Mapping[str, Floor], experiment: Experiment, labels: Sequence[str]) -> tuple[str, ...]:
    """The sentences that stand once beside the differences between `labels`: where their floor comes from.

    found: what `measured.floors` found. None where nothing is compared; of a measurement, what it measured.
    """
    if instruments.of(experiment.request) is instruments.NOISE:
        return _own(found, experiment)
    if len(labels) < 2:
        return ()
    used = {floor.experiment_id: floor for label in labels if (floor := found.get(label))}
    missing = [label for label in labels if label not in found]
    said = [_sentence(floor) for floor in used.values()]
    if missing:
        said.append(_unknown(experiment, missing[0]))
    return (*said, *_stand_in(found, labels))


def _own(found: Mapping[str, Floor], experiment: Experiment) -> tuple[str, ...]:
    if experiment.status in ("queued", "running"):
        return ()
    own = (floor for floor in found.values() if floor.experiment_id == experiment.id)
    return sentences(next(own, None))


def _sentence(floor: Floor) -> str:
    if floor.stale:
        again = command(floor.circumstance, floor.entry)
        return (
            f"The noise floor was measured {floor.measured:%Y-%m-%d}, {floor.stale}, so it decides nothing here: "
            f"measure it again with `{again}`."
        )
    seen, within = floor.spread.process, floor.spread.within
    unseen = "" if seen > within else f" A lottery of less than {_percent(within)} it could not see."
    return f"Noise floor: measured {floor.measured:%Y-%m-%d} with {floor.source}.{unseen}"


def _unknown(experiment: Experiment, label: str) -> str:
    where = circumstance(experiment, label)
    if experiment.origin:
        return f"The noise floor of {where.machine} is not known here: no measurement of it was imported."
    return f"The noise floor is not measured on this machine: run `{command(where)}` (about a minute)."


def _stand_in(found: Mapping[str, Floor], labels: Iterable[str]) -> Iterator[str]:
    """A program that was never raced against itself may draw a larger lottery than the one that was."""
    floors = {label: floor for label in labels if (floor := found.get(label)) and not floor.stale}
    strangers = [label for label, floor in floors.items() if program(label) != program(floor.entry)]
    entries = [Entry.parse(label).without_copy for label in strangers]
    titles = list(dict.fromkeys(catalog.title(str(entry)) for entry in entries))
    if titles:
        own = command(floors[strangers[0]].circumstance, str(entries[0].without_settings))
        yield f"It stands in for that of {listed(titles)}; `{own}` measures a program's own."


def command(where: Circumstance, entry: str = "") -> str:
    """What measures the floor under these circumstances, in a shell; for a program other than the usual one."""
    parts = [COMMAND]
    if entry and entry != requests.NOISE_VARIANT:
        parts.append(f"--variant {entry}")
    if where.allocator != "shipped":
        parts.append(f"--allocator {where.allocator}")
    if where.threads != default_threads():
        parts.append(f"--threads {where.threads}")
    if where.device != "cpu":
        parts.append(f"--device {where.device}")
    if where.sync != "batch":
        parts.append(f"--sync {where.sync}")
    if not where.slices:
        parts.append("--slice-ms 0")
    return " ".join(parts)


def sentences(measured: Floor | None) -> tuple[str, ...]:
    """A measurement in words: the floor, and what it is made of."""
    if measured is None:
        return ("The noise floor was not measured: a round in which all copies finish is needed.",)
    found = measured.spread
    rounds = f"{found.rounds} round{'s' * (found.rounds != 1)}"
    return (
        f"Noise floor: {plus_minus(spreads.own_share(found))}. In 19 of 20 races of {rounds} like these, two equal "
        f"programs on {measured.circumstance.machine} come out no farther apart; the two of these {found.copies} "
        f"copies that were farthest apart differ by {_percent(found.farthest)}.",
        _of_processes(found),
        *_of_copies(found),
    )


def _of_processes(found: Spread) -> str:
    slices = f"{_percent(found.within)} that the slices of a run explain"
    if found.process == 0:
        return f"Processes differ by no more than the {slices}: no lottery was found, and a smaller one would not be."
    return f"Each process draws a lottery of {_percent(found.process)} (standard deviation), beside the {slices}."


def _of_copies(found: Spread) -> Iterator[str]:
    if found.systematic:
        yield (
            f"The same copies were slow in every round, by {_percent(found.systematic)} (standard deviation): "
            "more rounds do not remove that, so no difference near it can be trusted here."
        )


def _percent(share: float) -> str:
    return plus_minus(share).lstrip("±")
