"""The records that are stored: plain, immutable facts. Statistics are computed from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from lenet.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

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
    """What a user asks for: entries, settings, and the preset they came from.

    `lenet.catalog` says how entries are written; an entry that is named twice races against itself.
    """

    variants: tuple[str, ...]
    settings: Settings
    preset: str = "custom"
    submitter: str = "local"
    instrument: str = "race"
    """The name of one of `lenet.instruments`; `lenet.requests` builds the requests of each."""
    plan: dict[str, Any] = field(default_factory=dict)
    """What the instrument was asked, as plain values. A ladder keeps all its changes here, so that
    an old experiment reads as it was raced."""


@dataclass(frozen=True)
class Experiment:
    """A stored request. `failed`: at least one run did not finish; `reason` is one sentence."""

    id: int
    request: Request
    status: str
    created: datetime
    started: datetime | None = None
    ended: datetime | None = None
    reason: str = ""
    owner: str = ""
    """The process that runs it, as host:pid:boot:token; see `bench.owners`. '' while it waits for
    any runner."""
    machine: dict[str, Any] = field(default_factory=dict)
    """The description that `bench.machine.describe()` gave when it started."""
    uid: str = ""
    """Its name in every database: 32 hexadecimal digits, given when it is stored."""
    origin: dict[str, Any] = field(default_factory=dict)
    """Where an imported experiment was raced: host, its number (id) there, who its file says asked
    for it (submitter), when it was imported and by whom. Empty for an experiment of this database."""
    beat: datetime | None = None
    """When the process that runs it last said that it lives."""
    stop_asked: str = ""
    """Who asked for its end; '' while nobody has."""
    pruned: datetime | None = None
    """When its batches were removed to make room; its figures stay."""
    target: str = ""
    """The machine of the fleet that races it, by its id; '' for one that is raced here."""
    group: str = ""
    """32 hexadecimal digits that the experiments have in common which were asked for as one, one for each
    machine; '' for one that was asked for alone."""


ANY_RUNNER = ""
"""The owner of a queued experiment that waits for whichever runner is free."""
FLEET = "fleet:"
"""The owner of a queued experiment that waits for the machine it names; that of one which runs there is
`fleet:MACHINE:UID`."""


class Freed(NamedTuple):
    """What was removed to make room, or would be."""

    experiments: int
    batch_bytes: int
    """That their batches took in the database."""


class Pending(NamedTuple):
    """What waits or runs, as far as every look at the queue needs it."""

    id: int
    status: str
    owner: str
    """As that of an experiment."""


@dataclass(frozen=True)
class Asked:
    """What a submitter has asked for already."""

    waiting: int
    """Experiments that wait."""
    seconds: float
    """Machine time that they had in the last day, and that is planned for the rest of what waits and
    runs."""


@dataclass(frozen=True)
class RunnerState:
    """A process that races what waits for any runner, as it last said itself."""

    owner: str
    """As `bench.owners` writes it."""
    host: str
    doing: str
    started: datetime
    beat: datetime
    """When it last said that it lives, by the clock of its machine."""


@dataclass(frozen=True)
class Machine:
    """A machine of the fleet, as it last described itself."""

    id: str
    """Random, made once and kept in its data folder: hosts may all be called the same."""
    name: str
    """By which users name it; its host's where they gave it none."""
    host: str
    seen: datetime
    """When it last gave a sign of life, by the head's clock."""
    cpu: str = ""
    cores: int = 0
    memory_bytes: int = 0
    gpus: tuple[str, ...] = ()
    """The GPUs' names."""
    stacks: dict[str, dict[str, str]] = field(default_factory=dict)
    """The stacks in which it can start variants, each with the versions of its own packages."""
    lacking: dict[str, str] = field(default_factory=dict)
    """Variant -> why it cannot be raced there."""
    versions: dict[str, str] = field(default_factory=dict)
    """Of what is the same on every machine of a fleet: lenet, python, ray, and sources, a fingerprint of
    the variants' files."""
    labels: dict[str, str] = field(default_factory=dict)
    """What its owner says of it (rack=3)."""
    slots: int = 1
    """Experiments that it races at once: more than one only where each has a GPU and cores of its own."""
    load: dict[str, float] = field(default_factory=dict)
    """How busy it was at its last sign, as `bench.machine.load()` reads it."""
    draining: bool = False
    """Whether it ends what it races and begins nothing else: an admin asked for that."""


