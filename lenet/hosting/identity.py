"""Who asks: from the claims of an identity provider to a user with a role."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lenet.hosting.config import Hosting


class Role(enum.IntEnum):
    """What kind of user somebody is; a higher one may do all that a lower one may."""

    NOBODY = 0
    """Has not signed in where that is required."""
    ANONYMOUS = 1
    """Has not signed in, and may look nevertheless."""
    VIEWER = 2
    RUNNER = 3
    ADMIN = 4

    @property
    def word(self) -> str:
        """Its name in a sentence."""
        return self.name.lower()


@dataclass(frozen=True)
class User:
    """Somebody who asks: a person, or a program with a token.

    name: what is stored as submitter and in the audit; an e-mail address, or 'local'.
    """

    name: str
    role: Role


USED = (
    "is_logged_in", "origin", "provider", "iat", "exp", "sub", "email", "email_verified", "preferred_username", "name",
)  # fmt: skip
"""The claims that are used: those of Streamlit, and those that name a user."""

LOCAL = User("local", Role.ADMIN)
"""Whoever sits at a machine of their own."""
ANONYMOUS = User("anonymous", Role.ANONYMOUS)
NOBODY = User("nobody", Role.NOBODY)


def of_claims(claims: Mapping[str, Any], hosting: Hosting) -> User:
    """The user whom an identity provider vouches for, by the claims of the ID token; {} for nobody.

    A role comes from the claim `hosting.roles_claim` (groups), else from the lists by e-mail
    address. Whoever is in none is a viewer. An address that is not verified names nobody.
    """
    if hosting.auth == "off":
        return LOCAL
    stranger = ANONYMOUS if hosting.auth == "optional" else NOBODY
    name = _name(claims)
    if not name:
        return stranger
    groups = claims.get(hosting.roles_claim) or ()
    names = {groups} if isinstance(groups, str) else {one for one in groups if isinstance(one, str)}
    names.add(name)
    for role, listed in ((Role.ADMIN, hosting.admins), (Role.RUNNER, hosting.runners)):
        if names & set(listed):
            return User(name, role)
    return User(name, Role.VIEWER)


def of_session(claims: Mapping[str, Any], hosting: Hosting, now: float) -> User:
    """The same, of a session: one that is older than LENET_SESSION_HOURS is nobody's.

    now: seconds since 1970, as the claim `iat` (when the ID token was issued).
    """
    issued = claims.get("iat")
    fresh = isinstance(issued, int | float) and now - issued < hosting.session_hours * 3600
    return of_claims(claims if fresh and claims.get("is_logged_in") else {}, hosting)


def used(claims: Mapping[str, Any], hosting: Hosting) -> dict[str, Any]:
    """What of the claims is used, for a cookie: with hundreds of groups all of them are more than
    servers accept."""
    kept = {name: value for name, value in claims.items() if name in USED}
    groups = claims.get(hosting.roles_claim)
    listed = {*hosting.admins, *hosting.runners}
    if isinstance(groups, str):
        groups = [groups]
    if isinstance(groups, list):
        kept[hosting.roles_claim] = [one for one in groups if isinstance(one, str) and one in listed]
    return kept


def _name(claims: Mapping[str, Any]) -> str:
    """The e-mail address, or where the provider gives none its name for the user; '' for nobody."""
    if claims.get("email_verified") is False:
        return ""
    return str(claims.get("email") or claims.get("preferred_username") or claims.get("sub") or "").strip()
