"""Stacks: interpreters with pinned packages in which variants run. `main` is the app's own."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from lenet.catalog import Variant
from lenet.errors import Unavailable


@dataclass(frozen=True)
class Availability:
    """Whether a variant can run here; if not, `reason` says what to do. `versions` by distribution."""

    available: bool
    reason: str = ""
    versions: dict[str, str] = field(default_factory=dict)


def interpreter(stack: str) -> Path:
    """The Python that runs `stack`. Raises Unavailable when this machine has none."""
    if stack != "main":
        raise Unavailable(f"There is no stack {stack!r} on this machine.")
    return Path(sys.executable)


def availability(variant: Variant) -> Availability:
    """Whether `variant` can run here, found out from package metadata: nothing is imported."""
    versions = {}
    for package in variant.packages:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            advice = f"{package} is not installed; `pip install -r requirements.txt` installs it."
            return Availability(False, advice)
    return Availability(True, versions=versions)
