"""Determine under which circumstances a label was timed; only equal circumstances compare.

The things compared are not circumstances (variant, stack, versions, source), nor are settings that
leave a batch's time alone: each setting declares whether it counts (`lenet.facets`). Memory, kernel
and C library are left out too: an update of a machine is a change worth a mark in its history, not
another machine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lenet import catalog, variables
from lenet.facets import OnOff, OrElse
from lenet.records import Experiment
from lenet.settings import OPTIONS, Settings, names

UNKNOWN = "?"
MACHINE = ("host", "cpu", "cores", "gpus")
"""The fields that identify the machine; one sentence states all differences in them."""
SHOWN = 6
"""So many digits of a machine's id tell it from the others of a fleet."""
FIRST = ("device", "threads", "batch_size", "images_per_epoch", "allocator", "slice_ms", "sync")
"""The settings that stand in every key, in the order of their display.

Later settings follow behind these, and a key leaves them out at their default, so that figures
stored before they existed keep their keys.
"""
KEY_NAMES = {"slice_ms": "slices"}
"""Setting -> the name by which a key calls it, where the two differ."""


@dataclass(frozen=True)
class Circumstance:
    """Everything that two batch times must share to be compared."""

    host: str
    cpu: str
    cores: str
    gpus: tuple[str, ...]
    """The GPUs' names; empty for a run on the CPU, which no GPU beside it changes."""
    settings: Settings
    """Those that count as they were, the others as by default; of one that is on or off only which
    of the two."""
    variables: tuple[tuple[str, str], ...] = ()
    """The user's own that were in force (`lenet.variables`), by name."""
    id: str = ""
    """Of a machine that has joined a fleet, as the hosts of a fleet may all be called the same."""

    @property
    def key(self) -> str:
        """A fingerprint, 16 hexadecimal digits: equal for equal circumstances, on every machine and
        Python."""
        facts: dict[str, Any] = {name: getattr(self, name) for name in MACHINE}
        usual = decisive(Settings())
        for name, value in decisive(self.settings).items():
            if name in FIRST or value != usual[name]:
                facts[KEY_NAMES.get(name, name)] = value
        if self.id:
            facts["id"] = self.id
        if self.variables:
            facts["variables"] = dict(self.variables)
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def machine(self) -> str:
        """'vm, AMD EPYC, 2 cores', with its GPUs where they were used, and its id where it has one."""
        return ", ".join((called(self.host, self.id), self.cpu, f"{self.cores} cores", *self.gpus))

    @property
    def title(self) -> str:
        """All in a line: 'vm, AMD EPYC, 2 cores · cpu · 2 threads · batch size 32 · ...'."""
        words = filter(None, (_words(name, value) for name, value in decisive(self.settings).items()))
        return " · ".join((self.machine, *words, *_told(self.variables)))


def circumstance(experiment: Experiment, label: str) -> Circumstance:
    """The circumstances of a label's runs. Raises BadInput when the label's own settings are wrong.

    The machine of an experiment that never started is unknown.
    """
    settings = catalog.settings_of(label, experiment.request.settings)
    machine = experiment.machine
    return Circumstance(
        host=_known(machine, "host"),
        cpu=_known(machine, "cpu"),
        cores=_known(machine, "cores"),
        gpus=tuple(map(str, machine.get("gpus") or ())) if settings.device == "gpu" else (),
        settings=Settings(**decisive(settings)),
        variables=tuple(variables.in_force(machine.get("variables"), settings.device).items()),
        id=str(machine.get("id") or ""),
    )


def called(host: str, machine_id: str) -> str:
    """'vm', or 'vm (3f9a01)' of a machine that has joined a fleet."""
    return f"{host} ({machine_id[:SHOWN]})" if machine_id else host


def decisive(settings: Settings) -> dict[str, Any]:
    """The settings that count, by name, in the order of their display; on/off ones as bool."""
    return {name: _part(name, getattr(settings, name)) for name in COUNTED}


def _known(machine: Mapping[str, Any], name: str) -> str:
    return str(machine.get(name) or UNKNOWN)


def differences(a: Circumstance, b: Circumstance, but: Collection[str] = ()) -> list[str]:
    """A sentence for each circumstance in which a and b differ, the machine first.

    The list is empty when the two may be compared. but: names of fields and settings that may
    differ.
    """
    return list(_differences(a, b, but))


def _differences(a: Circumstance, b: Circumstance, but: Collection[str]) -> Iterator[str]:
    if any(getattr(a, name) != getattr(b, name) for name in (*MACHINE, "id") if name not in but):
        yield f"Machine: {a.machine} against {b.machine}."
    others = decisive(b.settings)
    for name, value in decisive(a.settings).items():
        if name not in but and value != others[name]:
            yield _against(name, value, others[name])
    if a.variables != b.variables:
        told = (", ".join(_told(one.variables)) or "none" for one in (a, b))
        yield f"Environment variables: {' against '.join(told)}."


def _told(pairs: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{name}={value}" for name, value in pairs]


def _against(name: str, value: Any, other: Any) -> str:
    said = OPTIONS[name].facets.circumstance
    if isinstance(said, OnOff | OrElse):
        return f"{said.noun}: {said.words(value)} against {said.words(other)}."
    return f"{OPTIONS[name].label}: {value} against {other}."


def _words(name: str, value: Any) -> str:
    """A setting in a line of circumstances; '' where it follows from another that stands there."""
    said = OPTIONS[name].facets.circumstance
    if isinstance(said, OrElse) and not value:
        return ""
    if isinstance(said, OnOff | OrElse):
        return said.words(value)
    return str(said).format(value, s="s" * (value != 1))


def _part(name: str, value: Any) -> Any:
    return bool(value) if isinstance(OPTIONS[name].facets.circumstance, OnOff) else value


def _place(name: str) -> int:
    return FIRST.index(name) if name in FIRST else len(FIRST)


COUNTED = tuple(sorted(names(lambda facets: facets.circumstance is not None), key=_place))
"""The settings that count, in the order of their display."""
