"""The view of a group: the same race on several machines, a row per pair and a column per machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from lenet import catalog, instruments
from lenet.analysis import report as reports
from lenet.analysis.across import matrix as figures
from lenet.analysis.across.matrix import Cell, Matrix
from lenet.analysis.words import MISSING, listed
from lenet.records import UNFINISHED, Experiment
from lenet.views import stored
from lenet.views.blocks import Block, Column, Section, Table, View

if TYPE_CHECKING:
    from lenet.store import Store

SAID = 3
"""So many pairs have a sentence beside the result of one machine; the matrix has all."""
ABOUT = "Each machine has its own ratio with its own 95 % interval; nothing is averaged over machines."
MACHINES = (
    Column("Machine", "machine"),
    Column("Experiment", "experiment", digits=".0f"),
    Column("Status", "status"),
    Column("Where", "where"),
)


def load(store: Store, group: str) -> View:
    """The experiments that were asked for as one. Raises StoreError."""
    return view(_matrix(store, group), names_in(store))


def beside(shown: View, experiment: Experiment, store: Store) -> View:
    """The result of one of a group with what all machines say together: as sentences, and as its first
    section. Raises StoreError."""
    if not is_compared(experiment):
        return shown
    found = _matrix(store, experiment.group)
    said = tuple(row.sentence for row in found.told[:SAID])
    return replace(shown, points=(*shown.points, *said), sections=(section(found), *shown.sections))


def names_in(store: Store) -> dict[str, str]:
    """How the machines of the fleet are called, by their ids."""
    return {machine.id: machine.name for machine in store.machines()}


def _matrix(store: Store, group: str) -> Matrix:
    experiments = store.of_group(group)
    state = tuple((one.id, one.status, one.ended) for one in experiments)
    return _worked_out(store, state, tuple(sorted(names_in(store).items())))


@lru_cache(maxsize=8)
def _worked_out(store: Store, state: tuple[Any, ...], names: tuple[tuple[str, str], ...]) -> Matrix:
    """The matrix of experiments in this state: a page asks for it again and again, and it reads all batches."""
    return figures.matrix([reports.load(store, number) for number, *_ in state], dict(names))


def is_compared(experiment: Experiment) -> bool:
    """Whether its group has a matrix: only races have ratios of two programs."""
    return bool(experiment.group) and instruments.of(experiment.request).compared


def view(found: Matrix, names: dict[str, str]) -> View:
    """The matrix as a result. names: how machines are called, by their ids."""
    first = found.experiments[0]
    return View(
        name=f"Experiments {listed([str(one.id) for one in found.experiments])}",
        title=f"{instruments.subject(first.request)} on {listed(list(found.machines))}",
        headlines=tuple(row.sentence for row in found.told[:1]),
        points=tuple(row.sentence for row in found.told[1:]),
        line=f"asked for {first.created:%Y-%m-%d %H:%M} UTC; {ABOUT}",
        sections=(section(found), Section("Machines", (Block(table=machines(found.experiments, names)),))),
    )


def section(found: Matrix) -> Section:
    """The matrix, why cells are empty, and what else differs between the machines."""
    alt = "How many times as long the slower of each two programs takes, on each machine."
    empty = dict.fromkeys(f"{c.machine}: {c.reason}" for row in found.rows for c in row.cells if c.reason)
    block = Block(table=table(found), alt=alt, points=tuple(empty), notes=found.remarks)
    return Section("On all machines", (block,), about=ABOUT)


def table(found: Matrix) -> Table:
    """A row per pair: its ratio on each machine, and whether it is the same on all."""
    columns = (
        Column("Slower", "slow"),
        Column("Faster", "fast"),
        *(Column(f"{name} [95 %]", f"on_{place}") for place, name in enumerate(found.machines)),
        Column("On all machines", "outcome"),
    )
    rows: list[dict[str, Any]] = [
        {
            "slow": catalog.title(row.slow),
            "fast": catalog.title(row.fast),
            **{f"on_{place}": _text(cell) for place, cell in enumerate(row.cells)},
            "outcome": row.outcome,
        }
        for row in found.told
    ]
    return Table(columns, pd.DataFrame(rows, columns=[column.key for column in columns]))


def _text(cell: Cell) -> str:
    return MISSING if cell.reason else cell.text


def machines(experiments: Sequence[Experiment], names: dict[str, str]) -> Table:
    """A row per experiment: on which machine, and how it stands."""
    rows = [
        {
            "machine": figures.name_of(one, names),
            "experiment": one.id,
            "status": one.status,
            "where": str(one.machine.get("cpu") or MISSING),
        }
        for one in experiments
    ]
    return Table(MACHINES, pd.DataFrame(rows, columns=[column.key for column in MACHINES]))


def as_json(store: Store, group: str) -> dict[str, Any]:
    """The result of each of its experiments, and what they say together."""
    over = [one for one in store.of_group(group) if one.status not in UNFINISHED]
    answers = load(store, group).answers if any(map(is_compared, over)) else ()
    return {"group": group, "answers": list(answers), "experiments": [stored.as_json(store, one.id) for one in over]}
