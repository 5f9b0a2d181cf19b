"""How this process is hosted, from its environment; a laptop sets nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from lenet.errors import BadInput
from lenet.hosting import limits
from lenet.hosting.limits import Limits

MODES = ("local", "hosted")
AUTHS = ("off", "optional", "required")
SHORTEST_SECRET = 32


@dataclass(frozen=True)
class Hosting:
    """One process's way of being hosted. `local`: one person, on a machine of their own, who may do
    everything."""

    mode: str = "local"
    auth: str = "off"
    """off: no sign-in, everybody may do everything. optional: who has not signed in may look.
    required: nobody sees anything before."""
    public_url: str = ""
    """The address that users type, with its path: https://bench.example.org/lenet."""
    secret: str = ""
    """What signs cookies and links, at least SHORTEST_SECRET characters."""
    session_hours: float = 12.0
    """After so long a user signs in again."""
    roles_claim: str = "groups"
    """The claim of the identity provider that names a user's groups."""
    admins: tuple[str, ...] = ()
    """Groups or e-mail addresses whose users are admins; so the next two."""
    runners: tuple[str, ...] = ()
    viewers: tuple[str, ...] = ()
    limits: Limits = limits.DEFAULTS["local"]
    """How much one may ask for."""

    @property
    def hosted(self) -> bool:
        """Whether others than the owner of this machine use it."""
        return self.mode == "hosted"

    @property
    def origin(self) -> str:
        """Scheme and host of the public address: what a browser sends as Origin."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}"


def read(environment: Mapping[str, str] = os.environ) -> Hosting:
    """The hosting that LENET_MODE, LENET_AUTH, LENET_PUBLIC_URL, LENET_SECRET, LENET_SESSION_HOURS,
    LENET_ROLES_CLAIM, LENET_ADMINS, LENET_RUNNERS, LENET_VIEWERS and LENET_MAX_... name.

    Raises BadInput for what cannot be meant, and for a hosted program that would be open to all by
    mistake.
    """
    mode = _choice(environment, "LENET_MODE", MODES)
    hosting = Hosting(
        mode=mode,
        auth=_choice(environment, "LENET_AUTH", AUTHS),
        public_url=environment.get("LENET_PUBLIC_URL", "").rstrip("/"),
        secret=environment.get("LENET_SECRET", ""),
        session_hours=_hours(environment.get("LENET_SESSION_HOURS", "12")),
        roles_claim=environment.get("LENET_ROLES_CLAIM", "groups"),
        admins=_list(environment, "LENET_ADMINS"),
        runners=_list(environment, "LENET_RUNNERS"),
        viewers=_list(environment, "LENET_VIEWERS"),
        limits=limits.read(mode, environment),
    )
    if hosting.hosted:
        _check_hosted(hosting)
    return hosting


def _check_hosted(hosting: Hosting) -> None:
    parts = urlsplit(hosting.public_url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise BadInput("LENET_MODE=hosted needs LENET_PUBLIC_URL, the address that users type, as https://HOST/PATH.")
    if len(hosting.secret) < SHORTEST_SECRET:
        raise BadInput(
            f"LENET_MODE=hosted needs LENET_SECRET, at least {SHORTEST_SECRET} characters that nobody guesses; "
            "`python -c 'import secrets; print(secrets.token_urlsafe(48))'` makes one."
        )


def _choice(environment: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = environment.get(name) or choices[0]
    if value not in choices:
        raise BadInput(f"{name} is {value!r}; it may be {', '.join(choices[:-1])} or {choices[-1]}.")
    return value


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = 0.0
    if not 0 < hours <= 24 * 365:
        raise BadInput(f"LENET_SESSION_HOURS is {text!r}; it must be a number of hours above 0, as 12.")
    return hours


def _list(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in environment.get(name, "").split(",") if one.strip())
