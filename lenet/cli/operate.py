"""`python -m lenet audit`, `backup`, `restore`, `prune` and `db`: what an operator needs.

Exit status: 0 done, 1 failed or not confirmed, 2 bad input.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from lenet.cli.options import OutputFile, check_output, opened_desk, write_json
from lenet.errors import BadInput
from lenet.home import open_home

DAYS = {"d": 1, "w": 7, "y": 365}
file_argument = click.argument("file", type=click.Path(path_type=Path), metavar="FILE")


@click.command()
@click.option(
    "--json", "json_file", type=OutputFile(), is_flag=False, flag_value="-", help="As JSON, into a file or on stdout."
)
@click.option("--user", default="", metavar="NAME", help="What this user did.")
@click.option("--since", metavar="DAY", help="Of this day or later, as 2026-01-31 (UTC).")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 100_000), help="How many, newest first.")
def audit(json_file: Path | None, user: str, since: str | None, limit: int) -> None:
    """List who changed what, and who was refused, newest first."""
    from lenet.analysis.across import filter_text
    from lenet.cli import terminal
    from lenet.views import audit as views

    check_output(json_file)
    day = filter_text.of({"since": since or ""}, limit).since
    with opened_desk() as desk:
        entries = desk.audit(limit, user=user, since=day)
    if json_file:
        write_json(json_file, views.as_json(entries))
    elif entries:
        terminal.show_table(views.table(entries))
    else:
        terminal.say("Nothing of that kind was asked for yet.")


@click.command()
@file_argument
def backup(file: Path) -> None:
    """Write the whole database into one file; races go on.

    What runs is in it without the batches that it has not stored yet.
    """
    check_output(file)
    with opened_desk() as desk:
        rows = desk.backup(file)
    size = file.stat().st_size / 1e6
    click.echo(f"{rows['experiment']:,} experiments with {rows['batches']:,} runs' batches in {file}: {size:,.1f} MB.")


@click.command()
@file_argument
@click.option("--replace", is_flag=True, help="Lose what the database has.")
def restore(file: Path, replace: bool) -> None:
    """Put a backup into the database, SQLite or PostgreSQL, whichever it came from.

    End the app and its runners first.
    """
    with opened_desk() as desk:
        rows = desk.restore(file, replace)
    click.echo(f"Restored {rows['experiment']:,} experiments with {rows['batches']:,} runs' batches.")


@click.command()
@click.option("--older-than", "age", required=True, metavar="AGE", help="Ended so long ago, as 90d, 12w or 1y.")
@click.option("--keep-figures", is_flag=True, help="Remove their batches only; history and trends keep their figures.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def prune(age: str, keep_figures: bool, yes: bool) -> None:
    """Delete old experiments, or only their batches, which take most of the room; asks first."""
    before = datetime.now(UTC) - _age(age)
    with opened_desk() as desk:
        held = desk.store.older(before)
        what = "the batches of the experiments" if keep_figures else "the experiments"
        if not yes:
            question = f"Remove {what} that ended before {before:%Y-%m-%d}? They cannot be had back. With batches:"
            click.confirm(f"{question} {held.experiments:,}, {_size(held.batch_bytes)}.", abort=True)
        freed = desk.prune(before, keep_figures)
    gone = "The batches of" if keep_figures else "Deleted"
    rest = "are removed; their figures stay" if keep_figures else "as a whole"
    click.echo(
        f"{gone} {freed.experiments:,} experiments {rest}: {_size(freed.batch_bytes)} of batches. "
        "The database reuses that room."
    )


@click.group("db", context_settings={"max_content_width": 110})
def database() -> None:
    """Look after the database's tables."""


@database.command()
def status() -> None:
    """Say at which version the tables are, and change nothing."""
    from lenet.store import schema, tables

    found = schema.state(open_home().database_url)
    click.echo(f"The tables are at {found or 'no version yet'}; this program works with {tables.REVISION}.")


@database.command()
def upgrade() -> None:
    """Create the tables, or bring them up to date; what is stored stays.

    The app does it by itself when it starts; of two at once one waits.
    """
    from lenet.store import open_store, schema, tables

    url = open_home().database_url
    before = schema.state(url)
    open_store(url).close()
    done = "They were up to date" if before == tables.REVISION else f"Upgraded from {before or 'nothing'}"
    click.echo(f"{done}; the tables are at {tables.REVISION}.")


def _age(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,5})([dwy])", text.strip())
    if not found:
        raise BadInput(f"{text!r} is no age; write a number of days, weeks or years, as 90d, 12w or 1y.")
    return timedelta(days=int(found[1]) * DAYS[found[2]])


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


COMMANDS = (audit, backup, restore, prune, database)
