"""An experiment as log folders of TensorBoard, packed: `unzip experiment-12.tensorboard.zip -d logs`, then
`tensorboard --logdir logs`.

A folder per run. Written here, byte by byte, since TensorBoard's own writer loads TensorFlow where it is
installed, which this process never does; a test reads it with TensorBoard's reader.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from lenet import catalog
from lenet.analysis import losses
from lenet.exchange.tools.chosen import Chosen, choose
from lenet.forms import Wanted
from lenet.records import Epoch, Run

if TYPE_CHECKING:
    from lenet.store import Store

FILE = "events.out.tfevents.0.lenet-bench"
EDITION = "brain.Event:2"
"""How each file says that it holds events."""
Steps = Mapping[int, Mapping[str, float]]
"""Number of batches trained -> tag -> value."""


def folders(store: Store, wanted: Wanted) -> bytes:
    """A ZIP file with a folder per run: its loss and its batches that count, its losses and accuracies of epochs."""
    chosen = choose(store, wanted)
    runs = {run.id: run for run in store.runs(wanted.experiment)}
    epochs = store.epochs(wanted.experiment)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for label in chosen.labels:
            for run in (runs[one["run_id"]] for one in chosen.runs(label)):
                place = f"experiment-{wanted.experiment}/{label}/round-{run.round}/{FILE}"
                file.writestr(place, _events(store, chosen, run, [one for one in epochs if one.run_id == run.id]))
    return packed.getvalue()


def _events(store: Store, chosen: Chosen, run: Run, epochs: list[Epoch]) -> bytes:
    rows = store.batches(run.id)
    settings = catalog.settings_of(run.label, chosen.report.experiment.request.settings)
    begun = (run.started or chosen.report.experiment.created).timestamp()
    steps: dict[int, dict[str, float]] = {}
    for place, loss in enumerate(losses.per_batch(rows["loss"], run.label, settings.batches_per_epoch), 1):
        steps.setdefault(place, {})["training/loss"] = float(loss)
    counted = chosen.batches(run.id)
    for place, ms in zip(counted["batch"] + 1, counted["ms"], strict=True):
        steps.setdefault(int(place), {})["batch/ms"] = float(ms)
    for epoch in epochs:
        told = {"test/loss": epoch.test_loss, "test/accuracy": epoch.test_accuracy}
        steps.setdefault(epoch.batches, {}).update(told)
    seconds = (rows["end"] - rows["start"][0]) / 1e9
    when = {place: begun + float(after) for place, after in enumerate(seconds, 1)}
    return b"".join(_record(event) for event in _all(begun, steps, when))


def _all(begun: float, steps: Steps, when: Mapping[int, float]) -> Iterator[bytes]:
    yield _double(1, begun) + _bytes(3, EDITION.encode())
    for step, values in sorted(steps.items()):
        known = {tag: value for tag, value in values.items() if np.isfinite(value)}
        summary = b"".join(_bytes(1, _bytes(1, tag.encode()) + _float(2, value)) for tag, value in known.items())
        if known:
            yield _double(1, when.get(step, begun)) + _number(2, step) + _bytes(5, summary)


# Fields of a message as Protocol Buffers write them: number and kind, then the value.


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _double(field: int, value: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d", value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _float(field: int, value: float) -> bytes:
    return _varint(field << 3 | 5) + struct.pack("<f", value)


# A file of records: each with its length, and a checksum of both.


def _record(content: bytes) -> bytes:
    length = struct.pack("<Q", len(content))
    return length + _checksum(length) + content + _checksum(content)


def _checksum(content: bytes) -> bytes:
    """CRC-32C, turned and shifted as these files want it."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _remainder(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value


_TABLE = tuple(map(_remainder, range(256)))
