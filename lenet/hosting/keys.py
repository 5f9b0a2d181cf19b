"""Tokens: how a key is made, kept and recognised.

A key is 256 random bits. Nobody can try so many, so its plain SHA-256 is as safe to keep as what a
slow, salted hash of a password makes, and can be looked up at once.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from lenet.errors import BadInput
from lenet.hosting.identity import Role, User
from lenet.records import Token

if TYPE_CHECKING:
    from lenet.store import Store

PREFIX = "lenet_"
"""So that a key that was published by mistake is found, and one in a log is struck out."""
KEY = re.compile(PREFIX + r"[A-Za-z0-9_-]{43}")
USUAL_DAYS, MOST_DAYS = 90, 365
LONGEST_NAME = 60
ROLES = (Role.VIEWER, Role.RUNNER, Role.ADMIN)


def new_key() -> str:
    """A key that nobody has."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(key: str) -> str:
    """What is kept of a key: 64 hexadecimal digits."""
    return hashlib.sha256(key.encode()).hexdigest()


def holder(store: Store, key: str) -> User | None:
    """The user in whose name whoever holds this key asks; None for a key that is none, or over."""
    token = store.use_token(digest(key)) if KEY.fullmatch(key) else None
    return User(token.user, Role[token.role.upper()]) if token else None


def check_name(name: str) -> str:
    """The name as it is stored. Raises BadInput for one that does not fit in a line."""
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadInput(f"A token needs a name of 1 to {LONGEST_NAME} characters that says what it is for, as ci.")
    return name


def expiry(days: int) -> datetime:
    """The end of a token that is made now. Raises BadInput for more than a year."""
    if not 1 <= days <= MOST_DAYS:
        raise BadInput(f"A token holds for 1 to {MOST_DAYS} days, not {days:,}; make a new one when it is over.")
    return datetime.now(UTC) + timedelta(days=days)


def role(word: str) -> Role:
    """The role of this name. Raises BadInput for one that no token has."""
    for one in ROLES:
        if one.word == word:
            return one
    raise BadInput(f"A token has no role {word!r}; it may be {', '.join(one.word for one in ROLES)}.")


def state(token: Token) -> str:
    """Whether it still opens anything: 'valid', 'expired' or 'revoked'."""
    if token.revoked:
        return "revoked"
    return "valid" if token.expires > datetime.now(UTC) else "expired"
