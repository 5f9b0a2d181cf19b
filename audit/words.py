"""The line above every table of figures: the command, the day, the machine, the commit."""

from __future__ import annotations

from datetime import UTC, datetime

from lenet.bench import machine


def head(command: str) -> str:
    """One line that says where the figures of `command` come from."""
    about = machine.describe()
    memory = about["memory_bytes"] / 2**30
    return (
        f"`{command}`, {datetime.now(UTC):%Y-%m-%d}, {about['cpu']}, {about['cores']} cores, {memory:.0f} GiB, "
        f"{about['platform']}, Python {about['python']}, commit {about['commit'][:10]}."
    )
