"""Find what changed between two experiments of one series, among the facts recorded with them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from packaging.version import InvalidVersion, Version

from lenet import catalog
from lenet.catalog import Entry
from lenet.records import Figure, Run, without_versions
from lenet.settings import OPTIONS

if TYPE_CHECKING:
    from lenet.records import Experiment
    from lenet.store import Store

MACHINE = {
    "platform": "System", "libc": "C library", "memory_bytes": "Memory", "gpus": "GPUs", "python": "The app's Python",
    "interpreter": "The app's interpreter", "commit": "LeNet Bench",
}  # fmt: skip
"""The facts that may change while a machine counts as the same, with their titles."""
DIGITS = 10
"""The digits of a commit that are shown."""
NOTHING = "Nothing that is recorded changed"


def around(store: Store, figures: Sequence[Figure], place: int) -> list[str]:
    """Sentences on what changed where a series (oldest first) has a step at `place`.

    If the two experiments at the step differ in nothing, the next ones on either side are compared:
    the place may be off by one.
    """
    for reach in (1, 2):
        before, after = place - reach, place + reach - 1
        if before < 0 or after >= len(figures):
            break
        if sentences := list(between(store, figures[before], figures[after])):
            return sentences
    before, after = figures[place - 1].experiment_id, figures[place].experiment_id
    return [f"{NOTHING} between experiments {before} and {after}: look at the machine and at what else ran on it."]


def released(figures: Sequence[Figure], place: int) -> Iterator[tuple[str, str, str]]:
    """(package, older release, newer release) of what the variant needs and has in another release from
    `place` on."""
    before, after = figures[place - 1].versions, figures[place].versions
    known = catalog.of_label(figures[place].variant)
    for name in known.packages if known else ():
        with contextlib.suppress(InvalidVersion):
            older, newer = sorted((before.get(name, ""), after.get(name, "")), key=Version)
            if Version(older) != Version(newer):
                yield name, older, newer


def between(store: Store, before: Figure, after: Figure) -> Iterator[str]:
    """A sentence for each recorded fact that differs between two experiments of a series."""
    yield from _pairs(before.versions, after.versions)
    one, two = store.experiment(before.experiment_id), store.experiment(after.experiment_id)
    yield from _pairs(_named(one), _named(two))
    yield from _settings(one, two, after.label)
    run, other = _run(store, before), _run(store, after)
    if run and other:
        if run.source_hash != other.source_hash:
            yield f"Source of {catalog.title(after.variant)}: its file changed."
        yield from _pairs(_facts(run), _facts(other))


def _pairs(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, "none"), after.get(name, "none")
        if old != new:
            yield f"{name}: {old} before, {new} after."


def _named(experiment: Experiment) -> dict[str, str]:
    """The facts of a machine that may change, by their titles."""
    told = {name: value for name, value in experiment.machine.items() if name in MACHINE and value}
    return {MACHINE[name]: _text(value)[: DIGITS if name == "commit" else None] for name, value in told.items()}


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _settings(before: Experiment, after: Experiment, label: str) -> Iterator[str]:
    entry = str(Entry.parse(label).without_copy)
    old, new = (catalog.settings_of(entry, one.request.settings).as_dict() for one in (before, after))
    known = [name for name in old if name in OPTIONS]
    yield from _pairs({OPTIONS[n].label: old[n] for n in known}, {OPTIONS[n].label: new[n] for n in known})
    beside, now = (sorted({*one.request.variants} - {entry}) for one in (before, after))
    if beside != now:
        yield f"Raced beside: {_listed(beside)} before, {_listed(now)} after."


def _listed(entries: Sequence[str]) -> str:
    return ", ".join(catalog.title(entry) for entry in entries) or "nothing"


def _run(store: Store, figure: Figure) -> Run | None:
    runs = [run for run in store.runs(figure.experiment_id) if run.label == figure.label]
    return next((run for run in runs if run.status == "finished"), None)


def _facts(run: Run) -> dict[str, Any]:
    """The settings in force, without versions and without facts of a single process."""
    told = without_versions(run.facts)
    return {name: value for name, value in told.items() if isinstance(value, str | bool | int)}
