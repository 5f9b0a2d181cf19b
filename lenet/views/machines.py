"""The machines of a fleet as a table."""

from __future__ import annotations

from collections.abc import Sequence

from lenet.fleet import machines
from lenet.records import Machine, Placed
from lenet.views.blocks import Table, text_table


def table(known: Sequence[Machine], placed: Sequence[Placed]) -> Table:
    """A row per machine, in the given order. placed: all that waits for them or runs there."""
    return text_table([_row(one, [each for each in placed if each.target == one.id]) for one in known])


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
