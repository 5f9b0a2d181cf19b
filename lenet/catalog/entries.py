"""The rows of the catalogue's tables: variants, ladders and presets."""

from __future__ import annotations

import ast
import hashlib
import io
import threading
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from lenet.catalog import source_text
from lenet.catalog.entry import Entry
from lenet.errors import BadInput

_LAYOUT_TOKENS = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}

_PARSER = threading.Lock()
_PROJECT = Path(__file__).parents[2]


def parse(text: str) -> ast.Module:
    """The syntax tree of a source text, one at a time.

    Python 3.11 raises SystemError when two threads parse and a garbage collection lets one in
    between the other's steps (python/cpython issue 106905), and exams, races and pages are all
    threads of one process.
    """
    with _PARSER:
        return ast.parse(text)


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
    """It trains so many before it can say that one has ended: only the last one's loss is on the
    tape."""
    tolerance: float = 1e-5
    """Largest absolute weight difference from the reference that counts as equivalent (float32 on
    the CPU)."""
    about: tuple[str, ...] = ()
    """Facts that it is there to change (`jit`, `layout`): a pair that differs in these differs in
    what it compares."""
    caveats: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables its process needs, above all KERAS_BACKEND: a user's own Keras configuration must
    not decide."""
    color: str = ""
    """Its hue on every page, of `charts.colors.HUES`; '' of a rung, which has the look of a variant
    that is not known.

    Never changed: whoever knows a variant by its colour finds it again, whatever else is added."""
    mark: int = 0
    """Which dash and symbol it has, of `charts.colors.MARKS`: what tells it from the variants of
    the same hue."""
    module: str = ""
    """Import path; by default `lenet.variants.<name>`."""
    rung: bool = False
    """It is there for a ladder: one step on the way between two variants."""

    def as_rung(self, name: str, title: str, **changes: Any) -> Variant:
        """The entry of a rung below this variant, whose file is
        `lenet/variants/rungs/<name>.py`."""
        module = f"lenet.variants.rungs.{name}"
        return replace(self, name=name, title=title, module=module, rung=True, color="", mark=0, **changes)

    @property
    def import_path(self) -> str:
        """The module that the worker imports."""
        return self.module or f"lenet.variants.{self.name}"

    @property
    def file(self) -> Path:
        """The variant's source file."""
        return _file(self.import_path)

    def mistake(self) -> str:
        """Why Python cannot read its file, or a file that it builds on, in one sentence; '' when it
        can.

        Importing it may still say more: that is for the process that trains it.
        """
        try:
            _with_parents(self.file)
        except BadInput as error:
            return str(error)
        return ""

    def source_hash(self) -> str:
        """Fingerprint of the source by its tokens: comments and layout may change, the program may
        not.

        The files that it builds on (a rung's parents) are part of it. '' when there is a `mistake`.
        """
        if self.mistake():
            return ""
        texts = (_tokens(file) for file in sorted(_with_parents(self.file)))
        return hashlib.sha256("\0\0".join(texts).encode()).hexdigest()[:16]


def _file(module: str) -> Path:
    return _PROJECT / (module.replace(".", "/") + ".py")


def _with_parents(file: Path) -> set[Path]:
    """A source file and, at whatever depth, the variants that it imports. Raises BadInput when one
    cannot be read as Python."""
    found, unread = {file}, [file]
    while unread:
        parents = {_file(name) for name in _imported(unread.pop())} - found
        unread += [parent for parent in parents if parent.is_file()]
        found.update(unread)
    return found


def _imported(file: Path) -> tuple[str, ...]:
    """Modules below `lenet.variants` that a file imports, and names that may be modules. Raises
    BadInput."""
    try:
        state = file.stat()
        return _imports(file, state.st_mtime_ns, state.st_size)
    except FileNotFoundError as error:
        raise BadInput(f"{_place(file)} is not there; write it, or take its entry out of the catalogue.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise BadInput(f"{_place(file)} cannot be read as Python ({_why(error)}); correct it.") from error


def _place(file: Path) -> str:
    return file.relative_to(_PROJECT).as_posix() if file.is_relative_to(_PROJECT) else str(file)


def _why(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        return f"{error.msg}, line {error.lineno}" if error.lineno else error.msg
    if isinstance(error, UnicodeDecodeError):
        return f"it is no text in {error.encoding.upper()}"
    return getattr(error, "strerror", None) or str(error)


@lru_cache(maxsize=512)
def _imports(file: Path, changed: int, size: int) -> tuple[str, ...]:
    """As `_imported`, read again when the file has changed (by its time in ns and its size in
    bytes)."""
    names: list[str] = []
    for node in ast.walk(parse(source_text.read(file))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names if alias.name.startswith("lenet.variants.")]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lenet.variants"):
            names += [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(names)


def _tokens(file: Path) -> str:
    tokens = tokenize.generate_tokens(io.StringIO(source_text.read(file)).readline)
    return "\0".join(token.string for token in tokens if token.type not in _LAYOUT_TOKENS)


@dataclass(frozen=True)
class Change:
    """One difference between the two ends of a ladder: what the start does and the end does not."""

    title: str
    after: str
    """The entry with this change and all earlier ones made; the last change's is the ladder's
    end."""
    without: str = ""
    """The entry with all later changes made, but neither this one nor an earlier one; '' where
    nobody wrote it."""


@dataclass(frozen=True)
class Ladder:
    """A path from one variant to another, one change a rung.

    `forward` makes the changes in their order; `backward` undoes them on the end in the same order,
    so that each change is met twice: before the later ones are made, and after. What the two say of
    it apart is interaction.
    """

    name: str
    title: str
    start: str
    changes: tuple[Change, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    """The defaults of its race, beside those of all ladders."""

    @property
    def end(self) -> str:
        """The entry with every change made."""
        return self.changes[-1].after

    def forward(self) -> list[str]:
        """n+1 entries from start to end; the k-th has the first k changes made."""
        return [self.start, *(change.after for change in self.changes)]

    def backward(self) -> list[str] | None:
        """n+1 entries from end to start; the k-th has the first k changes undone. None when it is
        not walked."""
        undone = [change.without for change in self.changes[:-1]]
        return [self.end, *undone, self.start] if undone and all(undone) else None

    @property
    def entries(self) -> list[str]:
        """Everything that takes part in its race, each once, in the order of the walks."""
        return list(dict.fromkeys([*self.forward(), *(self.backward() or [])]))

    def in_stack(self, stack: str) -> Ladder:
        """The same ladder with every entry in `stack`, whatever stack the catalogue has it in."""
        changes = tuple(
            replace(change, after=_in_stack(change.after, stack), without=_in_stack(change.without, stack))
            for change in self.changes
        )
        return replace(
            self,
            name=str(Entry(self.name, stack)),
            title=f"{self.title} @ {stack}",
            start=_in_stack(self.start, stack),
            changes=changes,
        )


def _in_stack(entry: str, stack: str) -> str:
    return str(Entry.parse(entry).in_stack(stack)) if entry else ""


def steady(name: str) -> str:
    """The entry of a variant with the steady allocator of its own, over the ladder's, which has it
    as it is shipped."""
    return str(Entry(name).having({"allocator": "steady"}))


@dataclass(frozen=True)
class Preset:
    """A ready choice of variants and settings."""

    name: str
    title: str
    description: str
    variants: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)
