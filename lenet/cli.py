"""`python -m lenet ...`: everything the page does, in a shell and in CI, through the same service.

Exit status: 0 finished, 1 failed, 2 bad input.
"""

from __future__ import annotations

import contextlib
import dataclasses
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lenet import catalog, cli_stacks
from lenet.errors import BadInput, DataError, LeNetError, Unavailable
from lenet.home import open_home
from lenet.records import Request
from lenet.settings import OPTIONS, Settings

if TYPE_CHECKING:
    from lenet.bench.service import Service

FAILED, BAD_INPUT = 1, 2
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


main.add_command(cli_stacks.stacks)


@main.command()
def variants() -> None:
    """List the variants and whether they can run here."""
    from lenet import shell

    shell.show_variants()


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--device", default="cpu", show_default=True, help="Where they must run: cpu or gpu.")
@click.option("--batch-size", default="32", show_default=True, help="Images per update.")
def check(names: tuple[str, ...], device: str, batch_size: str) -> None:
    """Prove that variants compute what the NumPy reference computes."""
    from lenet import shell

    settings = Settings.parse({"device": device, "batch_size": batch_size})
    chosen = [catalog.variant(name) for name in names] or list(catalog.VARIANTS.values())
    with open_home().scratch() as folder:
        sys.exit(0 if shell.check(chosen, settings, folder) else FAILED)


def _setting_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """One option per setting. They stay text here: Settings.parse says what is wrong with a value."""
    for field in reversed(dataclasses.fields(Settings)):
        about = OPTIONS[field.name]
        unit = f" [{about.unit}]" if about.unit else ""
        choices = f" One of: {', '.join(about.choices)}." if about.choices else ""
        command = click.option(
            f"--{field.name.replace('_', '-')}",
            field.name,
            metavar="VALUE",
            help=f"{about.help}{choices}{unit}  [default: {field.default}]",
        )(command)
    return command


@main.command()
@click.option(
    "--variants", "names", help=f"Comma-separated; a name twice races it against itself.  [default: {DEFAULT_VARIANTS}]"
)
@click.option("--preset", "preset_name", help=f"Start from a preset: {', '.join(catalog.PRESETS)}.")
@click.option("--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write the result here.")
@_setting_options
def run(names: str | None, preset_name: str | None, json_file: Path | None, **values: str | None) -> None:
    """Race variants and say who is faster."""
    request = _request(names, preset_name, {name: value for name, value in values.items() if value is not None})
    if json_file and not json_file.parent.is_dir():
        raise BadInput(f"There is no folder {json_file.parent} to write {json_file.name} into; make it first.")
    with _service() as service:
        sys.exit(_race(service, request, json_file))


def _request(names: str | None, preset_name: str | None, values: dict[str, str]) -> Request:
    preset = catalog.preset(preset_name) if preset_name else None
    settings = Settings.parse({**(preset.settings if preset else {}), **values})
    chosen = tuple(name.strip() for name in names.split(",") if name.strip()) if names else None
    if chosen is None:
        chosen = preset.variants if preset else tuple(DEFAULT_VARIANTS.split(","))
    for name in chosen:
        catalog.variant(name)
    return Request(chosen, settings, preset_name or "custom")


def _race(service: Service, request: Request, json_file: Path | None) -> int:
    from lenet import shell

    experiment_id = service.submit(request)
    try:
        experiment = shell.watch(service, experiment_id)
    except KeyboardInterrupt:
        service.stop(experiment_id)
        experiment = service.wait(experiment_id)
    shell.show(service.store, experiment_id)
    if json_file:
        _write(json_file, shell.as_json(service.store, experiment_id))
        click.echo(f"Written to {json_file}.")
    return 0 if experiment.status == "finished" else FAILED


@main.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000), help="How many, newest first.")
def list_(limit: int) -> None:
    """List experiments, newest first."""
    from lenet import shell

    with _store() as store:
        shell.show_experiments(store, limit)


@main.command()
@click.argument("experiment_id", type=int, metavar="ID")
@click.option("--markdown", is_flag=True, help="As Markdown, to paste into an issue or a README.")
def show(experiment_id: int, markdown: bool) -> None:
    """Show the result of one experiment."""
    from lenet import shell

    with _store() as store:
        if markdown:
            click.echo(shell.as_markdown(store, experiment_id))
        else:
            shell.show(store, experiment_id)


@main.command()
@click.argument("experiment_id", type=int, metavar="ID")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of the screen.")
def export(experiment_id: int, output: Path | None) -> None:
    """Write one experiment as JSON (its schema: lenet/schema/experiment-1.json)."""
    from lenet import shell

    with _store() as store:
        text = shell.as_json(store, experiment_id)
    if output:
        _write(output, text)
    else:
        click.echo(text)


def _write(file: Path, text: str) -> None:
    """Write all of it or nothing: a reader never sees half a file."""
    unfinished = file.with_name(f".{file.name}.{time.time_ns()}")
    try:
        unfinished.write_text(text + "\n", encoding="utf-8")
        unfinished.replace(file)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise LeNetError(f"{file} cannot be written ({error.strerror}); choose another place.") from error


@contextlib.contextmanager
def _store() -> Iterator[Any]:
    from lenet.store import open_store

    store = open_store(open_home().database_url)
    try:
        yield store
    finally:
        store.close()


@contextlib.contextmanager
def _service() -> Iterator[Service]:
    from lenet.bench.service import Service

    def leave(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    # A polite kill is treated like Ctrl-C: the race is stopped and stored.
    before = signal.signal(signal.SIGTERM, leave)
    service = Service(open_home())
    try:
        yield service
    finally:
        service.close()
        signal.signal(signal.SIGTERM, before)
