"""The text of a Python file as Python reads it: byte-order mark, coding line, ends of lines."""

from __future__ import annotations

import codecs
import io
import tokenize
from pathlib import Path

_ONLY_ASCII = bytes(range(128)) + b"?" * 128


def read(file: Path) -> str:
    r"""The text of a source file, without a byte-order mark and with '\n' at the end of each line.

    Raises OSError; SyntaxError for an encoding that Python does not know; UnicodeDecodeError when
    the file is not in the encoding that it names, or in UTF-8 when it names none.
    """
    raw = file.read_bytes()
    encoding = _encoding(raw)
    try:
        text = raw.decode(encoding)
    except LookupError as error:
        raise SyntaxError(f"unknown encoding: {encoding}") from error
    return io.IncrementalNewlineDecoder(None, translate=True).decode(text)


def _encoding(raw: bytes) -> str:
    """What the file says of itself (PEP 263). Its first lines may hold other letters beside that,
    which `tokenize` would take for UTF-8."""
    mark = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
    readable = mark + raw[len(mark) :].translate(_ONLY_ASCII)
    return tokenize.detect_encoding(io.BytesIO(readable).readline)[0]


def lines(text: str) -> list[str]:
    """The lines as Python counts them: a form feed or U+2028 inside one ends none."""
    return text.removesuffix("\n").split("\n") if text else []
