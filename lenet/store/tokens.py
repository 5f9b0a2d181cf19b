"""The keys with which programs ask; the database has the digests of them alone."""

from __future__ import annotations

import contextlib
from datetime import datetime, timedelta

import sqlalchemy as sa

from lenet.errors import Missing, StoreError
from lenet.records import Token
from lenet.store import tables
from lenet.store.audit import Audited
from lenet.store.base import new_id, now

TOKENS = tables.tokens.c
SHOWN = [column for column in TOKENS if column.name != "digest"]
PRECISE = timedelta(minutes=1)
"""A use is written down once in this time: reading should not write each time."""


class Tokens(Audited):
    """The methods of the store for tokens."""

    def add_token(self, name: str, digest: str, user: str, role: str, expires: datetime) -> int:
        """Store a token of which `digest` is 64 hexadecimal digits; return its number."""
        values = {"name": name, "digest": digest, "user": user, "role": role, "expires": expires}
        with self._writing() as connection:
            return new_id(connection, tables.tokens.insert().values(**values, created=now()))

    def tokens(self, user: str = "") -> list[Token]:
        """Every token of one user, or of all, the newest first; also those that are over."""
        select = sa.select(*SHOWN).order_by(TOKENS.id.desc())
        return self._tokens(select.where(TOKENS.user == user) if user else select)

    def token(self, number: int) -> Token:
        """The token with this number. Raises Missing when there is none."""
        found = self._tokens(sa.select(*SHOWN).where(TOKENS.id == number))
        if not found:
            raise Missing(f"There is no token {number}; `python -m lenet token list` shows them.")
        return found[0]

    def use_token(self, digest: str) -> Token | None:
        """The token with this digest, noted as used; None when there is none, or it is over."""
        moment = now()
        valid = (TOKENS.digest == digest, TOKENS.expires > moment, TOKENS.revoked.is_(None))
        found = self._tokens(sa.select(*SHOWN).where(*valid))
        if not found:
            return None
        token = found[0]
        if token.used is None or moment - token.used > PRECISE:
            # A database that cannot be written at this moment can be read nevertheless.
            with contextlib.suppress(StoreError), self._writing() as connection:
                connection.execute(tables.tokens.update().where(TOKENS.id == token.id).values(used=moment))
        return token

    def revoke_token(self, number: int) -> None:
        """End a token now; one that is over stays as it is."""
        update = tables.tokens.update().where(TOKENS.id == number, TOKENS.revoked.is_(None)).values(revoked=now())
        with self._writing() as connection:
            connection.execute(update)

    def _tokens(self, select: sa.Select[tuple[object, ...]]) -> list[Token]:
        with self._reading() as connection:
            return [Token(**row._mapping) for row in connection.execute(select)]