class Placed(NamedTuple):
    """An experiment that waits for a machine of the fleet or runs there, as far as its turn needs it."""

    id: int
    uid: str
    target: str
    submitter: str
    status: str
    instrument: str
    device: str
    served: datetime | None = None
    """When that machine last began an experiment of its submitter's, within the last day."""


@dataclass(frozen=True)
class Run:
    """One variant trained once in one process. Times in seconds, memory in bytes."""

    id: int
    experiment_id: int
    round: int
    label: str
    """The name of an entry's runs: the entry, with `~2` behind a second copy."""
    variant: str
    status: str
    reason: str = ""
    log: str = ""
    """The end of the process's output; kept for runs that did not finish."""
    folder: str = ""
    """Where a running run has its tape, below the data folder."""
    stack: str = "main"
    source_hash: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    """What was really in force (the variant's `facts()`), with interpreter and package versions. A
    finished run on a GPU adds device_peak_bytes, the most that its framework held there at once (no
    key: the framework does not tell)."""
    phases: dict[str, float] = field(default_factory=dict)
    """import, build: seconds. The times of the first batch, the steady batches and the whole run
    come from the batches."""
    load: dict[str, Any] = field(default_factory=dict)
    """Load average and steal while it ran; the cores of the worker and of the app. energy_joules:
    what the hardware's counter (of the processor packages, or of the GPU it trained on) counted
    during its slices (no key: not measured). confirms: its round was to confirm what earlier ones had
    decided. in_fleet: Ray's processes were there too."""
    peak_memory: int = 0
    evidence: dict[str, Any] = field(default_factory=dict)
    """The result of counting or profiling; empty for a run that was timed."""
    batch_count: int = 0
    started: datetime | None = None
    ended: datetime | None = None


BESIDE_PACKAGES = ("python", "numpy")
"""Facts that hold the version of something that every run has."""


def packages_of(facts: Mapping[str, Any]) -> dict[str, str]:
    """Package -> version, for each package that a run needed, read from its `facts`."""
    return {name: str(version) for name, version in (facts.get("packages") or {}).items() if version}


def versions_of(facts: Mapping[str, Any]) -> dict[str, str]:
    """Package -> version, like `packages_of`, with the interpreter (as "python") and NumPy."""
    named = {name: str(facts[name]) for name in BESIDE_PACKAGES if facts.get(name)}
    return {**named, **packages_of(facts)}


