"""The records that are stored: plain, immutable facts. Statistics are functions of these, never
columns beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lenet.settings import Settings

UNFINISHED = ("queued", "running")
"""Statuses of an experiment that is not over."""
EXPERIMENT_STATUSES = (*UNFINISHED, "finished", "failed", "cancelled", "interrupted")
RUN_STATUSES = (
    "running",
    "finished",
    "failed",
    "crashed",
    "timed_out",
    "cancelled",
    "interrupted",
    "unavailable",
)


@dataclass(frozen=True)
class Request:
    """The request of a user: entries (`catalog` says how they are written; one twice races it
    against itself), settings, and from which preset."""

    variants: tuple[str, ...]
    settings: Settings
    preset: str = "custom"
    submitter: str = "local"
    instrument: str = "race"
    """The name of one of `lenet.instruments`: the purpose of the race. `lenet.requests` builds
    it."""
    plan: dict[str, Any] = field(default_factory=dict)
    """The question to its instrument as plain values; a ladder's has all its changes, so that it
    reads as it was raced."""


@dataclass(frozen=True)
class Experiment:
    """A request as stored. `failed`: at least one run did not finish; `reason` says why in one
    sentence."""

    id: int
    request: Request
    status: str
    created: datetime
    started: datetime | None = None
    ended: datetime | None = None
    reason: str = ""
    owner: str = ""
    """The process that runs it, as host:pid:start; see `bench.service`."""
    machine: dict[str, Any] = field(default_factory=dict)
    """The machine as `bench.machine.describe()` read it when the experiment started."""
    uid: str = ""
    """Its name in every database: 32 hexadecimal digits, given when it is stored."""
    origin: dict[str, Any] = field(default_factory=dict)
    """Empty for an experiment of this database; of an imported one where it was raced: host, its
    number (id) there, and when it was imported."""


@dataclass(frozen=True)
class Run:
    """One variant trained once in one process. Times in seconds, memory in bytes."""

    id: int
    experiment_id: int
    round: int
    label: str
    """The variant's name, with `~2` behind it when the experiment races it twice."""
    variant: str
    status: str
    reason: str = ""
    log: str = ""
    """The end of what the process printed; kept for runs that did not finish."""
    folder: str = ""
    """Where a running run has its tape, below the data folder."""
    stack: str = "main"
    source_hash: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    """The facts really in force (the variant's `facts()`), with interpreter and package versions;
    of a finished run on a GPU also device_peak_bytes, what its framework held there at once, at
    most (no key: it does not tell)."""
    phases: dict[str, float] = field(default_factory=dict)
    """import, build: seconds. First batch, steady and total come from the batches."""
    load: dict[str, Any] = field(default_factory=dict)
    """Load average and steal while it ran; which cores the worker and the app had. energy_joules:
    what the hardware's counter (of the processor packages, or of the GPU it trained on) counted in
    its turns (no key: not measured)."""
    peak_memory: int = 0
    evidence: dict[str, Any] = field(default_factory=dict)
    """The evidence of counting or profiling; empty for a run that was timed."""
    batch_count: int = 0
    started: datetime | None = None
    ended: datetime | None = None


BESIDE_PACKAGES = ("python", "numpy")
"""Facts that are the version of what every run has."""


def packages_of(facts: Mapping[str, Any]) -> dict[str, str]:
    """Package -> version, of what a run needed, by its `facts`."""
    return {name: str(version) for name, version in (facts.get("packages") or {}).items() if version}


def versions_of(facts: Mapping[str, Any]) -> dict[str, str]:
    """The same with the interpreter, as "python", and NumPy."""
    named = {name: str(facts[name]) for name in BESIDE_PACKAGES if facts.get(name)}
    return {**named, **packages_of(facts)}


def without_versions(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What was in force beside all of these."""
    versions = (*BESIDE_PACKAGES, "packages", "version")
    return {name: value for name, value in facts.items() if name not in versions}


@dataclass(frozen=True)
class Epoch:
    """The end of one epoch of one run; evaluated outside the clock by the NumPy reference."""

    run_id: int
    epoch: int
    test_loss: float
    test_accuracy: float
    batches: int
    """Batches the run had trained by then."""


@dataclass(frozen=True)
class Parity:
    """One exam: did a variant compute what the reference computes?"""

    key: str
    """Fingerprint of all that the answer depends on (source, versions, settings); see
    `analysis.exam.parity`."""
    variant: str
    equivalent: bool
    difference: float
    """Largest absolute weight difference from the reference after the exam; NaN when there was no
    answer."""
    layer: str
    """The parameter that differs most."""
    tolerance: float
    reason: str = ""
    """Why there is no answer, in one sentence (import failed, crashed, ...)."""
    status: str = "finished"
    """How the exam's process ended: a run status."""


@dataclass(frozen=True)
class Annotation:
    """A user's words beside an experiment: all that may be changed after it has ended."""

    title: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figure:
    """The time of one label in the report of an experiment, kept so that history need not unpack
    its batches.

    Derived: it may be dropped and worked out again at any time. Times in milliseconds, NaN where
    there is none.
    """

    experiment_id: int
    label: str
    variant: str
    stack: str
    batch_ms: float
    low: float
    high: float
    """The ends of the 95 % interval of `batch_ms`."""
    rounds: int
    batches: int
    circumstance: str
    """Key of `analysis.circumstances`: only figures with the same one may be compared."""
    versions: dict[str, str]
    """Of the label's packages, as its runs recorded them."""
    instrument: str
    created: datetime
    """The experiment's, as are the next three."""
    submitter: str
    host: str
    cpu: str


@dataclass(frozen=True)
class Filter:
    """Which experiments of the history are wanted; what is empty restricts nothing."""

    variant: str = ""
    """The variant that a run of it trained; `stack` is the same run's."""
    stack: str = ""
    version: str = ""
    """Of a package that one of its runs had: 'tensorflow 2.21', or '2.21' of any package. 2.21
    means 2.21.0 too."""
    host: str = ""
    submitter: str = ""
    tag: str = ""
    text: str = ""
    """Stands in its title, note, tags, variants, reason, submitter or host, in capitals or not."""
    instrument: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """Asked for at `since` or later, and before `until`."""
    limit: int = 100
    before: int | None = None
    """Only experiments with a lower number: the next page."""


@dataclass(frozen=True)
class HistoryPage:
    """A page of the history, newest first, and how many experiments the filter lets through in
    all."""

    experiments: tuple[Experiment, ...]
    total: int


@dataclass(frozen=True)
class Choices:
    """The values to filter by, in alphabetical order."""

    variants: tuple[str, ...]
    stacks: tuple[str, ...]
    versions: tuple[str, ...]
    """As 'package version'."""
    hosts: tuple[str, ...]
    submitters: tuple[str, ...]
    tags: tuple[str, ...]
    instruments: tuple[str, ...]
