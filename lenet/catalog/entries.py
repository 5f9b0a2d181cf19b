"""The records in the catalogue's tables: variants, ladders and presets."""

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
from typing import Any, Literal

from lenet.catalog import source_text
from lenet.catalog.entry import Entry
from lenet.errors import BadInput
from lenet.program import PACKAGE, PROJECT

WrittenAs = Literal["tutorial", "bare", "expert", "control", "original"]

_LAYOUT_TOKENS = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}

_PARSER = threading.Lock()
_BELOW = "lenet.variants"


def parse(text: str) -> ast.Module:
    """Parse a source text, one at a time.

    Python 3.11 raises SystemError when a garbage collection switches between two threads that parse
    (python/cpython issue 106905); exams, races and pages are threads of one process.
    """
    with _PARSER:
        return ast.parse(text)


def _keep_tuples(row: object, *names: str) -> None:
    """Read `("numpy")`, a tuple of one without its comma, as the tuple that was meant; lists as
    tuples."""
    for name in names:
        value = getattr(row, name)
        one = isinstance(value, str | Change)
        object.__setattr__(row, name, (value,) if one else tuple(value))


@dataclass(frozen=True)
class Variant:
    """One way to train LeNet."""

    name: str
    title: str
    packages: tuple[str, ...]
    """The distributions that it needs; their versions are read from the packages and recorded."""
    stack: str = "main"
    owns_loop: bool = False
    """It has `fit` instead of `step`."""
    shuffles: bool = False
    """It puts the images in an order of its own, so its batches differ from the others'."""
    running_loss: bool = False
    """The loss it reports is the mean over the epoch so far, not the batch's own."""
    batches_per_call: int = 1
    """Batches that it trains in one call; only the last one's loss is on the tape."""
    tolerance: float = 1e-5
    """Largest absolute weight difference from the reference that is equivalent (float32, CPU)."""
    written_as: WrittenAs = "bare"
    """Who would write it so: a user who follows the tutorial, one who wants no more than training ..."""
    work: tuple[str, ...] = ()
    """What it does beside training and shuffling, as verbs: 'counts accuracy'."""
    about: tuple[str, ...] = ()
    """The facts that it is there to change (`jit`, `layout`): a pair may differ in these."""
    caveats: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables of its process. KERAS_BACKEND keeps a user's Keras configuration from deciding."""
    color: str = ""
    """A hue of its family (TensorFlow, Keras ...), one of `charts.colors.HUES`; '' for none."""
    mark: int = 0
    """Its place in its family, which decides its shade, dash, symbol and pattern on every page. It
    never changes, so that whoever knows a variant by its look finds it again."""
    module: str = ""
    """Import path; by default `lenet.variants.<name>`."""
    unavailable: str = ""
    """Why it can be raced nowhere yet, found by trying, in a sentence; '' for one that can."""
    rung: bool = False
    """It is one step of a ladder, between two variants."""
    path: str = ""
    """Its file outside the repository; '' for one that ships."""
    fault: str = ""
    """Why a file of the user's own cannot be used, in one sentence; '' where nothing is wrong."""

    def __post_init__(self) -> None:
        _keep_tuples(self, "packages", "work", "about", "caveats")

    def as_rung(self, name: str, title: str, **changes: Any) -> Variant:
        """A rung based on this variant; its file is `lenet/variants/rungs/<name>.py`.

        It is a control, whatever its parent is: it was written to find something out, and its work
        may be another.
        """
        module = f"lenet.variants.rungs.{name}"
        return replace(self, name=name, title=title, module=module, rung=True, written_as="control", work=(), **changes)

    @property
    def import_path(self) -> str:
        """The module that the worker imports."""
        return self.module or f"lenet.variants.{self.name}"

    @property
    def file(self) -> Path:
        """The variant's source file."""
        return Path(self.path) if self.path else _file(self.import_path)

    def mistake(self) -> str:
        """Why Python cannot read its file, or a file that it builds on, in one sentence; '' when it
        can.

        An import may still fail; the process that trains it finds out.
        """
        try:
            self.sources()
        except BadInput as error:
            return str(error)
        return self.fault

    def sources(self) -> list[Path]:
        """Its file and those that it builds on: a rung's parents, what lies beside a file of the
        user's own and is imported there. Raises BadInput where Python cannot read one."""
        return sorted(_with_parents(self.file))

    def source_hash(self) -> str:
        """Fingerprint of the source by its tokens: comments and layout may change, the program may
        not.

        It includes the files that this one builds on. '' when there is a `mistake`.
        """
        if self.mistake():
            return ""
        texts = (_tokens(file) for file in self.sources())
        return hashlib.sha256("\0\0".join(texts).encode()).hexdigest()[:16]


