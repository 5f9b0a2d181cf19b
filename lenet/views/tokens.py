"""Tokens as a table."""

from __future__ import annotations

from collections.abc import Sequence

from lenet.hosting import keys
from lenet.records import Token
from lenet.views.blocks import Table, text_table


def table(known: Sequence[Token]) -> Table:
    """A row per token, in the given order."""
    return text_table([_row(token) for token in known])


def _row(token: Token) -> dict[str, str | int]:
    return {
        "Number": token.id,
        "For": token.name,
        "Who": token.user,
        "Role": token.role,
        "State": keys.state(token),
        "Made (UTC)": f"{token.created:%Y-%m-%d}",
        "Ends": f"{token.expires:%Y-%m-%d}",
        "Last used": f"{token.used:%Y-%m-%d %H:%M}" if token.used else "never",
    }
