"""Which names a server answers to, and which pages may speak to it: without them any page that a
user's browser has open could act in the user's name."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from lenet.hosting.config import Hosting

ANY = ("0.0.0.0", "::")
"""What a server listens on that listens on every address."""


@dataclass(frozen=True)
class Addresses:
    """The addresses of one server."""

    names: frozenset[str]
    """The names by which it may be asked, in lower case and without ports."""
    numbers: bool
    """Whether it may be asked by any IP address. A page that lets its own name point here (DNS
    rebinding) has a name, never a number."""
    origin: str = ""
    """The one origin that may act; '' for whichever origin the request was sent to."""

    def knows(self, host: str) -> bool:
        """Whether a request with this Host header is meant for this server."""
        name = _name(host)
        return name in self.names or (_is_number(name) if self.numbers else _is_loopback(name))

    def owns(self, origin: str, host: str) -> bool:
        """Whether a page of this origin, in a request with this Host header, is this server's."""
        if self.origin:
            return origin == self.origin
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and bool(parts.netloc) and parts.netloc == host


def of(hosting: Hosting, listening: str = "", named: str = "") -> Addresses:
    """The addresses of a server.

    listening: the address that it listens on. named: the name that users are told
    (`--browser.serverAddress`). A hosted one has its public address, and is asked by IP addresses
    only for its health.
    """
    if hosting.hosted:
        return Addresses(frozenset({"localhost", _name(urlsplit(hosting.public_url).netloc)}), True, hosting.origin)
    names = {"localhost", named.lower(), listening.lower()}
    if listening in ANY:
        here = socket.gethostname().lower()
        names |= {here, f"{here}.local"}
    return Addresses(frozenset(names - {""}), listening in ANY)


def _name(host: str) -> str:
    """The name in a Host header, in lower case; '' for what is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_loopback(name: str) -> bool:
    return _is_number(name) and ipaddress.ip_address(name).is_loopback
