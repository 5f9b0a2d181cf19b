"""Packs a run's batches into one compressed column."""

from __future__ import annotations

import io
import zipfile
import zlib

import numpy as np
import numpy.typing as npt

from lenet.errors import StoreError
from lenet.worker.tape import BEFORE, DTYPE, widened

_DAMAGE = (ValueError, KeyError, TypeError, AttributeError, OSError, EOFError, zipfile.BadZipFile, zlib.error)


def pack(batches: npt.NDArray[np.void]) -> bytes:
    """Pack rows of `lenet.worker.tape.DTYPE`, shape (batches,), as a compressed NumPy archive,
    which has a checksum."""
    file = io.BytesIO()
    np.savez_compressed(file, batches=batches.astype(DTYPE, casting="equiv"))
    return file.getvalue()


def unpack(blob: bytes) -> npt.NDArray[np.void]:
    """Unpack rows that `pack` packed. Raises StoreError when the column is damaged."""
    try:
        with np.load(io.BytesIO(blob), allow_pickle=False) as archive:
            rows: npt.NDArray[np.void] = archive["batches"]
    except _DAMAGE as error:
        raise StoreError("The batches of this run are damaged in the database; run the experiment again.") from error
    if rows.dtype == BEFORE and rows.ndim == 1:
        return np.asarray(widened(rows))
    if rows.dtype != DTYPE or rows.ndim != 1:
        raise StoreError("The batches of this run are not in a form this program knows; run the experiment again.")
    return rows
