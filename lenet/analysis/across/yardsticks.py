"""Programs that two experiments both raced and that did not change: what the machine did to them,
it did to all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lenet import catalog
from lenet.analysis.across.measured_label import Side, unchanged
from lenet.catalog import Entry
from lenet.errors import BadInput


def found(base: Side, new: Side) -> tuple[str, ...]:
    """The labels that a changed label can be measured against; none for one that did not change
    itself.

    Where nothing that is recorded of it changed, the machine is what is asked about, and a
    yardstick would cancel it.
    """
    if unchanged(base, new):
        return ()
    return tuple(label for label in _candidates(base, new) if unchanged(base.beside(label), new.beside(label)))


def named(base: Side, new: Side, wanted: Sequence[str]) -> tuple[str, ...]:
    """The wanted ones but the label itself. Raises BadInput for one that was not raced like it in
    both experiments."""
    candidates = list(_candidates(base, new))
    chosen = [label for label in wanted if label not in (base.label, new.label)]
    for label in chosen:
        if label not in candidates:
            usable = ", ".join(candidates) or "none"
            raise BadInput(f"{label!r} cannot be a yardstick of {base.label!r}; of these experiments can: {usable}.")
    return tuple(chosen)


def _candidates(base: Side, new: Side) -> Iterator[str]:
    """Entries of both experiments that were timed as the compared label was, and finished a round
    beside it."""
    mine = {Entry.parse(side.label).without_copy for side in (base, new)}
    here, there = (catalog.labels(side.report.experiment.request.variants) for side in (base, new))
    for label in here:
        entry = Entry.parse(label)
        if entry in mine or label not in there or entry.copy > 1:
            continue
        alike = all(side.beside(label).circumstance == base.circumstance for side in (base, new))
        usable = all(label not in side.report.hindrances and side.rounds((label,)) for side in (base, new))
        if alike and usable:
            yield label
