"""The machines of the fleet, and what waits for them."""

from __future__ import annotations

import dataclasses

import sqlalchemy as sa

from lenet.errors import Missing
from lenet.records import UNFINISHED, Experiment, Machine, Placed
from lenet.settings import Settings
from lenet.store import rows, tables
from lenet.store.audit import Audited
from lenet.store.base import INSERT, now
from lenet.store.claims import DAY

EXPERIMENTS, MACHINES = tables.experiments.c, tables.machines.c


class Fleet(Audited):
    """The methods of the store for the fleet."""

    def show_machine(self, machine: Machine) -> None:
        """Keep what a machine says of itself. Whether it drains was asked of it here, and stays as it
        is."""
        values = dataclasses.asdict(machine)
        told = {name: value for name, value in values.items() if name != "draining"}
        insert = INSERT[self.engine.dialect.name](tables.machines).values(**values)
        with self._writing() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["id"], set_=told))

    def hear_machine(self, machine_id: str, load: dict[str, float]) -> bool:
        """Keep that a machine lives, and how busy it is; whether it is in the fleet."""
        update = tables.machines.update().where(MACHINES.id == machine_id).values(seen=now(), load=load)
        with self._writing() as connection:
            return bool(connection.execute(update).rowcount)

    def machines(self) -> list[Machine]:
        """Every machine that has joined and not left, by name."""
        select = tables.machines.select().order_by(MACHINES.name, MACHINES.id)
        with self._reading() as connection:
            found = [row._mapping for row in connection.execute(select)]
            return [Machine(**{**values, "gpus": tuple(values["gpus"])}) for values in found]

    def set_draining(self, machine_id: str, draining: bool) -> None:
        """Let a machine end what it races and begin nothing else, or begin again. Raises Missing."""
        update = tables.machines.update().where(MACHINES.id == machine_id).values(draining=draining)
        with self._writing() as connection:
            if not connection.execute(update).rowcount:
                raise Missing(f"No machine {machine_id} is in the fleet; `python -m lenet fleet status` shows them.")

    def remove_machine(self, machine_id: str) -> None:
        """Forget a machine that has left; the experiments that it raced stay."""
        with self._writing() as connection:
            connection.execute(tables.machines.delete().where(MACHINES.id == machine_id))

    def placed(self) -> list[Placed]:
        """What waits for a machine of the fleet or runs on one, the oldest first."""
        begun = (EXPERIMENTS.target != "", EXPERIMENTS.started > now() - DAY)
        last = sa.select(EXPERIMENTS.target, EXPERIMENTS.submitter, sa.func.max(EXPERIMENTS.started).label("served"))
        served = last.where(*begun).group_by(EXPERIMENTS.target, EXPERIMENTS.submitter).subquery()
        theirs = sa.and_(served.c.target == EXPERIMENTS.target, served.c.submitter == EXPERIMENTS.submitter)
        names = ("id", "uid", "target", "submitter", "status", "instrument")
        device = sa.func.coalesce(EXPERIMENTS.settings["device"].as_string(), Settings.device).label("device")
        select = sa.select(*(EXPERIMENTS[name] for name in names), device, served.c.served)
        select = select.outerjoin_from(tables.experiments, served, theirs)
        select = select.where(EXPERIMENTS.target != "", EXPERIMENTS.status.in_(UNFINISHED)).order_by(EXPERIMENTS.id)
        with self._reading() as connection:
            return [Placed(**row._mapping) for row in connection.execute(select)]

    def number_of(self, uid: str) -> int | None:
        """The number here of an experiment by its name in every database; None where it is not here."""
        with self._reading() as connection:
            number: int | None = connection.scalar(sa.select(EXPERIMENTS.id).where(EXPERIMENTS.uid == uid))
            return number

    def of_group(self, group: str) -> list[Experiment]:
        """The experiments that were asked for as one, in the order of their numbers."""
        select = tables.experiments.select().where(EXPERIMENTS.group == group).order_by(EXPERIMENTS.id)
        with self._reading() as connection:
            return [rows.to_experiment(row._mapping) for row in connection.execute(select)]
