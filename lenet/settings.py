"""The settings of an experiment: one table that the page, the shell and the store share."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lenet.errors import BadInput

TRAINING_IMAGES = 60_000


def _usable_cores() -> tuple[int, ...]:
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


CORES = _usable_cores()
"""Cores this process may use, read once: during a race the app moves itself off some of them."""


def default_threads() -> int:
    """All cores, but one for the app where there are more than two: watching must not slow what is watched."""
    return len(CORES) - 1 if len(CORES) > 2 else len(CORES)


@dataclass(frozen=True)
class Option:
    """How one setting is named, explained and bounded; `choices` for a closed list, else a range.

    suffixes: what may stand behind its number, and how much it is worth, the one it is written with first;
    example: how it is usually written.
    """

    label: str
    help: str
    unit: str = ""
    low: float = 0
    high: float = math.inf
    above_low: bool = False
    choices: tuple[str, ...] = ()
    suffixes: tuple[tuple[str, float], ...] = ()
    example: str = ""


def _option(default: Any, label: str, help: str, **bounds: Any) -> Any:
    return field(default=default, metadata={"option": Option(label, help, **bounds)})


@dataclass(frozen=True)
class Settings:
    """What every variant of an experiment is run with. Build it with `parse`, which checks each value."""

    batch_size: int = _option(32, "Batch size", "Images per update.", low=1, high=TRAINING_IMAGES)
    epochs: int = _option(1, "Epochs", "Passes over the images.", low=1, high=1000)
    images_per_epoch: int = _option(
        TRAINING_IMAGES,
        "Images per epoch",
        "How many training images one epoch walks through; a last partial batch is left out.",
        low=1,
        high=TRAINING_IMAGES,
    )
    learning_rate: float = _option(
        0.01, "Learning rate", "Step size of SGD, per batch.", low=0, high=1000, above_low=True
    )
    momentum: float = _option(0.9, "Momentum", "Classical momentum of SGD; 0 is plain SGD.", low=0, high=1)
    seed: int = _option(7439, "Seed", "Makes the initial weights and the order of the images.", low=0, high=2**31 - 1)
    rounds: int = _option(
        3,
        "Rounds",
        "How often every variant runs in a fresh process, at least so often where a precision is asked for. The "
        "interval stands on these.",
        low=1,
        high=1000,
    )
    precision: float = _option(
        0.0,
        "Precision",
        "Rounds go on until every ratio is known this well to either side; 0: exactly the rounds asked for.",
        low=0,
        high=0.2,
        suffixes=(("%", 0.01),),
        example="2%",
    )
    budget: int = _option(
        600,
        "Budget",
        "With a precision: how long the race may take. No round is added that would end later.",
        unit="s",
        low=1,
        high=604_800,
        suffixes=(("m", 60), ("min", 60), ("h", 3600), ("s", 1)),
        example="10m",
    )
    slice_ms: int = _option(
        50,
        "Slice length",
        "How long a run trains before the next has its turn; 0: one run after the other, as the original was timed.",
        unit="ms",
        low=0,
        high=60_000,
    )
    sync: str = _option(
        "batch",
        "Wait for the result",
        "After each batch, or only at the end of a slice (then a batch time is when it was handed over).",
        choices=("batch", "epoch"),
    )
    threads: int = _option(0, "Threads", "Threads a framework may use; 0: this machine's default.", low=0, high=1024)
    device: str = _option(
        "cpu", "Device", "Where variants must run; falling back counts as failed.", choices=("cpu", "gpu")
    )
    allocator: str = _option(
        "shipped",
        "Memory allocator",
        "As the system ships it, or steady: the C allocator keeps what it has, which removes its lottery.",
        choices=("shipped", "steady"),
    )
    timeout: int = _option(
        180, "Time-out", "A run that makes no progress for this long is ended.", unit="s", low=1, high=86_400
    )

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Settings:
        """Settings from text or numbers; missing ones take their default.

        Raises BadInput, with one sentence, for an unknown name, a wrong type or a value out of bounds.
        """
        known = {f.name: f for f in dataclasses.fields(cls)}
        for name in values:
            if name not in known:
                raise BadInput(f"There is no setting {name!r}; the settings are {', '.join(known)}.")
        checked = {name: _check(name, known[name], value) for name, value in values.items()}
        settings = cls(**checked)
        if settings.batch_size > settings.images_per_epoch:
            raise BadInput(
                f"A batch of {settings.batch_size} does not fit into {settings.images_per_epoch} images per epoch; "
                "choose a smaller batch size or more images."
            )
        if settings.budget != cls.budget and not settings.precision:
            raise BadInput("A budget ends a race that has a precision; name one, such as 2%, or leave the budget out.")
        return settings if settings.threads else dataclasses.replace(settings, threads=default_threads())

    @property
    def batches_per_epoch(self) -> int:
        """Full batches in one epoch; a last partial batch is left out."""
        return self.images_per_epoch // self.batch_size

    @property
    def batches(self) -> int:
        """Full batches in one run."""
        return self.batches_per_epoch * self.epochs

    def as_dict(self) -> dict[str, Any]:
        """All settings as plain values, in the order of this table."""
        return dataclasses.asdict(self)


def option(name: str) -> Option:
    """The label, help and bounds of the setting `name`."""
    return OPTIONS[name]


def _check(name: str, f: dataclasses.Field[Any], value: Any) -> Any:
    bounds: Option = f.metadata["option"]
    if bounds.choices:
        if value not in bounds.choices:
            raise BadInput(f"{bounds.label} must be one of {', '.join(bounds.choices)}, not {value!r}.")
        return value
    kind = type(f.default)
    number = _number(bounds, kind, value)
    inside = bounds.low <= number <= bounds.high and not (bounds.above_low and number == bounds.low)
    if not inside:
        raise BadInput(f"{bounds.label} must be {_range(bounds, kind)}, not {value!r}.")
    return number


def _number(bounds: Option, kind: type, value: Any) -> Any:
    wanted = f"{bounds.label} must be {_range(bounds, kind)}, not {value!r}."
    if isinstance(value, bool):
        raise BadInput(wanted)
    try:
        number = _read(bounds, value)
    except (TypeError, ValueError):
        raise BadInput(wanted) from None
    if not math.isfinite(number) or (kind is int and number != int(number)):
        raise BadInput(wanted)
    return kind(number)


def _read(bounds: Option, value: Any) -> float:
    """Decimal suffixes are worth what they say: 1.1% is 0.011, not 0.011000000000000001."""
    text = value.strip() if isinstance(value, str) else value
    for suffix, worth in bounds.suffixes:
        if isinstance(text, str) and text.endswith(suffix):
            return round(float(text.removesuffix(suffix)) * worth, 12)
    return float(text)


def written(name: str, value: Any) -> str:
    """How a setting is written: 0.02 as 2%, 600 s as 10m; what `Settings.parse` reads as the same value."""
    for suffix, worth in OPTIONS[name].suffixes if value else ():
        count = round(value / worth, 10)
        if worth < 1 or count == int(count):
            return f"{count:.10g}{suffix}"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _range(bounds: Option, kind: type) -> str:
    noun = "a whole number" if kind is int else "a number"
    start = "above" if bounds.above_low else "from"
    unit = f" {bounds.unit}" if bounds.unit else ""
    such = f", such as {bounds.example}" if bounds.example else ""
    end = "and up" if math.isinf(bounds.high) else f"to {bounds.high:.12g}"
    return f"{noun} {start} {bounds.low:g} {end}{unit}{such}"


OPTIONS: dict[str, Option] = {f.name: f.metadata["option"] for f in dataclasses.fields(Settings)}
