"""Tells another server, such as a chat, when an experiment has ended, or has made a regression plain.

A message is signed, so that whoever gets it knows that it is from here and new:
X-LeNet-Signature is `sha256=` and the HMAC-SHA-256 of X-LeNet-Timestamp, a dot and the body.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import logging
import os
import queue
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from lenet import catalog, instruments, outgoing
from lenet.analysis.export import plain
from lenet.errors import BadInput
from lenet.hosting import sharing
from lenet.store import Store

FORMATS = ("json", "slack")
EVENTS = ("end", "regression")
SHORTEST_SECRET = 16
WAITS = (2.0, 10.0)
"""Seconds before each further attempt."""
SECONDS = 10.0
"""So long an attempt may take."""
GOODBYE_SECONDS = 5.0
"""So long a process that ends waits for messages on their way."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Webhook:
    """Where messages go, and how."""

    url: str
    secret: str = ""
    format: str = "json"
    on: str = "end"
    """end: each experiment's end. regression: only an end that makes one plain."""
    public_url: str = ""


def read(environment: Mapping[str, str] = os.environ) -> Webhook | None:
    """The webhook that LENET_WEBHOOK_URL, LENET_WEBHOOK_SECRET, LENET_WEBHOOK_FORMAT and
    LENET_WEBHOOK_ON name, with links below LENET_PUBLIC_URL; None where there is none.

    Raises BadInput for what cannot be meant.
    """
    url = environment.get("LENET_WEBHOOK_URL", "")
    if not url:
        return None
    hook = Webhook(
        url,
        environment.get("LENET_WEBHOOK_SECRET", ""),
        environment.get("LENET_WEBHOOK_FORMAT") or FORMATS[0],
        environment.get("LENET_WEBHOOK_ON") or EVENTS[0],
        environment.get("LENET_PUBLIC_URL", "").rstrip("/"),
    )
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise BadInput("LENET_WEBHOOK_URL must be an address such as https://chat.example.org/hooks/1.")
    for name, value, known in (("FORMAT", hook.format, FORMATS), ("ON", hook.on, EVENTS)):
        if value not in known:
            raise BadInput(f"LENET_WEBHOOK_{name} is {value!r}; it may be {' or '.join(known)}.")
    # A chat's address is a secret itself, and it looks at no signature.
    if hook.format != "slack" and len(hook.secret) < SHORTEST_SECRET:
        raise BadInput(f"LENET_WEBHOOK_URL needs LENET_WEBHOOK_SECRET, at least {SHORTEST_SECRET} characters.")
    return hook


@contextlib.contextmanager
def telling(store: Store, hook: Webhook | None) -> Iterator[Callable[[int], None]]:
    """What to call with the number of an experiment that has ended; it returns at once, and without
    a webhook does nothing."""
    if hook is None:
        yield lambda experiment_id: None
        return
    with contextlib.closing(Messenger(store, hook)) as messenger:
        yield messenger.tell


class Messenger:
    """Sends messages in a thread of its own, one after the other; nobody waits for it."""

    def __init__(self, store: Store, hook: Webhook) -> None:
        self._store, self._hook = store, hook
        self._ended: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="webhook", daemon=True)
        self._thread.start()

    def tell(self, experiment_id: int) -> None:
        """An experiment has ended; returns at once."""
        self._ended.put(experiment_id)

    def close(self) -> None:
        """Send what is left, for a few seconds."""
        self._ended.put(None)
        self._closing.set()
        self._thread.join(GOODBYE_SECONDS)

    def _work(self) -> None:
        while (number := self._ended.get()) is not None:
            try:
                self._tell(number)
            except Exception:
                log.exception("The message about experiment %s", number, extra={"experiment": number})

    def _tell(self, number: int) -> None:
        said = message(self._store, self._hook, number)
        if self._hook.on == "regression" and not said["regressions"]:
            return
        values = {"text": slack(said)} if self._hook.format == "slack" else said
        delivery = f"{said['experiment']['uid']}-{said['event']}"
        body = json.dumps(values).encode()
        if failure := send(self._hook, body, delivery, self._closing.wait):
            # Without the path of the address, which for a chat is its secret.
            host = urlsplit(self._hook.url).hostname
            log.warning("%s was not told of experiment %s: %s", host, number, failure, extra={"experiment": number})


