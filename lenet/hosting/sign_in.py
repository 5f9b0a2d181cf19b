"""Before and after the identity provider: the page of who has not signed in, and the way back to where
somebody was going."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

COOKIE = "lenet_return"
"""Where somebody was going, from before they sign in until they are back."""
COOKIE_SECONDS = 600
LONGEST = 2000
"""Characters of an address that is kept."""
SIGNED = "_streamlit_user="
"""How the cookie begins that Streamlit sets for somebody who has signed in."""
HTML = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sign in · LeNet Bench</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 sans-serif; max-width: 30rem; margin: 20vh auto 0; padding: 0 1rem; }}
h1 {{ font: 600 2rem/1.2 serif; }}
a {{ display: inline-block; padding: .4rem 1rem; border-radius: .5rem; background: #1F5FA8; color: #fff;
text-decoration: none; }}
</style></head>
<body><h1>LeNet Bench</h1><p>Sign in to see experiments.</p><p><a href="{address}">Sign in</a></p></body></html>
"""


def page(base: str) -> bytes:
    """What stands in place of every page for somebody who has to sign in first."""
    return HTML.format(address=f"{base}/sign-in").encode()


def kept(path: str, query: str, base: str) -> str:
    """The address to come back to, as a cookie; '' for what is no page of this server."""
    address = f"{path}?{query}" if query else path
    return _cookie(quote(address, safe="/"), COOKIE_SECONDS, base) if _is_page(address, base) else ""


def kept_from(referer: str, origin: str, base: str) -> str:
    """The same, of the page that led here, as its Referer names it."""
    parts = urlsplit(referer)
    ours = f"{parts.scheme}://{parts.netloc}" == origin
    return kept(unquote(parts.path), parts.query, base) if ours else ""


def forgotten(base: str) -> str:
    """The cookie that removes the kept address."""
    return _cookie("", 0, base)


def back(cookies: Mapping[str, str], origin: str, base: str) -> str:
    """The kept address in full, always on this server; '' for none."""
    address = unquote(cookies.get(COOKIE, ""))
    if not _is_page(address, base):
        return ""
    path, mark, query = address.partition("?")
    return f"{origin}{quote(path)}{mark}{quote(query, safe='=&%+,:@/?~')}"


def _is_page(address: str, base: str) -> bool:
    """Whether it is a path of this server, and not too long. The full address begins with the
    server's own origin, so that nothing that follows can lead elsewhere."""
    whole = address.isprintable() and "\\" not in address and len(address) <= LONGEST
    return whole and address.startswith(f"{base}/") and not address.startswith("//")


def _cookie(value: str, seconds: int, base: str) -> str:
    return f"{COOKIE}={value}; Path={base or '/'}; Max-Age={seconds}; HttpOnly; SameSite=Lax"
