"""Find yardsticks: programs that two experiments both raced, and that did not change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lenet import catalog
from lenet.analysis.across.measured_label import Side, unchanged
from lenet.catalog import Entry
from lenet.errors import BadInput


def detected(base: Side, new: Side) -> tuple[str, ...]:
    """The labels against which a changed label can be measured; empty if it did not change.

    Where no recorded fact of the label changed, the question is about the machine, and a yardstick
    would cancel the answer.
    """
    if unchanged(base, new):
        return ()
    return tuple(label for label in _candidates(base, new) if unchanged(base.beside(label), new.beside(label)))


def named(base: Side, new: Side, wanted: Sequence[str]) -> tuple[str, ...]:
    """The wanted labels, without the compared label itself.

    Raises BadInput for a label that was not timed under the compared label's circumstances in both
    experiments.
    """
    candidates = list(_candidates(base, new))
    chosen = [label for label in wanted if label not in (base.label, new.label)]
    for label in chosen:
        if label not in candidates:
            usable = ", ".join(candidates) or "none"
            raise BadInput(f"{label!r} cannot be a yardstick of {base.label!r}; of these experiments can: {usable}.")
    return tuple(chosen)


def _candidates(base: Side, new: Side) -> Iterator[str]:
    """Labels that both experiments raced beside the compared label, under its circumstances."""
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
