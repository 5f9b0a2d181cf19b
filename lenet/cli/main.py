"""`python -m lenet ...`: everything the page does, in a shell and in CI, through the same service.

Exit status: 0 finished, 1 failed, 2 bad input.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from lenet import catalog
from lenet.cli import compare, exchange, history, noise, stacks, terminal, why
from lenet.cli.options import (
    BAD_INPUT,
    FAILED,
    check_folder,
    given,
    json_option,
    names_in,
    opened_service,
    opened_store,
    race,
    setting_options,
    shell_of,
)
from lenet.errors import BadInput, DataError, LeNetError, Unavailable
from lenet.home import open_home
from lenet.records import Request
from lenet.settings import Settings

DEFAULT_VARIANTS = "tensorflow_graph,keras_fit"


class Commands(click.Group):
    """Expected errors become one sentence and an exit status, never a traceback."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(context)
        except (BadInput, DataError, Unavailable) as error:
            click.echo(f"lenet: {error}", err=True)
            context.exit(BAD_INPUT)
        except LeNetError as error:
            click.echo(f"lenet: {error}", err=True)
            context.exit(FAILED)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Race ways to train LeNet: which is faster, how sure is that, and why?"""


main.add_command(compare.compare)
main.add_command(noise.noise)
main.add_command(stacks.stacks)
main.add_command(why.why)
main.add_command(exchange.export)
main.add_command(exchange.import_)
for command in history.COMMANDS:
    main.add_command(command)


@main.command()
def variants() -> None:
    """List the variants and whether they can run here."""

    terminal.show_variants()


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--device", default="cpu", show_default=True, help="Where they must run: cpu or gpu.")
@click.option("--batch-size", default="32", show_default=True, help="Images per update.")
def check(names: tuple[str, ...], device: str, batch_size: str) -> None:
    """Prove that variants compute what the NumPy reference computes."""

    settings = Settings.parse({"device": device, "batch_size": batch_size})
    chosen = [catalog.variant(name) for name in names] or list(catalog.VARIANTS.values())
    with open_home().scratch() as folder:
        sys.exit(0 if terminal.check(chosen, settings, folder) else FAILED)


@main.command()
@click.option(
    "--variants", "names", help=f"Comma-separated; a name twice races it against itself.  [default: {DEFAULT_VARIANTS}]"
)
@click.option("--preset", "preset_name", help=f"Start from a preset: {', '.join(catalog.PRESETS)}.")
@json_option
@setting_options()
def run(names: str | None, preset_name: str | None, json_file: Path | None, **values: str | None) -> None:
    """Race variants and say who is faster."""
    request = _request(names, preset_name, given(values))
    check_folder(json_file)
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


@main.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many, newest first.")
def list_(limit: int) -> None:
    """List experiments, newest first."""

    with opened_store() as store:
        terminal.show_experiments(store, limit)


@main.command()
@click.argument("experiment_id", type=int, metavar="ID")
@click.option("--markdown", is_flag=True, help="As Markdown, to paste into an issue or a README.")
def show(experiment_id: int, markdown: bool) -> None:
    """Show the result of one experiment."""

    with opened_store() as store:
        if markdown:
            click.echo(terminal.as_markdown(store, experiment_id))
        else:
            shell_of(store.experiment(experiment_id).request).show(store, experiment_id)
