"""What the HTTP API answers: one function for each thing that can be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from lenet.analysis.across import filter_text
from lenet.analysis.export import plain
from lenet.errors import AlreadyHere, BadInput, LeNetError
from lenet.hosting import metrics, ready, sharing
from lenet.hosting.desk import Desk
from lenet.hosting.policy import Action
from lenet.records import UNFINISHED, Annotation, Experiment

MOST = 100
"""So many experiments are on a page of the list, at most."""
USUAL = 20


class Conflict(BadInput):
    """The experiment is not in a state for this; say when it will be."""


@dataclass(frozen=True)
class Call:
    """What somebody asks for."""

    desk: Desk
    path: Mapping[str, str]
    query: Mapping[str, str]
    file: Path | None = None
    """What was sent."""
    sessions: metrics.Sessions | None = None

    def number(self) -> int:
        """The experiment in the address."""
        return filter_text.number(self.path["id"])

    def shown(self, values: Any) -> Any:
        """Values as who asks may see them."""
        from lenet.views import public

        return values if self.desk.may(Action.READ_LOGS) else public.values(values)


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    body: bytes
    status: int = 200
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(values: Any, status: int = 200) -> Answer:
    """Plain values as an answer."""
    return Answer(orjson.dumps(values), status)


def push(call: Call) -> Answer:
    """Store the experiment that was sent: 201; 200 where it was here already, with its number."""
    assert call.file is not None
    try:
        number, status = call.desk.import_(call.file), 201
    except AlreadyHere as error:
        number, status = error.number, 200
    one = call.desk.store.experiment(number)
    return as_json({"id": number, "uid": one.uid, "url": sharing.page(call.desk.hosting.public_url, one)}, status)


def experiments(call: Call) -> Answer:
    """A page of the history, newest first."""
    asked = filter_text.of(call.query, _limit(call.query.get("limit", "")))
    page = call.desk.store.search(asked)
    notes = call.desk.store.annotations(one.id for one in page.experiments)
    listed = [_experiment(call, one, notes.get(one.id, Annotation())) for one in page.experiments]
    more = len(listed) == asked.limit and listed[-1]["id"] > 1
    return as_json({"experiments": listed, "total": page.total, "before": listed[-1]["id"] if more else None})


def _limit(text: str) -> int:
    limit = filter_text.stated(text) if text else USUAL
    if limit is None or not 1 <= limit <= MOST:
        raise BadInput(f"The limit is a number from 1 to {MOST}, not {text[:20]!r}.")
    return limit


def experiment(call: Call) -> Answer:
    """One experiment."""
    one = call.desk.store.experiment(call.number())
    return as_json(_experiment(call, one, call.desk.store.annotation(one.id)))


def _experiment(call: Call, one: Experiment, note: Annotation) -> dict[str, Any]:
    request = one.request
    values: dict[str, Any] = {
        **{name: getattr(one, name) for name in ("id", "uid", "status", "reason", "created", "started", "ended")},
        **{name: getattr(request, name) for name in ("instrument", "preset", "submitter", "variants")},
        "settings": request.settings.as_dict(),
        "host": one.machine.get("host"),
        "origin": one.origin or None,
        "title": note.title,
        "note": note.note,
        "tags": note.tags,
        "url": sharing.page(call.desk.hosting.public_url, one),
    }
    shown: dict[str, Any] = call.shown(plain(values))
    return shown


def figures(call: Call) -> Answer:
    """The result, as `python -m lenet run --json` writes it."""
    from lenet.views import stored

    return as_json(call.shown(stored.as_json(call.desk.store, call.number())))


def compare(call: Call) -> Answer:
    """The experiment against another one, as `python -m lenet compare --json` writes it."""
    from lenet.analysis.across import compare_words, stored

    if not call.query.get("with"):
        raise BadInput("Say what to compare it with: ?with=NUMBER, the number of an earlier experiment.")
    base, new = filter_text.number(call.query["with"]), call.number()
    if base == new:
        raise BadInput(f"Compare {new} with another experiment than itself.")
    for number in (base, new):
        if (status := call.desk.store.experiment(number).status) in UNFINISHED:
            raise Conflict(f"Experiment {number} is {status}; compare it when it has ended.")
    compared = stored.compared(call.desk.store, base, new)
    if not compared.comparisons:
        raise BadInput(" ".join(compared.refused))
    return as_json(call.shown(compare_words.as_json(compared)))


def measured(call: Call) -> Answer:
    """Metrics for Prometheus."""
    return Answer(metrics.text(call.desk.queue, call.sessions), kind=metrics.KIND)


def readiness(get_queue: Callable[[], Any]) -> Answer:
    """200 when experiments can be asked for and are raced, else 503 with what is missing."""
    missing = ready.missing(get_queue)
    if missing:
        return as_json({"error": " ".join(missing), "missing": missing}, 503)
    return as_json({"ready": True})


def refusal(error: LeNetError, status: int) -> Answer:
    """An error, as every client may read it."""
    return as_json({"error": str(error)}, status)
