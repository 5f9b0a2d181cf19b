"""Keeps Ray on the loopback address where it is told to use that.

Ray puts an address in its place that other machines reach, and then listens on every address there is.
"""

from __future__ import annotations

from ray._private import services


def keep() -> None:
    """From now on a loopback address stays one, in this process and in what Ray starts from it."""
    services.resolve_ip_for_localhost = _unchanged


def _unchanged(host: str) -> str:
    return host
