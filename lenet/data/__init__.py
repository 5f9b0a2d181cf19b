"""The embedded MNIST, checked against the hashes of the original distribution at each reading."""

from __future__ import annotations

import hashlib
import struct
import zipfile
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lenet.errors import DataError

FILE = Path(__file__).parent / "mnist.npz"

# MD5 sums of the four raw IDX files as Yann LeCun published them.
IDX_MD5 = {
    "x_train": "6bbc9ace898e44ae57da46a324031adb",
    "y_train": "a25bea736e30d166cdddb491f175f624",
    "x_test": "2646ac647ad5339dbf082846283269ea",
    "y_test": "27ae3e4e09519cfbb04c329615203637",
}


@dataclass(frozen=True)
class Mnist:
    """Images uint8 (n, 28, 28, 1) and labels int64 (n,): 60,000 to train, 10,000 to test."""

    train_images: npt.NDArray[np.uint8]
    train_labels: npt.NDArray[np.int64]
    test_images: npt.NDArray[np.uint8]
    test_labels: npt.NDArray[np.int64]


@lru_cache(maxsize=1)
def load(file: Path = FILE) -> Mnist:
    """Load the data set. Raises DataError when the file is missing or is not the original data."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            parts = {name: arrays[name] for name in IDX_MD5}
    except (OSError, ValueError, TypeError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(_advice(file, str(error))) from error
    for name, expected in IDX_MD5.items():
        if _idx_md5(parts[name]) != expected:
            raise DataError(_advice(file, f"{name} is not the original"))
    return Mnist(
        parts["x_train"][..., None],
        parts["y_train"].astype(np.int64),
        parts["x_test"][..., None],
        parts["y_test"].astype(np.int64),
    )


def _idx_md5(array: npt.NDArray[np.uint8]) -> str:
    """MD5 of `array` written as an IDX file: magic number, shape, bytes."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return hashlib.md5(header + array.tobytes(), usedforsecurity=False).hexdigest()


def _advice(file: Path, reason: str) -> str:
    return f"The data file {file} is damaged ({reason}); restore it with `git checkout -- lenet/data/mnist.npz`."