def without_versions(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that are not versions: what was in force in the run."""
    versions = (*BESIDE_PACKAGES, "packages", "version")
    return {name: value for name, value in facts.items() if name not in versions}


@dataclass(frozen=True)
class Epoch:
    """Loss and accuracy after one epoch of a run; the NumPy reference evaluates them, untimed."""

    run_id: int
    epoch: int
    test_loss: float
    test_accuracy: float
    batches: int
    """Batches that the run had trained by then."""


@dataclass(frozen=True)
class Paper:
    """What one paper of an exam asks: no weight may be off by more than `tolerance` after so many
    updates of so many images."""

    updates: int
    images: int
    tolerance: float


@dataclass(frozen=True)
class Parity:
    """One exam: did a variant compute what the reference computes?"""

    key: str
    """Fingerprint of the variant's source, versions and settings; see `analysis.exam.parity`."""
    variant: str
    equivalent: bool
    difference: float
    """Largest absolute weight difference from the reference after the exam; NaN when there was no
    answer."""
    layer: str
    """The parameter that differs most; of a missed exam that was looked into, the one in which the
    mistake is (`analysis.exam.diagnosis`)."""
    tolerance: float
    reason: str = ""
    """Why there is no answer, in one sentence (import failed, crashed, ...). Of a missed exam, which
    weights its first update moves wrongly, and the cause where it is known."""
    status: str = "finished"
    """How the exam's process ended; one of RUN_STATUSES."""
    papers: tuple[Paper, ...] = ()
    """What the variant was held to; `difference`, `layer` and `tolerance` are those of the paper that
    it missed, or came nearest to missing. Empty without an answer, and in answers of versions that
    knew one paper only."""


@dataclass(frozen=True)
class Annotation:
    """A user's words on an experiment: the only part of it that may change after it has ended."""

    title: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bundle:
    """An experiment that is over, with all its records: what a file holds, and what `analysis.report.build`
    needs. Nothing in it depends on a database."""

    experiment: Experiment
    """It has the number that it had where it was raced, which `origin` names."""
    annotation: Annotation
    runs: tuple[Run, ...]
    """Numbered from 1 in the order in which they started; without their folders."""
    batches: Mapping[int, npt.NDArray[np.void]]
    """Run number -> rows of `worker.tape.DTYPE`."""
    epochs: tuple[Epoch, ...]
    parities: Mapping[str, Parity]
    """Label -> answer."""


@dataclass(frozen=True)
class Figure:
    """The reported figures of one label of an experiment, kept so that history need not unpack its
    batches.

    They are derived: they may be dropped and computed again at any time. Times in milliseconds, NaN
    where there is none.
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
    """Key from `analysis.circumstances`: only figures with the same key may be compared."""
    versions: dict[str, str]
    """Package -> version, as the label's runs recorded them."""
    instrument: str
    created: datetime
    """When the experiment was asked for; the next three are the experiment's too."""
    submitter: str
    host: str
    cpu: str


@dataclass(frozen=True)
class AuditEntry:
    """What somebody did, or tried to: one row of the audit."""

    user: str
    role: str
    via: str
    """Where it was asked: page, api or shell."""
    action: str
    """One of `hosting.policy.Action`."""
    experiment_id: int | None = None
    outcome: str = "done"
    """done or refused."""
    detail: str = ""
    """What was asked in particular, or why it was refused."""
    at: datetime | None = None
    id: int = 0


@dataclass(frozen=True)
class Token:
    """A key with which a program asks in a user's name; of the key itself only the digest is
    stored."""

    id: int
    name: str
    """What it is for, in its user's words."""
    user: str
    role: str
    """The word of one of `hosting.identity.Role`: what it may do, fixed when it was made."""
    created: datetime
    expires: datetime
    used: datetime | None = None
    """When it was last used, to the minute."""
    revoked: datetime | None = None


@dataclass(frozen=True)
class Filter:
    """Selects experiments of the history; an empty field restricts nothing."""

    variant: str = ""
    """A variant that one of its runs trained; `stack` must be the same run's."""
    stack: str = ""
    version: str = ""
    """Version of a package that one of its runs had: 'tensorflow 2.21', or '2.21' for any package.
    2.21 means 2.21.0 too."""
    host: str = ""
    submitter: str = ""
    tag: str = ""
    text: str = ""
    """A text in its title, note, tags, variants, reason, submitter or host, in either case."""
    instrument: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """Only experiments asked for at `since` or later, and before `until`."""
    limit: int = 100
    before: int | None = None
    """Only experiments with a number below this: the next page."""


@dataclass(frozen=True)
class HistoryPage:
    """A page of the history, newest first; total: how many experiments match the filter in all."""

    experiments: tuple[Experiment, ...]
    total: int


@dataclass(frozen=True)
class Choices:
    """The values that the history can be filtered by, in alphabetical order."""

    variants: tuple[str, ...]
    stacks: tuple[str, ...]
    versions: tuple[str, ...]
    """Each as 'package version'."""
    hosts: tuple[str, ...]
    submitters: tuple[str, ...]
    tags: tuple[str, ...]
    instruments: tuple[str, ...]
