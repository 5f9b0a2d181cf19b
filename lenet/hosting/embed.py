"""A result as one HTML document, for whoever has a signed link; it may stand inside other pages."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from lenet.analysis.across import filter_text
from lenet.bench.queue import Queue
from lenet.errors import BadInput, LeNetError
from lenet.hosting import sharing
from lenet.hosting.answers import Answer
from lenet.hosting.config import Hosting

HTML = "text/html; charset=utf-8"
HEADERS = {
    # In a sandbox the document has no address of ours: neither cookies nor pages are in its reach.
    "Content-Security-Policy": "frame-ancestors *; sandbox allow-scripts allow-popups allow-downloads",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
PLAIN = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>LeNet Bench</title></head>
<body style="font-family: sans-serif; margin: 2rem; max-width: 40rem"><p>{}</p></body></html>
"""
CLOSED = "This link opens nothing, or no longer; ask whoever sent it for a new one."
NOT_NOW = "The result cannot be shown now; try again in a minute."
log = logging.getLogger(__name__)


def page(get_queue: Callable[[], Queue], hosting: Hosting, number: str, query: Mapping[str, str]) -> Answer:
    """The document, or one plain page where the link is wrong or over."""
    known = filter_text.stated(number)
    expires, signature = query.get("expires", ""), query.get("signature", "")
    if known is None or not sharing.opens(hosting, known, expires, signature):
        return _plain(CLOSED, 403)
    try:
        return Answer(_document(get_queue(), known).encode(), kind=HTML, headers=HEADERS)
    except BadInput:  # it was deleted
        return _plain(CLOSED, 404)
    except Exception as error:
        if not isinstance(error, LeNetError):
            log.exception("The document of experiment %s", known, extra={"experiment": known})
        return _plain(NOT_NOW, 503)


def _document(queue: Queue, number: int) -> str:
    from lenet.document.html import experiment_page
    from lenet.views import public, stored

    view = public.view(stored.load(queue.store, number))
    return experiment_page(view, queue.store.annotation(number))


def _plain(sentence: str, status: int) -> Answer:
    return Answer(PLAIN.format(sentence).encode(), status, HTML, HEADERS)
