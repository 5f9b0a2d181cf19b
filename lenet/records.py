"""What is stored: plain, immutable facts. Statistics are functions of these, never columns beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lenet.settings import Settings

EXPERIMENT_STATUSES = ("queued", "running", "finished", "failed", "cancelled", "interrupted")
INSTRUMENTS = ("race", "ladder", "law", "counts", "profile")
TIMED = ("race", "ladder", "law")
"""Those whose runs have a clock. Of the others no time is ever taken."""
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
    """What a user asks for: entries (`catalog` says how they are written; one twice races it against itself), settings,
    and from which preset."""

    variants: tuple[str, ...]
    settings: Settings
    preset: str = "custom"
    submitter: str = "local"
    instrument: str = "race"
    """What it is raced for: one of INSTRUMENTS. Built by `lenet.instruments`."""
    plan: dict[str, Any] = field(default_factory=dict)
    """What its instrument was asked, as plain values: of a ladder all its changes, so that it reads as it was raced."""


@dataclass(frozen=True)
class Experiment:
    """A request as stored. `failed`: at least one run did not finish; `reason` says why in one sentence."""

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
    """What `bench.machine.describe()` read when it started."""


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
    """What was really in force (the variant's `facts()`), with interpreter and package versions."""
    phases: dict[str, float] = field(default_factory=dict)
    """import, build: seconds. First batch, steady and total come from the batches."""
    load: dict[str, Any] = field(default_factory=dict)
    """Load average and steal while it ran; which cores the worker and the app had."""
    peak_memory: int = 0
    evidence: dict[str, Any] = field(default_factory=dict)
    """What counting or profiling found; empty for a run that was timed."""
    batch_count: int = 0
    started: datetime | None = None
    ended: datetime | None = None


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
    """Fingerprint of all that the answer depends on (source, versions, settings); see `analysis.parity`."""
    variant: str
    equivalent: bool
    difference: float
    """Largest absolute weight difference from the reference after the exam; NaN when there was no answer."""
    layer: str
    """The parameter that differs most."""
    tolerance: float
    reason: str = ""
    """Why there is no answer, in one sentence (import failed, crashed, ...)."""
    status: str = "finished"
    """How the exam's process ended: a run status."""
