"""How this program sends something to another server: over verified TLS, and never to a third one."""

from __future__ import annotations

import ssl
import urllib.request
from typing import Any


class _Stays(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: what is sent, and its token or signature, is for one server only."""

    def redirect_request(self, *arguments: Any) -> None:
        return None


def opener() -> urllib.request.OpenerDirector:
    """Opens requests; a redirect is an HTTPError like other refusals."""
    return urllib.request.build_opener(_Stays(), urllib.request.HTTPSHandler(context=ssl.create_default_context()))
