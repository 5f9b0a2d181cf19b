"""`python -m lenet run`, `check`, `variants`, `list`, `show` and `stop`: race variants, see results.

Exit status: 0 finished, 1 failed, 2 bad input.
"""

from __future__ import annotations

import math
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lenet import catalog
from lenet.analysis.across import filter_text
from lenet.cli import elsewhere
from lenet.cli.options import (
    FAILED,
    at_desk,
    check_output,
    given,
    json_option,
    names_in,
    opened_desk,
    opened_service,
    opened_store,
    setting_options,
    variants_from_option,
    write_json,
)
from lenet.errors import BadInput
from lenet.home import open_home
from lenet.records import UNFINISHED, Parity, Request
from lenet.settings import Settings

if TYPE_CHECKING:
    from lenet.bench.exam import Sitting
    from lenet.bench.lock import MachineLock
    from lenet.bench.service import Service

DEFAULT_VARIANTS = "tensorflow_graph,keras_fit"
WAIT_SECONDS = 5.0
STOP_SECONDS = 30.0


@click.command()
@click.option(
    "--variants", "names", help=f"Comma-separated; a name twice races it against itself.  [default: {DEFAULT_VARIANTS}]"
)
@click.option("--preset", "preset_name", help=f"Start from a preset: {', '.join(catalog.PRESETS)}.")
@variants_from_option
@elsewhere.on_option
@elsewhere.matrix_option
@json_option
@setting_options()
def run(
    names: str | None,
    preset_name: str | None,
    on: str | None,
    matrix: bool,
    json_file: Path | None,
    **values: str | None,
) -> None:
    """Race variants and say who is faster."""
    request = _request(names, preset_name, given(values))
    elsewhere.check_matrix(on, matrix, request)
    check_output(json_file)
    if on is not None:
        sys.exit(elsewhere.race(on, elsewhere.in_pairs(request) if matrix else [request], json_file))
    with opened_service() as service:
        sys.exit(race(service, request, json_file))


def _request(names: str | None, preset_name: str | None, values: dict[str, str]) -> Request:
    preset = catalog.preset(preset_name) if preset_name else None
    settings = Settings.parse({**(preset.settings if preset else {}), **values})
    chosen = names_in(names) if names else None
    if chosen is None:
        chosen = preset.variants if preset else tuple(DEFAULT_VARIANTS.split(","))
    for name in chosen:
        catalog.variant(name)
    return Request(chosen, settings, preset_name or "custom")


def race(service: Service, request: Request, json_file: Path | None) -> int:
    """Race an experiment of any instrument, show its progress and its result, and write the result.

    Returns the exit status.
    """
    from lenet.cli import progress, terminal
    from lenet.views import stored

    desk = at_desk(service)
    request = desk.settle(request)
    progress.show_plan(desk.plan(request), request)
    experiment_id = desk.submit(request)
    try:
        experiment = progress.watch(service, experiment_id)
    except KeyboardInterrupt:
        experiment = service.stop_and_wait(experiment_id)
    terminal.show(stored.load(service.store, experiment_id))
    if json_file:
        write_json(json_file, stored.as_json(service.store, experiment_id))
    return 0 if experiment.status == "finished" else FAILED


@click.command()
@click.argument("experiments", metavar="ID[+ID]...")
@click.option("--markdown", is_flag=True, help="As Markdown, to paste into an issue or a README.")
def show(experiments: str, markdown: bool) -> None:
    """Show the result of one experiment, or of several sessions of one race or ladder, pooled (12+15+18)."""
    from lenet.cli import terminal
    from lenet.document.markdown import as_markdown
    from lenet.views import pool, stored

    numbers = _numbers(experiments)
    with opened_store() as store:
        view = stored.load(store, numbers[0]) if len(numbers) == 1 else pool.load(store, numbers)
    if markdown:
        click.echo(as_markdown(view))
    else:
        terminal.show(view)


def _numbers(text: str) -> list[int]:
    """The experiments of '12' or '12+15+18'. Raises BadInput."""
    numbers = [filter_text.stated(part.strip()) for part in re.split("[+]", text)]
    if None in numbers:
        raise BadInput(f"{text[: filter_text.LONGEST]!r} names no experiment; write 12, or 12+15+18 to pool sessions.")
    return [number for number in numbers if number is not None]


