"""What the catalogue's tables hold: variants and presets."""

from __future__ import annotations

import hashlib
import io
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_LAYOUT_TOKENS = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}


@dataclass(frozen=True)
class Variant:
    """One way to train LeNet."""

    name: str
    title: str
    packages: tuple[str, ...]
    """Distributions it needs; their versions are read from the packages and recorded."""
    stack: str = "main"
    owns_loop: bool = False
    """It has `fit`, not `step`."""
    shuffles: bool = False
    """It draws its own order of the images, so its batches are not the others' batches."""
    running_loss: bool = False
    """The loss it reports is the mean over the epoch so far, not the batch's own."""
    batches_per_call: int = 1
    """It trains so many before it can say that one has ended: only the last one's loss is on the tape."""
    tolerance: float = 1e-5
    """Largest absolute weight difference from the reference that counts as equivalent (float32 on the CPU)."""
    caveats: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables its process needs, above all KERAS_BACKEND: a user's own Keras configuration must not decide."""
    module: str = ""
    """Import path; by default `lenet.variants.<name>`."""

    @property
    def import_path(self) -> str:
        """What the worker imports."""
        return self.module or f"lenet.variants.{self.name}"

    @property
    def file(self) -> Path:
        """The variant's source file."""
        return Path(__file__).parent.parent / (self.import_path.replace(".", "/") + ".py")

    def source_hash(self) -> str:
        """Fingerprint of the source by its tokens: comments and layout may change, the program may not."""
        tokens = tokenize.generate_tokens(io.StringIO(self.file.read_text(encoding="utf-8")).readline)
        text = "\0".join(token.string for token in tokens if token.type not in _LAYOUT_TOKENS)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Preset:
    """A ready choice of variants and settings."""

    name: str
    title: str
    description: str
    variants: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)
