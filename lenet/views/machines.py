"""The machines of a fleet as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lenet.analysis.noise import floor_estimate, floor_words
from lenet.analysis.noise.measured import Floor
from lenet.analysis.words import counted
from lenet.fleet import machines
from lenet.records import Machine, Placed
from lenet.views.blocks import Table, text_table

GIBIBYTE = 1024**3
SOURCES = "sources"
"""The name of a fingerprint among a machine's versions, which says nothing to a reader."""


def table(known: Sequence[Machine], placed: Sequence[Placed]) -> Table:
    """A row per machine, in the given order. placed: all that waits for them or runs there."""
    return text_table([_row(one, [each for each in placed if each.target == one.id]) for one in known])


def lines(one: Machine, placed: Sequence[Placed], floors: Sequence[Floor]) -> list[str]:
    """A machine in a few lines: what it does and is, its stacks, its load, its noise floor.

    floors: every measurement that is known, the newest first.
    """
    theirs = [each for each in placed if each.target == one.id]
    running = [str(each.id) for each in theirs if each.status != "queued"]
    waiting = counted(len(theirs) - len(running), "experiment")
    labels = ", ".join(f"{key}={value}" for key, value in sorted(one.labels.items()))
    hardware = (one.cpu, counted(one.cores, "core"), f"{one.memory_bytes / GIBIBYTE:.1f} GiB", *one.gpus, labels)
    return [
        f"{_state(one, running).capitalize()}; {waiting} {'waits' if len(theirs) - len(running) == 1 else 'wait'}.",
        ", ".join(filter(None, hardware)),
        f"Stacks: {'; '.join(_stack(name, versions) for name, versions in sorted(one.stacks.items()))}",
        f"Versions: {_versions(one.versions)}",
        f"Load over the last minute: {one.load['load_1min']:.2f}" if "load_1min" in one.load else "Load: not told",
        _floor(one, floors),
    ]


def _stack(name: str, versions: Mapping[str, str]) -> str:
    return f"{name} ({_versions(versions)})" if versions else name


def _versions(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{package} {version}" for package, version in versions.items() if package != SOURCES)


def _floor(one: Machine, floors: Sequence[Floor]) -> str:
    """How far equal programs come out apart there, by the newest measurement."""
    newest = next((floor for floor in floors if floor.circumstance.id == one.id), None)
    if newest is None:
        return f"Noise floor: not measured; `python -m lenet noise --on {one.name}` measures it"
    own = floor_words.plus_minus(floor_estimate.own_share(newest.spread))
    return f"Noise floor: {own} (measured {newest.measured:%Y-%m-%d})"


def _row(one: Machine, theirs: Sequence[Placed]) -> dict[str, str]:
    running = [str(each.id) for each in theirs if each.status != "queued"]
    return {
        "Name": one.name,
        "State": _state(one, running),
        "Waiting": str(len(theirs) - len(running)),
        "Cores": str(one.cores),
        "GPUs": ", ".join(one.gpus) or "none",
        "Stacks": ", ".join(sorted(one.stacks)),
        "Labels": ", ".join(f"{key}={value}" for key, value in sorted(one.labels.items())),
        "Id": one.id,
    }


def _state(one: Machine, running: Sequence[str]) -> str:
    if not machines.is_there(one):
        return f"not heard of since {one.seen:%Y-%m-%d %H:%M} UTC"
    doing = f"races {', '.join(running)}" if running else "free"
    return f"{doing}, draining" if one.draining else doing
