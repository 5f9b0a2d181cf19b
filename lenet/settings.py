"""The settings of an experiment, in one table that page, shell and store share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import Field, asdict, dataclass, field, fields, replace
from typing import Any

from lenet import quota
from lenet.errors import BadInput
from lenet.facets import EVERY, RACE, TIMED, TURNS, Facets, Instrument, OrElse
from lenet.option import Lines, Option, Switch

TRAINING_IMAGES = 60_000


def _usable_cores() -> tuple[int, ...]:
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


CORES = _usable_cores()
"""Cores that this process may use, read once: during a race the app leaves some of them."""


def default_threads() -> int:
    """All cores that the affinity mask and a container's quota allow, but one for the app where
    there are more than two: watching must not slow what is watched. Of a quota only whole cores
    count."""
    usable = quota.whole_cores(len(CORES))
    return usable - 1 if usable > 2 else usable


def _option(default: Any, *about: Any, kind: type[Option] = Option, **bounds: Any) -> Any:
    """A field of `Settings`. about: label, help, Facets; bounds: the other fields of `Option`."""
    return field(default=default, metadata={"about": about, "bounds": bounds, "kind": kind})


@dataclass(frozen=True)
class Settings:
    """The settings of an experiment. Build them with `parse`, which checks each value."""

    batch_size: int = _option(
        32,
        "Batch size",
        "Images per update.",
        Facets(
            exam="what",
            circumstance="batch size {}",
            own="titled",
            shown="yes",
            asked_by=EVERY - {"law"},
        ),
        low=1,
        high=TRAINING_IMAGES,
    )
    epochs: int = _option(
        1,
        "Epochs",
        "Passes over the images.",
        Facets(exam="what", circumstance=None, own="untitled", shown="yes", asked_by=RACE),
        low=1,
        high=1000,
    )
    images_per_epoch: int = _option(
        TRAINING_IMAGES,
        "Images per epoch",
        "How many training images one epoch walks through; a last partial batch is left out.",
        Facets(
            exam="what",
            circumstance="{:,} images",
            own="untitled",
            shown="yes",
            asked_by=TIMED,
        ),
        low=1,
        high=TRAINING_IMAGES,
    )
    learning_rate: float = _option(
        0.01,
        "Learning rate",
        "Step size of SGD, per batch.",
        Facets(exam="what", circumstance=None, own="no", shown="no", asked_by=RACE),
        low=0,
        high=1000,
        above_low=True,
    )
    momentum: float = _option(
        0.9,
        "Momentum",
        "Classical momentum of SGD; 0 is plain SGD.",
        Facets(exam="what", circumstance=None, own="no", shown="no", asked_by=RACE),
        low=0,
        high=1,
    )
    seed: int = _option(
        7439,
        "Seed",
        "Makes the initial weights and the order of the images.",
        Facets(exam="what", circumstance=None, own="no", shown="no", asked_by=EVERY),
        low=0,
        high=2**31 - 1,
    )
    rounds: int = _option(
        3,
        "Rounds",
        "How often every variant runs, each time in a fresh process; with a precision or lines to decide, at "
        "least so often. The interval is worked out from these rounds.",
        Facets(exam="no", circumstance=None, own="no", shown="yes", asked_by=TIMED),
        low=1,
        high=1000,
    )
    precision: float = _option(
        0.0,
        "Precision",
        "Rounds go on until every ratio is known to ± this; 0: exactly the rounds asked for.",
        Facets(exam="no", circumstance=None, own="no", shown="where open", asked_by=RACE),
        low=0,
        high=0.2,
        suffixes=(("%", 0.01),),
        example="2%",
    )
    decide: str = _option(
        "",
        "Decide",
        "Rounds go on until every ratio lies on one side of each of these lines, as far as the budget goes; empty: "
        "exactly the rounds asked for.",
        Facets(exam="no", circumstance=None, own="no", shown="where open", asked_by=RACE),
        kind=Lines,
        low=0,
        high=1,
        example="0%,3%",
    )
    most_rounds: int = _option(
        0,
        "Most rounds",
        "With lines to decide: the rounds over which the evidence is judged; 0: as many as the budget is "
        "expected to hold.",
        Facets(exam="no", circumstance=None, own="no", shown="where open", asked_by=RACE),
        low=0,
        high=60,
    )
    confirm: bool = _option(
        False,
        "Confirm",
        "With lines to decide: nothing is said before a second race of fresh rounds, judged by themselves, has "
        "decided the same.",
        Facets(exam="no", circumstance=None, own="no", shown="where open", asked_by=RACE),
        kind=Switch,
    )
    budget: int = _option(
        600,
        "Budget",
        "With a precision or lines to decide: how long the race may take. No round is added that would end later.",
        Facets(exam="no", circumstance=None, own="no", shown="where open", asked_by=RACE),
        unit="s",
        low=1,
        high=604_800,
        suffixes=(("m", 60), ("min", 60), ("h", 3600), ("s", 1)),
        example="10m",
    )
    twin: bool = _option(
        False,
        "Twin",
        "Race a second copy of the first variant beside it in every round: it competes with none, and shows how far "
        "apart this very race has equal programs.",
        Facets(exam="no", circumstance=None, own="no", shown="where set", asked_by=RACE),
        kind=Switch,
    )
    slice_ms: int = _option(
        25,
        "Turn length",
        "How long a run trains before the next, at least six batches; 0: one run after the other, as in the original.",
        Facets(exam="no", circumstance=TURNS, own="no", shown="no", asked_by=TIMED),
        unit="ms",
        low=0,
        high=60_000,
    )
    sync: str = _option(
        "batch",
        "Wait for the result",
        "After each batch, or only at the end of a slice; batch times then end at the hand-over.",
        Facets(
            exam="no",
            circumstance="waits per {}",
            own="no",
            shown="no",
            asked_by=TIMED,
        ),
        choices=("batch", "epoch"),
    )
    threads: int = _option(
        0,
        "Threads",
        "Threads a framework may use; 0: this machine's default.",
        Facets(
            exam="where",
            circumstance="{} thread{s}",
            own="titled",
            shown="yes",
            asked_by=EVERY,
        ),
        low=0,
        high=1024,
    )
    cores: int = _option(
        0,
        "Cores",
        "Cores on which a program may run; 0: as many as it has threads.",
        Facets(
            exam="no",
            circumstance=OrElse("Cores", "on {} core{s}", "on as many cores"),
            own="titled",
            shown="where set",
            asked_by=EVERY,
        ),
        low=0,
        high=1024,
    )
    device: str = _option(
        "cpu",
        "Device",
        "Where variants must run; a variant that falls back to another device has failed.",
        Facets(exam="where", circumstance="{}", own="no", shown="yes", asked_by=EVERY),
        choices=("cpu", "gpu"),
    )
    allocator: str = _option(
        "shipped",
        "Memory allocator",
        "As shipped, or steady: it keeps all memory, so that no process is slow or fast by chance.",
        Facets(exam="no", circumstance="{} allocator", own="titled", shown="yes", asked_by=EVERY),
        choices=("shipped", "steady"),
    )
    timeout: int = _option(
        180,
        "Time-out",
        "A run that makes no progress for this long is ended.",
        Facets(exam="no", circumstance=None, own="no", shown="no", asked_by=EVERY),
        unit="s",
        low=1,
        high=86_400,
    )

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Settings:
        """Settings from texts or numbers; missing ones take their default.

        Raises BadInput, with one sentence, for an unknown name, a wrong type or a value out of
        bounds.
        """
        for name in values:
            if name not in OPTIONS:
                raise BadInput(f"There is no setting {name!r}; the settings are {', '.join(OPTIONS)}.")
        settings = cls(**{n: OPTIONS[n].read(v, type(getattr(cls, n))) for n, v in values.items()})
        if settings.batch_size > settings.images_per_epoch:
            raise BadInput(
                f"A batch of {settings.batch_size} does not fit into {settings.images_per_epoch} images per epoch; "
                "choose a smaller batch size or more images."
            )
        settings._check_ends()
        return settings if settings.threads else replace(settings, threads=default_threads())

    def _check_ends(self) -> None:
        """Raise BadInput where what ends the race does not fit together."""
        if self.precision and self.decide:
            raise BadInput("A race goes on for a precision or for lines to decide, not for both; leave one out.")
        if self.budget != type(self).budget and not self.open_ended:
            raise BadInput(
                "A budget ends a race that has a precision, such as 2%, or lines to decide, such as 0%,3%; "
                "name one, or leave the budget out."
            )
        if self.most_rounds and not self.decide:
            raise BadInput("Most rounds are those of a race with lines to decide; name them, such as 0%,3%.")
        if self.confirm and not self.decide:
            raise BadInput("What is confirmed are lines that were decided; name them, such as 0%,3%.")

    @property
    def open_ended(self) -> bool:
        """Whether rounds go on until something is known, or the budget ends."""
        return bool(self.precision or self.decide)

    @property
    def lines(self) -> tuple[float, ...]:
        """The lines to decide, as shares, in order: (0.0, 0.03); () for none."""
        return tuple(float(line.removesuffix("%")) / 100 for line in self.decide.split(",") if line)

    @property
    def batches_per_epoch(self) -> int:
        """Full batches in one epoch; a last partial batch is left out."""
        return self.images_per_epoch // self.batch_size

    @property
    def batches(self) -> int:
        """Full batches in one run."""
        return self.batches_per_epoch * self.epochs

    def as_dict(self) -> dict[str, Any]:
        """Name -> plain value of every setting, in the order of this table."""
        return asdict(self)


def _described(setting: Field[Any]) -> Option:
    about = setting.metadata.get("about", ())
    if len(about) != 3 or not isinstance(about[2], Facets):
        how = "_option(default, label, help, Facets(...), ...)"
        raise TypeError(f"Setting {setting.name!r} does not say what it is for; declare it by {how}.")
    kind: type[Option] = setting.metadata["kind"]
    return kind(*about, **setting.metadata["bounds"])


OPTIONS: dict[str, Option] = {f.name: _described(f) for f in fields(Settings)}


def names(wanted: Callable[[Facets], bool]) -> tuple[str, ...]:
    """The settings whose facets pass the test `wanted`, in the order of the table."""
    return tuple(name for name, option in OPTIONS.items() if wanted(option.facets))


def asked_by(*instruments: Instrument) -> tuple[str, ...]:
    """The settings that the form or command of any of these instruments asks for."""
    return names(lambda facets: not facets.asked_by.isdisjoint(instruments))


def written(name: str, value: Any) -> str:
    """Write a setting so that `Settings.parse` reads the same value: 0.02 as 2%, 600 s as 10m."""
    return OPTIONS[name].written(value)
