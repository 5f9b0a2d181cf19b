"""Sends an experiment to a hosted dashboard over HTTP.

A dashboard that has it already says so, therefore an attempt of which nobody knows how it ended may
be repeated.
"""

from __future__ import annotations

import http.client
import json
import ssl
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from lenet import outgoing
from lenet.errors import BadInput, RemoteError
from lenet.exchange.document import printable

PLACE = "/api/v1/experiments"
TYPE = "application/vnd.apache.parquet"
BUSY = (502, 503, 504)
"""What a proxy or a server says that will answer a little later."""
WAITS = (1.0, 2.0, 4.0, 8.0)
"""Seconds before each further attempt."""
SECONDS = 300.0
"""So long a dashboard may take for an answer; it checks all that it is sent."""
LONGEST = 300


def read(file: Path) -> bytes:
    """The content of a file to send. Raises BadInput."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read ({error.strerror}); name an experiment's number or a file.") from error


def push(content: bytes, url: str, token: str) -> tuple[int, str]:
    """Send a Parquet file to the dashboard at `url`; its number there, and its address.

    Raises BadInput for what the dashboard refuses, RemoteError where it cannot be reached.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.netloc:
        raise BadInput(f"{url!r} is no address of a dashboard; write it as https://bench.example.org.")
    if not token:
        raise BadInput("Set LENET_TOKEN to a token of the dashboard; its System page makes one.")
    if not (token.isascii() and token.isprintable()):
        raise BadInput("LENET_TOKEN is no token; copy it once more, without line breaks.")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": TYPE}
    target = url.partition("?")[0].rstrip("/") + PLACE
    request = urllib.request.Request(target, content, headers, method="POST")
    for wait in WAITS:
        try:
            return _send(request)
        except _LaterError:
            time.sleep(wait)
    try:
        return _send(request)
    except _LaterError as error:
        raise RemoteError(f"{parts.netloc} {error}; try again later, nothing is sent twice.") from error


class _LaterError(Exception):
    """It may answer if asked once more; says what it did."""


def _send(request: urllib.request.Request) -> tuple[int, str]:
    try:
        with outgoing.opener().open(request, timeout=SECONDS) as reply:
            return _stored(request.host, reply)
    except urllib.error.HTTPError as error:
        with error:
            if error.code in BUSY:
                raise _LaterError(f"answers {error.code} ({_said(error) or error.reason})") from error
            raise _refusal(request.host, error) from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, ssl.SSLError):
            why = getattr(error.reason, "verify_message", "") or error.reason.reason or error.reason
            raise RemoteError(f"{request.host} does not prove who it is ({why}); nothing was sent.") from error
        raise _LaterError(f"cannot be reached ({getattr(error.reason, 'strerror', None) or error.reason})") from error
    except (OSError, http.client.HTTPException) as error:
        raise _LaterError(f"broke off ({str(error) or type(error).__name__})") from error


def _stored(host: str, reply: IO[bytes]) -> tuple[int, str]:
    try:
        told = json.loads(reply.read(1 << 20))
        return int(told["id"]), printable(str(told["url"])[:LONGEST])
    except (ValueError, KeyError, TypeError) as error:
        raise RemoteError(f"{host} is no dashboard of LeNet Bench; check the address, also its path.") from error


def _refusal(host: str, error: urllib.error.HTTPError) -> BadInput | RemoteError:
    if 300 <= error.code < 400:
        elsewhere = error.headers.get("Location", "another address")[:LONGEST]
        return BadInput(f"{host} sends to {elsewhere!r}, where no token follows; name that address if you trust it.")
    said = _said(error)
    if said:
        return BadInput(f"{host} refuses: {said}")
    if error.code == 413:
        return BadInput(f"{host} takes no file this large; send an experiment of fewer batches.")
    return RemoteError(f"{host} answers {error.code} ({error.reason}); check the address, also its path.")


def _said(error: urllib.error.HTTPError) -> str:
    """The sentence that the dashboard gives as a reason; '' where something else answered."""
    try:
        said = json.loads(error.read(1 << 16))["error"]
    except (ValueError, KeyError, TypeError, OSError, http.client.HTTPException):
        return ""
    return str(printable(str(said)[:LONGEST]))
