"""The table of the HTTP API, from which its routes and its description are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lenet.exchange.parquet import FILE_BYTES
from lenet.hosting import answers
from lenet.hosting.answers import Answer, Call
from lenet.hosting.policy import Action

MOST_BYTES = FILE_BYTES
"""Of a file that is sent."""
PARQUET = "application/vnd.apache.parquet"
MEBIBYTE = 1024**2
FILTERS: Mapping[str, str] = {
    "variant": "With a run of this variant.",
    "stack": "With a run in this stack.",
    "version": "With a run that had this version: '2.21', or 'tensorflow 2.21'.",
    "host": "Raced on this machine.",
    "submitter": "Asked for by this user.",
    "tag": "With this tag.",
    "text": "With this text in its title, note, tags, variants, reason, user or machine.",
    "instrument": "Of this kind: race, ladder, law, counts, profile, noise.",
    "since": "Asked for on this day or later, as 2026-01-31 (UTC).",
    "until": "Asked for on this day or before.",
    "before": "With a number below this: the next page, as the answer before it said.",
    "limit": f"How many, {answers.USUAL} where nothing is said, {answers.MOST} at most.",
}


@dataclass(frozen=True)
class Endpoint:
    """One thing that can be asked over HTTP."""

    method: str
    path: str
    action: Action
    answer: Callable[[Call], Answer]
    about: str
    query: Mapping[str, str] = field(default_factory=dict)
    """What may stand behind the question mark; nothing else may."""
    takes: str = ""
    """The type of the file that is sent; '' where none is."""
    gives: str = "application/json"
    statuses: Mapping[int, str] = field(default_factory=dict)
    """What its answers mean, but for those that all endpoints have."""


ENDPOINTS = (
    Endpoint(
        "GET",
        "/api/v1/experiments",
        Action.READ,
        answers.experiments,
        "A page of the experiments that fit all filters, the newest first.",
        query=FILTERS,
        statuses={200: "experiments; total, how many fit in all; before, what to ask for the next page, or null."},
    ),
    Endpoint(
        "POST",
        "/api/v1/experiments",
        Action.IMPORT,
        answers.push,
        "Import an experiment, as `python -m lenet export ID --format parquet` writes it.",
        takes=PARQUET,
        statuses={
            200: "It was here already; id is its number.",
            201: "It is imported; id is its number.",
            413: f"The file is larger than {MOST_BYTES // MEBIBYTE} MiB.",
            415: f"The file was not sent as {PARQUET}.",
        },
    ),
    Endpoint(
        "GET",
        "/api/v1/experiments/{id}",
        Action.READ,
        answers.experiment,
        "One experiment: what was asked for, by whom, and how it stands.",
        statuses={200: "The experiment, as in the list."},
    ),
    Endpoint(
        "GET",
        "/api/v1/experiments/{id}/figures",
        Action.READ,
        answers.figures,
        "The result of an experiment, as `python -m lenet run --json` writes it.",
        statuses={200: "A race by lenet/schema/experiment-1.json; other kinds in their own form."},
    ),
    Endpoint(
        "GET",
        "/api/v1/experiments/{id}/compare",
        Action.READ,
        answers.compare,
        "An experiment against an earlier one, as `python -m lenet compare WITH ID --json` writes it.",
        query={"with": "The number of the earlier experiment. Required."},
        statuses={200: "The ratio of each label that both raced.", 409: "One of them has not ended."},
    ),
    Endpoint(
        "GET",
        "/api/v1/metrics",
        Action.METRICS,
        answers.measured,
        "Queue, experiments, runners and sessions in figures, for Prometheus.",
        gives="text/plain",
        statuses={200: "The figures, in Prometheus's text format."},
    ),
)
