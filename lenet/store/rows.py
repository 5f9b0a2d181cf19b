"""Rows as records, and the sentences for a row that is missing or already over."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from lenet.errors import StoreError
from lenet.records import UNFINISHED, Experiment, Request, versions_of
from lenet.settings import Settings


def from_request(request: Request) -> dict[str, Any]:
    """A request as columns of an experiment."""
    return {
        "variants": list(request.variants),
        "settings": request.settings.as_dict(),
        "preset": request.preset,
        "submitter": request.submitter,
        "instrument": request.instrument,
        "plan": request.plan,
    }


def to_experiment(row: sa.RowMapping) -> Experiment:
    """An experiment as stored; a setting that came later has its default, one that has gone is left
    out."""
    known = {field.name for field in dataclasses.fields(Settings)}
    settings = Settings(**{name: value for name, value in row["settings"].items() if name in known})
    asked = {name: row[name] for name in ("preset", "submitter", "instrument", "plan")}
    request = Request(tuple(row["variants"]), settings, **asked)
    names = ("id", "status", "created", "started", "ended", "reason", "owner", "machine", "uid", "origin")
    return Experiment(request=request, **{name: row[name] for name in names})


def host_of(machine: Mapping[str, Any]) -> str:
    """The name of the machine; '' where it was not read."""
    return str(machine.get("host") or "")


def packages(experiment_id: int, facts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The versions that an experiment's runs had, each once, as rows of their table."""
    found = {package for some in facts for package in versions_of(some).items()}
    return [{"experiment_id": experiment_id, "name": name, "version": version} for name, version in sorted(found)]


def check_end(status: str) -> None:
    """Raises StoreError for a status that does not end a run or an experiment."""
    if status in UNFINISHED:
        raise StoreError(f"{status!r} is no way to end; name how it ended.")


def refusal(kind: str, number: int, found: str | None, wanted: str) -> StoreError:
    """Why a row whose status is `found` (None: there is no such row) cannot become `wanted`."""
    if found is None:
        return missing(kind, number)
    return StoreError(f"The {kind} {number} is {found}, so it cannot become {wanted}; nothing was changed.")


def missing(kind: str, number: int) -> StoreError:
    """There is no such row."""
    return StoreError(f"There is no {kind} {number} in this database; `python -m lenet list` shows the experiments.")
