"""Converts between rows and records, and words the errors for missing or finished rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from lenet.catalog import own
from lenet.errors import StoreError
from lenet.records import UNFINISHED, Experiment, Paper, Parity, Request, versions_of
from lenet.settings import Settings


def from_request(request: Request) -> dict[str, Any]:
    """The columns of an experiment that hold a request."""
    return {
        "variants": list(request.variants),
        "settings": request.settings.as_dict(),
        "preset": request.preset,
        "submitter": request.submitter,
        "instrument": request.instrument,
        "plan": request.plan,
    }


def to_experiment(row: sa.RowMapping) -> Experiment:
    """Make a record from a row. A setting newer than the row has its default; a setting that no
    longer exists is left out."""
    known = {field.name for field in dataclasses.fields(Settings)}
    settings = Settings(**{name: value for name, value in row["settings"].items() if name in known})
    asked = {name: row[name] for name in ("preset", "submitter", "instrument", "plan")}
    request = Request(tuple(row["variants"]), settings, **asked)
    names = (
        "id",
        "status",
        "created",
        "started",
        "ended",
        "reason",
        "owner",
        "machine",
        "uid",
        "origin",
        "beat",
        "stop_asked",
        "pruned",
        "target",
        "group",
    )
    own.remember(row["machine"])
    return Experiment(request=request, **{name: row[name] for name in names})


def to_parity(row: sa.RowMapping) -> Parity:
    """Make a record from a row."""
    return Parity(**{**row, "papers": tuple(Paper(**one) for one in row["papers"])})


def host_of(machine: Mapping[str, Any]) -> str:
    """The name of the machine; '' where it is not recorded."""
    return str(machine.get("host") or "")


def packages(experiment_id: int, facts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The versions that an experiment's runs had, each once, as rows of the table `package`."""
    pairs = sorted({package for some in facts for package in versions_of(some).items()})
    return [{"experiment_id": experiment_id, "name": name, "version": text} for name, text in pairs]


def check_end(status: str) -> None:
    """Raise StoreError for a status that does not end an experiment or run."""
    if status in UNFINISHED:
        raise StoreError(f"{status!r} is not an end; name how it ended.")


def refusal(kind: str, number: int, status: str | None, wanted: str) -> StoreError:
    """The error for a row that cannot become `wanted`.

    status: the row's; None when there is no such row.
    """
    if status is None:
        return missing(kind, number)
    sentence = f"The {kind} {number} is {status}, so it cannot become {wanted}"
    return StoreError(f"{sentence}; nothing was changed.")


def missing(kind: str, number: int) -> StoreError:
    """The error for a row that does not exist."""
    return StoreError(f"There is no {kind} {number} in this database; `python -m lenet list` shows the experiments.")