def message(store: Store, hook: Webhook, number: int) -> dict[str, Any]:
    """What is told of an experiment that has ended. Raises BadInput for none, StoreError."""
    from lenet.analysis.across import regression
    from lenet.views import public

    one = store.experiment(number)
    regressions = [asdict(found) for found in regression.found(store, number)]
    head = {name: getattr(one, name) for name in ("id", "uid", "status", "reason", "created", "ended")}
    values: dict[str, Any] = {
        "event": "regression" if regressions else "end",
        "experiment": {
            **head,
            "instrument": one.request.instrument,
            "subject": instruments.subject(one.request),
            "title": store.annotation(number).title,
            "submitter": one.request.submitter,
            "host": one.machine.get("host"),
            "url": sharing.page(hook.public_url, one) if hook.public_url else "",
        },
        "figures": [
            {name: getattr(figure, name) for name in ("label", "batch_ms", "low", "high")}
            for figure in store.figures_of(number)
        ],
        "regressions": regressions,
    }
    cleaned: dict[str, Any] = public.values(plain(values))
    # A link is no path of this machine.
    cleaned["experiment"]["url"] = values["experiment"]["url"]
    return cleaned


def slack(said: Mapping[str, Any]) -> str:
    """The message as a line or more in Slack's own marks."""
    one = said["experiment"]
    name = f"Experiment {one['id']}"
    link = f"<{one['url']}|{name}>" if one["url"] else name
    about = _escaped(one["title"] or one["subject"])
    lines = [f"*{link}* {_escaped(one['status'])}: {about} (asked for by {_escaped(one['submitter'])})"]
    lines += [f":warning: {_escaped(found['sentence'])}" for found in said["regressions"]]
    lines += [_escaped(one["reason"])] if one["reason"] else []
    lines += [f"• {_escaped(_time(figure))}" for figure in said["figures"] if figure["batch_ms"] is not None]
    return "\n".join(lines)


def _time(figure: Mapping[str, Any]) -> str:
    ends = "" if figure["low"] is None else f" [{figure['low']:.3g}, {figure['high']:.3g}]"
    return f"{catalog.title(figure['label'])}: {figure['batch_ms']:.3g} ms per batch{ends}"


def _escaped(text: str) -> str:
    """The text with the three characters replaced that mean something to Slack."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def send(hook: Webhook, body: bytes, delivery: str, wait: Callable[[float], object]) -> str:
    """Send a body, again where that may help; why it did not arrive, or ''.

    delivery: names the message, the same in each attempt. wait: is called with the seconds between
    two attempts.
    """
    failure, again = _attempt(hook, body, delivery)
    for seconds in WAITS:
        if not again:
            break
        wait(seconds)
        failure, again = _attempt(hook, body, delivery)
    return failure


def _attempt(hook: Webhook, body: bytes, delivery: str) -> tuple[str, bool]:
    """Why it did not arrive ('' if it did), and whether another attempt may help."""
    moment = str(int(time.time()))
    headers = {"Content-Type": "application/json", "X-LeNet-Delivery": delivery, "X-LeNet-Timestamp": moment}
    if hook.secret:
        headers["X-LeNet-Signature"] = f"sha256={signature(hook.secret, moment, body)}"
    request = urllib.request.Request(hook.url, body, headers, method="POST")
    try:
        with outgoing.opener().open(request, timeout=SECONDS) as reply:
            reply.read(1000)
        return "", False
    except urllib.error.HTTPError as error:
        with contextlib.closing(error):
            return f"it answers {error.code}", error.code >= 500 or error.code == 429
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        return f"it cannot be reached ({getattr(reason, 'strerror', None) or type(reason).__name__})", True


def signature(secret: str, moment: str, body: bytes) -> str:
    """What whoever gets a message computes, and compares; moment: as in X-LeNet-Timestamp."""
    return hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