def _file(module: str) -> Path:
    return PROJECT / (module.replace(".", "/") + ".py")


def _with_parents(file: Path) -> set[Path]:
    """A source file and, at any depth, the variants and the files beside it that it imports. Raises
    BadInput."""
    files, unread = {file}, [file]
    while unread:
        child = unread.pop()
        parents = {place for name in _imported(child) if (place := _place_of(name, child))} - files
        unread += [parent for parent in parents if parent.is_file()]
        files.update(unread)
    return files


def _place_of(module: str, importer: Path) -> Path | None:
    """The file that a module may be: a variant, or one beside a file of the user's own."""
    if module.startswith(_BELOW):
        return _file(module)
    return None if importer.is_relative_to(PACKAGE) else importer.with_name(module.partition(".")[0] + ".py")


def _imported(file: Path) -> tuple[str, ...]:
    """The modules that a file imports, and names that it imports from variants: those may be modules.

    Raises BadInput when Python cannot read the file.
    """
    try:
        state = file.stat()
        return _imports(file, state.st_mtime_ns, state.st_size)
    except FileNotFoundError as error:
        raise BadInput(f"{_place(file)} is not there; write it, or take its entry out of the catalogue.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise BadInput(f"{_place(file)} cannot be read as Python ({_why(error)}); correct it.") from error


def _place(file: Path) -> str:
    return file.relative_to(PROJECT).as_posix() if file.is_relative_to(PROJECT) else str(file)


def _why(error: Exception) -> str:
    if isinstance(error, SyntaxError):
        return f"{error.msg}, line {error.lineno}" if error.lineno else error.msg
    if isinstance(error, UnicodeDecodeError):
        return f"it is not text in {error.encoding.upper()}"
    return getattr(error, "strerror", None) or str(error)


@lru_cache(maxsize=512)
def _imports(file: Path, changed: int, size: int) -> tuple[str, ...]:
    """Like `_imported`, but cached until the file changes: its time in ns, or its size in bytes."""
    names: list[str] = []
    for node in ast.walk(parse(source_text.read(file))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module)
            if node.module.startswith(_BELOW):
                names += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(names)


def _tokens(file: Path) -> str:
    tokens = tokenize.generate_tokens(io.StringIO(source_text.read(file)).readline)
    return "\0".join(token.string for token in tokens if token.type not in _LAYOUT_TOKENS)


@dataclass(frozen=True)
class Change:
    """One difference between the two ends of a ladder; the start has it, the end does not."""

    title: str
    after: str
    """The entry with this and all earlier changes made; the last change's is the ladder's end."""
    without: str = ""
    """The entry with all later changes made, but not this or an earlier one; '' without one."""


@dataclass(frozen=True)
class Ladder:
    """A path from one variant to another, one change per rung.

    `forward` makes the changes in order. `backward` undoes them from the end in the same order. So
    each change is measured twice: before the later ones are made, and after. The difference between
    the two is interaction.
    """

    name: str
    title: str
    start: str
    changes: tuple[Change, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    """Default settings of its race, beside the defaults of all ladders."""

    def __post_init__(self) -> None:
        _keep_tuples(self, "changes")

    @property
    def end(self) -> str:
        """The entry with every change made."""
        return self.changes[-1].after

    def forward(self) -> list[str]:
        """The n+1 entries from start to end; the k-th has the first k changes made."""
        return [self.start, *(change.after for change in self.changes)]

    def backward(self) -> list[str] | None:
        """The n+1 entries from end to start; the k-th has the first k changes undone.

        None when the ladder has no way back.
        """
        undone = [change.without for change in self.changes[:-1]]
        return [self.end, *undone, self.start] if undone and all(undone) else None

    @property
    def entries(self) -> list[str]:
        """All entries of its race, each once, in the order of the walks."""
        return list(dict.fromkeys([*self.forward(), *(self.backward() or [])]))

    def in_stack(self, stack: str) -> Ladder:
        """The same ladder with every entry in `stack`, in place of the catalogue's stacks."""
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
    """A variant's entry with the steady allocator, for ladders whose own setting is `shipped`."""
    return str(Entry(name).having({"allocator": "steady"}))


@dataclass(frozen=True)
class Preset:
    """A named choice of variants and settings."""

    name: str
    title: str
    description: str
    variants: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _keep_tuples(self, "variants")
