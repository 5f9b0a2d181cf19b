"""The table of variants and presets. Imports no framework; a variant's file is named after it.

Adding a variant: its file in `lenet/variants/`, and one entry here.
"""

from __future__ import annotations

import difflib
import hashlib
import io
import tokenize
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lenet.errors import BadInput

VARIANTS_FOLDER = Path(__file__).parent / "variants"
KERAS_ON_TENSORFLOW = {"KERAS_BACKEND": "tensorflow"}
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


VARIANTS: dict[str, Variant] = {
    v.name: v
    for v in (
        Variant("numpy_reference", "NumPy reference", ("numpy",), caveats=("Computes in float64.",)),
        Variant(
            "tensorflow_graph",
            "TensorFlow graph",
            ("tensorflow",),
            caveats=("Fetches the loss of every batch; the issue's program ran the training operation alone.",),
        ),
        Variant(
            "tensorflow_function",
            "TensorFlow function",
            ("tensorflow",),
            caveats=("Uses TensorFlow's own momentum optimizer (tf.compat.v1); the tutorials use Keras's.",),
        ),
        Variant(
            "tensorflow_eager",
            "TensorFlow eager",
            ("tensorflow",),
            caveats=("Uses TensorFlow's own momentum optimizer (tf.compat.v1); the tutorials use Keras's.",),
        ),
        Variant(
            "keras_fit",
            "Keras fit",
            ("keras", "tensorflow"),
            environment=KERAS_ON_TENSORFLOW,
            owns_loop=True,
            shuffles=True,
            running_loss=True,
            caveats=(
                "Shuffles the images itself, as the issue's program did: same images, its own batches.",
                "Its progress bar is drawn after a batch's end and counts towards the next batch.",
            ),
        ),
        Variant(
            "keras_train_on_batch",
            "Keras train_on_batch",
            ("keras", "tensorflow"),
            environment=KERAS_ON_TENSORFLOW,
            caveats=(
                "Makes one-hot labels in every step; a user's own loop would make them once, before training.",
                "Keras reads loss and accuracy back on every batch, also where the experiment does not wait.",
            ),
        ),
    )
}

PRESETS: dict[str, Preset] = {
    p.name: p
    for p in (
        Preset(
            "quick",
            "Quick look",
            "Keras against TensorFlow on a part of the images: a first answer within a minute on two cores.",
            ("tensorflow_graph", "keras_fit"),
            {"images_per_epoch": 6400, "epochs": 1, "rounds": 3},
        ),
        Preset(
            "issue7439",
            "Issue 7439",
            "The original question at its full size: batch 32, 12 epochs, all 60,000 images.",
            ("tensorflow_graph", "keras_fit"),
            {"batch_size": 32, "epochs": 12, "learning_rate": 0.01, "momentum": 0.9, "images_per_epoch": 60_000},
        ),
    )
}


def variant(name: str) -> Variant:
    """The variant called `name`; `name@stack` is the same variant in another stack.

    Raises BadInput, with the nearest names, when there is none.
    """
    plain, at, stack = name.partition("@")
    if plain in VARIANTS:
        found = VARIANTS[plain]
        return replace(found, stack=stack, title=f"{found.title} @ {stack}") if at else found
    near = difflib.get_close_matches(plain, VARIANTS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "`python -m lenet variants` lists them."
    raise BadInput(f"There is no variant {plain!r}; {hint}")


def preset(name: str) -> Preset:
    """The preset called `name`. Raises BadInput when there is none."""
    if name not in PRESETS:
        raise BadInput(f"There is no preset {name!r}; the presets are {', '.join(PRESETS)}.")
    return PRESETS[name]


def labels(names: Iterable[str]) -> list[str]:
    """A label for each variant of an experiment: its name, with ~2, ~3 behind a name that comes again."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}~{seen[name]}")
    return result


def of_label(label: str) -> Variant | None:
    """The variant that a run's label names; None when this version of the program has it no more."""
    name = label.partition("~")[0]
    return variant(name) if name.partition("@")[0] in VARIANTS else None


def title(label: str) -> str:
    """How a run's label reads to a person: 'Keras fit', 'Keras fit @ tf216', 'Keras fit (2)'."""
    name, _, copy = label.partition("~")
    known = of_label(label)
    text = known.title if known else name
    return f"{text} ({copy})" if copy else text