@click.command("list")
@variants_from_option
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many, newest first.")
def list_(limit: int) -> None:
    """List experiments, newest first."""
    from lenet.cli import terminal
    from lenet.views import group, lists

    with opened_store() as store:
        listed = store.experiments(limit=limit)
        notes, machines = store.annotations(one.id for one in listed), group.names_in(store)
    if listed:
        terminal.show_table(lists.experiments(listed, notes, machines=machines))
    else:
        terminal.say("There is no experiment yet; `python -m lenet run --preset quick` makes the first.")


@click.command()
@variants_from_option
def variants() -> None:
    """List the variants and whether they can run here."""
    from lenet.catalog import own
    from lenet.cli import terminal
    from lenet.views import lists

    terminal.show_table(lists.variants())
    for fault in own.faults():
        click.echo(f"lenet: {fault}", err=True)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME | FILE.py]...")
@variants_from_option
@click.option("--device", default="cpu", show_default=True, help="The device on which they run: cpu or gpu.")
@click.option("--batch-size", default="32", show_default=True, help="Images per update.")
@click.option("--log", "logs", is_flag=True, help="Print what each program printed, too.")
def check(names: tuple[str, ...], device: str, batch_size: str, logs: bool) -> None:
    """Prove that variants compute what the NumPy reference computes."""
    from lenet.bench import deaths
    from lenet.cli import terminal
    from lenet.views import lists

    settings = Settings.parse({"device": device, "batch_size": batch_size})
    chosen = [_named(name) for name in names] or list(catalog.known().values())
    with open_home().scratch() as folder:
        sittings = _examine(chosen, settings, folder)
    if logs:
        for variant, sitting in sittings:
            printed = deaths.readable(sitting.log).strip()
            terminal.say(f"{variant.name} printed:" if printed else f"{variant.name} printed nothing.")
            click.echo(printed)
    terminal.show_table(lists.exams((variant, sitting.answer) for variant, sitting in sittings))
    sys.exit(0 if all(sitting.answer.equivalent for _, sitting in sittings) else FAILED)


def _named(word: str) -> catalog.Variant:
    """The variant of a name, or the one in a file."""
    from lenet.catalog import own

    return own.of_file(Path(word)) if word.endswith(".py") else catalog.asked(word)


def _examine(
    variants: Sequence[catalog.Variant], settings: Settings, folder: Path
) -> list[tuple[catalog.Variant, Sitting]]:
    """Let each variant sit its exam, one after the other."""
    from lenet.bench.lock import MachineLock

    with MachineLock("A check") as machine:
        _wait_for(machine)
        return [(variant, _sit(variant, settings, folder)) for variant in variants]


def _wait_for(machine: MachineLock) -> None:
    """Until we have the machine; says who has it, once for each holder. Raises LockError."""
    from lenet.bench import lock
    from lenet.cli import terminal

    told = None
    while not machine.acquire():
        holder = lock.holder()
        if holder is not None and holder != told:
            terminal.say(f"{holder.sentence}; waiting until it ends.")
            told = holder
        time.sleep(WAIT_SECONDS)


def _sit(variant: catalog.Variant, settings: Settings, folder: Path) -> Sitting:
    from lenet import stacks
    from lenet.bench import exam
    from lenet.cli.terminal import console

    state = stacks.availability(variant)
    if not state.available:
        return exam.Sitting(
            Parity("", variant.name, False, math.nan, "", variant.tolerance, state.reason, "unavailable")
        )
    with console.status(f"{variant.title}: its exam against the reference"):
        return exam.sit(variant, settings, folder / str(catalog.Entry(variant.name, variant.stack)))


@click.command()
@click.argument("experiment_id", type=int, metavar="ID")
@click.option("--force", is_flag=True, help="End it although nobody can tell whether its process still lives.")
def stop(experiment_id: int, force: bool) -> None:
    """End an experiment, wherever it waits or runs, with all that it measured."""
    with opened_desk() as desk:
        if force:
            desk.force(experiment_id)
        else:
            desk.stop(experiment_id)
        now = desk.queue.wait(experiment_id, STOP_SECONDS)
    if now.status in UNFINISHED:
        raise BadInput(f"Experiment {experiment_id} was asked to end and has not yet; `python -m lenet list` shows it.")
    click.echo(f"Experiment {experiment_id} is {now.status}: {now.reason}")


COMMANDS = (run, check, variants, list_, show, stop)
