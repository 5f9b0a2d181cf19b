"""What the shell prints about the machine: whether it is quiet enough to race."""

from __future__ import annotations

from rich.markup import escape

from lenet.cli.terminal import console, make_table


def look() -> bool:
    """Look at this machine for a moment and say whether it is quiet enough, what disturbs it and what to do.

    While a race runs nobody looks: it would tell of the race, and cost it something.
    """
    from lenet.analysis.noise import quiet
    from lenet.bench import lock
    from lenet.bench.machine_look import Watch

    if lock.holder() is not None:
        console.print("A race is running on this machine; look again when it has ended.")
        return False
    found = quiet.judge(Watch().look())
    console.print(f"[bold]{escape(found.sentence)}[/bold]", highlight=False)
    table = make_table("", "Seen", "State")
    for sign in found.signs:
        table.add_row(*map(escape, (sign.name, sign.value, sign.state)))
    console.print(table)
    for advice in found.advice:
        console.print(f"* {escape(advice)}", highlight=False)
    return found.quiet
