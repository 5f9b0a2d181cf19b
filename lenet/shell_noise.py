"""What the shell prints about the machine: whether it is quiet, and its noise floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

from lenet import shell
from lenet.shell import as_json, as_markdown, console, make_table

__all__ = ["as_json", "as_markdown", "look", "show"]

if TYPE_CHECKING:
    from lenet.store import Store


def look() -> bool:
    """Look at this machine for a moment and say whether it is quiet enough, what disturbs it and what to do.

    While a race runs nobody looks: it would tell of the race, and cost it something.
    """
    from lenet.analysis import quiet
    from lenet.bench import lock
    from lenet.bench.look import Watch

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


def show(store: Store, experiment_id: int) -> None:
    """The floor that an experiment of copies measured, then its copies as a race shows them."""
    from lenet.analysis import noise, noise_words

    measured = noise.measured_by(store, experiment_id)
    shell.show(store, experiment_id)
    for sentence in noise_words.sentences(measured):
        console.print(f"[bold]{escape(sentence)}[/bold]", highlight=False)
