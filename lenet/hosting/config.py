"""How this process is hosted, from its environment; a laptop sets nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lenet.errors import BadInput
from lenet.hosting import limits
from lenet.hosting.limits import Limits

MODES = ("local", "hosted")
AUTHS = ("off", "optional", "required")
SHORTEST_SECRET = 32
OF_PROVIDER = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
"""What `st.login` needs to know."""


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

    @property
    def base(self) -> str:
        """The path of the public address, '' for none."""
        return urlsplit(self.public_url).path.rstrip("/")


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
        _check_hosted(hosting, environment)
    elif hosting.auth != "off":
        raise BadInput(f"LENET_AUTH={hosting.auth} needs LENET_MODE=hosted: nobody signs in on a machine of their own.")
    return hosting


def check_sign_in(hosting: Hosting, secrets: Mapping[str, Any]) -> None:
    """Raise BadInput, in a sentence, where users could not sign in safely.

    secrets: the section [auth] of Streamlit's secrets, which says who the identity provider is.
    """
    if hosting.auth == "off":
        return
    missing = [name for name in OF_PROVIDER if not secrets.get(name)]
    if missing:
        raise BadInput(
            f"LENET_AUTH={hosting.auth} needs an identity provider: put {', '.join(missing)} into the section "
            "[auth] of .streamlit/secrets.toml."
        )
    if len(str(secrets["cookie_secret"])) < SHORTEST_SECRET:
        raise BadInput(
            f"cookie_secret in the section [auth] of .streamlit/secrets.toml needs at least {SHORTEST_SECRET} "
            "characters that nobody guesses; `python -c 'import secrets; print(secrets.token_urlsafe(48))'` makes one."
        )
    expected = f"{hosting.public_url}/oauth2callback"
    if secrets["redirect_uri"] != expected:
        raise BadInput(
            f"redirect_uri in the section [auth] of .streamlit/secrets.toml must be {expected}, "
            "as LENET_PUBLIC_URL says."
        )


def _check_hosted(hosting: Hosting, environment: Mapping[str, str]) -> None:
    if not environment.get("LENET_AUTH"):
        raise BadInput(
            "LENET_MODE=hosted needs LENET_AUTH: required, optional (who has not signed in may look), or off, where "
            "a proxy lets in only whom you trust with everything."
        )
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
