"""The weights that a worker sends at the end of an epoch, checked once, where they enter this
process."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet.errors import WorkerError
from lenet.problem import SHAPES

Sent = Mapping[str, npt.NDArray[np.floating[Any]]]
MOST = 3
"""Wrong arrays that a sentence names; the others are counted."""


def take(path: Path) -> Sent:
    """The arrays in the file that a worker wrote, by name, shaped as `problem.SHAPES` says; the
    file is removed.

    Raises WorkerError when one is missing, is not asked for, or has another shape or no floating
    numbers.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            found = {name: _array(arrays, name) for name in arrays.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise WorkerError(f"Its weights cannot be read ({error}); free some space and try again.") from error
    finally:
        path.unlink(missing_ok=True)
    if wrong := list(_wrong(found)):
        more = f" and {len(wrong) - MOST} more" if len(wrong) > MOST else ""
        raise WorkerError(
            f"weights() of its LeNet is not as asked: {'; '.join(wrong[:MOST])}{more}. "
            "Name and shape them as the weights given to __init__."
        )
    return {name: array for name, array in found.items() if array is not None}


def _array(arrays: Any, name: str) -> npt.NDArray[Any] | None:
    """None for what NumPy could only store as Python objects."""
    try:
        return np.asarray(arrays[name])
    except ValueError:
        return None


def _wrong(found: Mapping[str, npt.NDArray[Any] | None]) -> Iterator[str]:
    for name, shape in SHAPES.items():
        if name not in found:
            yield f"{name} is missing"
        elif said := _wrong_array(found[name], shape):
            yield f"{name} {said}"
    for name in found:
        if name not in SHAPES:
            yield f"{name!r} is not asked for"


def _wrong_array(array: npt.NDArray[Any] | None, shape: tuple[int, ...]) -> str:
    """What is wrong with an array; '' when nothing is."""
    if array is None:
        return "is no array of numbers"
    if array.shape != shape:
        return f"is {array.shape}, asked for {shape}"
    if array.dtype.kind == "V":
        return f"has numbers that NumPy does not know (bfloat16? {array.dtype.str}), asked for float32"
    return "" if array.dtype.kind == "f" else f"is of {array.dtype}, asked for float32"
