"""Lists: experiments, variants, ladders, noise floors, and the signs of a quiet machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from lenet import catalog, instruments, stacks
from lenet.analysis.exam.parity import held_to
from lenet.analysis.noise import floor_estimate, floor_words
from lenet.analysis.noise.measured import Floor
from lenet.analysis.noise.quiet import Quiet
from lenet.charts import colors
from lenet.facets import TURNS
from lenet.home import Home
from lenet.records import Annotation, Experiment, Parity, Request
from lenet.views import written_as
from lenet.views.blocks import Column, Table, text_table

PHONE = 280
"""The pixels that a phone has for title and result, beside an experiment's number."""
EXPERIMENTS = (
    Column("ID", "id", digits=".0f"),
    Column("Title", "title", width=PHONE - 125),
    Column("Result", "result", width=125, optional=True),
    Column("Status", "status"),
    Column("When (UTC)", "when"),
    Column("Kind", "kind"),
    Column("Of", "subject", width="medium", optional=True),
    Column("Batch", "batch_size", digits=",.0f"),
    Column("Epochs", "epochs", digits=",.0f"),
    Column("Rounds", "rounds", digits=",.0f"),
    Column("Machine", "machine", optional=True),
    Column("Who", "who", optional=True),
    Column("Tags", "tags", optional=True),
    Column("Note", "note", optional=True),
    Column("Reason", "reason", optional=True),
)

VARIANTS = (
    Column("Variant", "name", width="medium"),
    Column("Title", "title", width="medium"),
    Column(written_as.TITLE, "written_as", width="small"),
    Column("Stack", "stack", width="small"),
    Column("Versions", "versions"),
    Column("Drawn", "drawn", width="small", detail=True),
    Column("Can run here", "here", width="large"),
)
EXAMS = (
    Column("Variant", "variant"),
    Column("Stack", "stack"),
    Column("Largest difference", "difference", digits=".1e"),
    Column("Farthest off", "layer"),
    Column("Held to", "held_to"),
    Column("Result", "result"),
)


def experiments(
    listed: Sequence[Experiment],
    notes: Mapping[int, Annotation],
    results: Mapping[int, str] | None = None,
    machines: Mapping[str, str] | None = None,
) -> Table:
    """A row per experiment, in the given order, with its title, tags and note.

    results: what was found, in a few figures, by number, as far as it is known. machines: how those of
    the fleet are called, by their ids.
    """
    rows = [
        _experiment(one, notes.get(one.id, Annotation()), (results or {}).get(one.id, ""), machines or {})
        for one in listed
    ]
    return Table(EXPERIMENTS, pd.DataFrame(rows, columns=[column.key for column in EXPERIMENTS]))


def _experiment(one: Experiment, note: Annotation, result: str, machines: Mapping[str, str]) -> dict[str, object]:
    subject = instruments.subject(one.request)
    return {
        "id": one.id,
        "when": f"{one.created:%Y-%m-%d %H:%M}",
        "title": note.title or subject,
        "result": result or None,
        "subject": subject if note.title else None,
        "kind": one.request.instrument,
        "status": one.status,
        **{name: getattr(one.request.settings, name) for name in ("batch_size", "epochs", "rounds")},
        "machine": machines.get(one.target) or one.machine.get("host") or None,
        "who": one.request.submitter if one.request.submitter != Request.submitter else None,
        "tags": ", ".join(note.tags) or None,
        "note": note.note or None,
        "reason": one.reason or None,
    }


def variants() -> Table:
    """Each variant: its stack, its versions, and whether it can run here."""
    return Table(VARIANTS, pd.DataFrame([_variant(variant) for variant in catalog.known().values()]))


def _variant(variant: catalog.Variant) -> dict[str, str]:
    state = stacks.availability(variant)
    return {
        "name": variant.name,
        "title": variant.title,
        "written_as": variant.written_as,
        "stack": variant.stack,
        "versions": ", ".join(f"{name} {version}" for name, version in state.versions.items()),
        "drawn": f"{colors.given(variant.name)[0]}, {colors.style(variant.name).symbol}",
        "here": "yes" if state.available else state.reason,
    }


def ladders() -> Table:
    """Each ladder: its ends and its changes in order."""
    return text_table(
        [
            {
                "Ladder": ladder.name,
                "Title": ladder.title,
                "From": ladder.start,
                "To": ladder.end,
                "Changes": "; ".join(change.title for change in ladder.changes),
            }
            for ladder in catalog.LADDERS.values()
        ]
    )


def floors(measured: Iterable[Floor]) -> Table:
    """Each measurement of the noise floor, and the circumstances in which it was made."""
    return text_table([_floor(floor) for floor in measured])


def _floor(floor: Floor) -> dict[str, str]:
    where = floor.circumstance.settings
    return {
        "Measured (UTC)": f"{floor.measured:%Y-%m-%d %H:%M}",
        "Floor": floor_words.plus_minus(floor_estimate.own_share(floor.spread)),
        "By": floor.source,
        "Device": where.device,
        "Threads": str(where.threads),
        "Allocator": where.allocator,
        "Batch size": str(where.batch_size),
        "Turns": TURNS.words(where.slice_ms),
    }


def signs(quiet: Quiet) -> Table:
    """The signs by which a machine is called quiet or disturbed."""
    return text_table([{"Sign": sign.name, "Seen": sign.value, "State": sign.state} for sign in quiet.signs])


def exams(answers: Iterable[tuple[catalog.Variant, Parity]]) -> Table:
    """Each variant's result in its exam, or why it has none."""
    return Table(EXAMS, pd.DataFrame([_exam(variant, answer) for variant, answer in answers]))


def _exam(variant: catalog.Variant, answer: Parity) -> dict[str, object]:
    done = answer.status == "finished"
    missed = f"NOT equivalent. {answer.reason}".removesuffix(". ")
    result = "equivalent" if answer.equivalent else missed
    return {
        "variant": variant.name,
        "stack": variant.stack,
        "difference": answer.difference if done else None,
        "layer": answer.layer if done else None,
        "held_to": held_to(answer),
        "result": result if done else f"{answer.status}: {answer.reason}",
    }


def stack_states(home: Home) -> Table:
    """Each stack: its state, its versions, and what to do next."""
    return text_table([_stack(stack, stacks.state(name)) for name, stack in stacks.known(home).items()])


def _stack(stack: stacks.Stack, state: stacks.State) -> dict[str, str]:
    return {
        "Stack": stack.name,
        "What it is": stack.title,
        "Python": state.python or stack.python or "the app's",
        "State": state.status,
        "Versions": " ".join(f"{package} {version}" for package, version in state.versions.items()),
        "Next step": state.reason,
    }
