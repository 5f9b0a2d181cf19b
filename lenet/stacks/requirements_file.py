"""A user's requirements file, line by line as pip reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lenet.catalog import source_text
from lenet.errors import BadInput

COMMENT = re.compile(r"(^|\s)#.*")
NESTED = re.compile(r"(?:-r|--requirement)[\s=]*(?P<file>.+)")


def read(file: Path | str) -> list[str]:
    """The requirements in `file` and in those that it names with `-r`, in their order.

    Raises BadInput, one sentence, when there is none, or something else stands there.
    """
    found = list(_requirements(Path(file), ()))
    if not found:
        raise BadInput(f"{file} has no requirement; write a line such as tensorflow==2.16.2 into it.")
    return found


def _requirements(file: Path, around: tuple[Path, ...]) -> Iterator[str]:
    if file.resolve() in around:
        raise BadInput(f"{file} names itself with -r; take that line out.")
    for line in _lines(file):
        if nested := NESTED.fullmatch(line):
            yield from _requirements(file.parent / nested["file"], (*around, file.resolve()))
        elif line.startswith("-"):
            raise BadInput(
                f"{file} has the line {line!r}; a stack takes packages only: leave the line out, "
                "and set in pip's own configuration what it sets."
            )
        else:
            yield line


def _lines(file: Path) -> Iterator[str]:
    """Without comments and blank lines; one that ends with a backslash goes on in the next."""
    text = _text(file).replace("\\\n", " ")
    for line in source_text.lines(text):
        if said := COMMENT.sub("", line).strip():
            yield " ".join(said.split())


def _text(file: Path) -> str:
    try:
        return source_text.read(file)
    except OSError as error:
        raise BadInput(f"{file} cannot be read ({error.strerror}); name a requirements file.") from error
    except (SyntaxError, UnicodeDecodeError) as error:
        raise BadInput(f"{file} is no text in UTF-8; save it as UTF-8.") from error
