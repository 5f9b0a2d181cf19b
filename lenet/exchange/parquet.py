"""Writes and reads an experiment as a Parquet file: one row per batch, and everything else as a
JSON document in the file's metadata."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from lenet.analysis.words import listed
from lenet.errors import BadInput
from lenet.exchange import checks, foreign
from lenet.exchange.document import as_document, of_document
from lenet.hosting.limits import FILE_MIB, MEBIBYTE
from lenet.records import Bundle
from lenet.worker.tape import DTYPE

KEY = b"lenet-bench/record"
SCHEMA = pa.schema(
    [
        pa.field("run", pa.int32(), nullable=False),
        pa.field("start", pa.int64(), nullable=False),
        pa.field("end", pa.int64(), nullable=False),
        pa.field("loss", pa.float64(), nullable=False),
        pa.field("cpu", pa.int64(), nullable=False),
    ]
)
"""run: number of the run in the document, from 1. start, end: nanoseconds of a monotonic clock.
loss: NaN where it was not read. cpu: nanoseconds of CPU time of the turn that ends with this batch; 0 where
none does, or it is not known."""
BEFORE = SCHEMA.remove(SCHEMA.get_field_index("cpu"))
"""The columns that files had before there was CPU time."""
ENCODING = {field.name: "PLAIN" if field.name == "loss" else "DELTA_BINARY_PACKED" for field in SCHEMA}
FILE_BYTES = FILE_MIB * MEBIBYTE
COLUMN_BYTES = 2 * checks.ROWS * sum(field.type.bit_width // 8 for field in SCHEMA)
STEP = 65_536
"""Rows that are unpacked at once."""
_DAMAGE = (pa.ArrowException, OSError, ValueError, NotImplementedError)


def as_parquet(bundle: Bundle) -> bytes:
    """The content of a bundle's file. Raises BadInput when `read_parquet` would refuse it."""
    text = json.dumps(as_document(bundle), allow_nan=False).encode()
    rows = np.concatenate([np.empty(0, DTYPE), *(bundle.batches[run.id] for run in bundle.runs)])
    with _about(f"Experiment {bundle.experiment.id} cannot be exported"):
        if len(rows) > checks.ROWS:
            raise BadInput(f"it has {len(rows):,} batches, and a file has at most {checks.ROWS:,}")
        checks.parse(text)
    numbers = _numbers([run.batch_count for run in bundle.runs])
    columns = [numbers, *(np.ascontiguousarray(rows[name]) for name in SCHEMA.names[1:])]
    return _packed(pa.Table.from_arrays([pa.array(column) for column in columns], schema=SCHEMA), text)


def _numbers(counts: Sequence[int]) -> npt.NDArray[np.int32]:
    """The number of each row's run, from 1."""
    return np.repeat(np.arange(1, len(counts) + 1, dtype=np.int32), np.asarray(counts, np.int64))


def _packed(table: pa.Table, document: bytes) -> bytes:
    # No copy of Arrow's own schema, so that the file holds only what stands here. Each page has a
    # checksum.
    options: dict[str, Any] = {"store_schema": False, "write_page_checksum": True, "use_dictionary": False}
    file = io.BytesIO()
    with pq.ParquetWriter(file, SCHEMA, compression="zstd", column_encoding=ENCODING, **options) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({KEY: document})
    return file.getvalue()


def read_parquet(source: Path | BinaryIO, name: str = "") -> Bundle:
    """Read the experiment in a file, after checking its form, its size, and that its figures can be
    computed.

    name: what errors call an open file. Raises BadInput for any other file.
    """
    with opened(source, name) as (file, called), about(called):
        return as_bundle(*checked(file))


def read_shipped(file: Path) -> Bundle:
    """Read a file that came with this program: a test has worked out its figures, which takes three quarters
    of the time that `read_parquet` does."""
    with opened(file) as (opened_file, called), about(called):
        return as_bundle(*_unpacked(opened_file))


@contextmanager
def opened(source: Path | BinaryIO, name: str = "") -> Iterator[tuple[BinaryIO, str]]:
    """The file, open, and what errors call it. Raises BadInput where there is none."""
    if not isinstance(source, Path):
        yield source, name or "The file"
        return
    if not source.is_file():
        raise BadInput(f"There is no file {source}; name one that `python -m lenet export ID --format parquet` wrote.")
    try:
        with source.open("rb") as file:
            yield file, source.name
    except OSError as error:
        raise BadInput(f"{source} cannot be read ({error.strerror}); check its permissions.") from error


def about(name: str) -> AbstractContextManager[None]:
    """Begin the sentences of all checks inside with the file that they are about."""
    return _about(f"{name} cannot be imported")


def check_file_size(file: BinaryIO) -> None:
    """Raise BadInput for a file that is too large to be read at all."""
    if file.seek(0, io.SEEK_END) > FILE_BYTES:
        raise BadInput(f"it is larger than {FILE_BYTES // MEBIBYTE} MiB")
    file.seek(0)


def checked(file: BinaryIO) -> tuple[dict[str, Any], npt.NDArray[np.void]]:
    """The document of a file, and the batches of all its runs in order. Raises BadInput, without
    naming the file, unless everything about them is as it should be."""
    check_file_size(file)
    try:
        document, rows = _unpacked(file)
    except _DAMAGE as error:
        raise BadInput(foreign.refusal(file) or "it is not a Parquet file, or a damaged one") from error
    checks.check_figures(as_bundle(document, rows))
    return document, rows


@contextmanager
def _about(sentence: str) -> Iterator[None]:
    """Begin the sentence of a check with the file or experiment that it is about."""
    try:
        yield
    except BadInput as error:
        raise BadInput(f"{sentence}: {str(error).rstrip('.')}.") from error


def _unpacked(file: BinaryIO) -> tuple[dict[str, Any], npt.NDArray[np.void]]:
    """The document, and the batches of all runs in order; sizes are checked before unpacking."""
    table = pq.ParquetFile(file, pre_buffer=False, page_checksum_verification=True, arrow_extensions_enabled=False)
    if not any(map(table.schema_arrow.equals, (SCHEMA, BEFORE))):
        raise BadInput(f"it has other columns than {listed(SCHEMA.names)}; export it as Parquet once more")
    text = (table.metadata.metadata or {}).get(KEY)
    if text is None:
        raise BadInput("it holds no record of an experiment; export it with LeNet Bench")
    _check_size(table.metadata)
    document = checks.parse(text)
    counts = [run["batches"] for run in document["runs"]]
    checks.check_planned(document)
    if sum(counts) != table.metadata.num_rows:
        raise BadInput("it does not have as many batches as its record says")
    numbers, rows = _columns(table, table.metadata.num_rows)
    if not np.array_equal(numbers, _numbers(counts)):
        raise BadInput("its batches are not in the order of its runs")
    return document, rows


def _check_size(metadata: pq.FileMetaData) -> None:
    groups = [metadata.row_group(place) for place in range(metadata.num_row_groups)]
    rows = [group.num_rows for group in groups]
    if metadata.num_rows > checks.ROWS or sum(rows) != metadata.num_rows or min(rows, default=0) < 0:
        raise BadInput(f"it says that it has {metadata.num_rows:,} batches, and at most {checks.ROWS:,} are read")
    sizes = [group.column(place).total_uncompressed_size for group in groups for place in range(group.num_columns)]
    if sum(sizes) > COLUMN_BYTES or min(sizes, default=0) < 0:
        raise BadInput("it would unpack to more than this program reads")


def _columns(table: pq.ParquetFile, count: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.void]]:
    numbers, rows, filled = np.empty(count, np.int32), np.zeros(count, DTYPE), 0
    for batch in table.iter_batches(STEP, use_threads=False):
        there = slice(filled, filled + batch.num_rows)
        numbers[there] = batch.column(0).to_numpy(zero_copy_only=False)
        for name in batch.schema.names[1:]:
            rows[name][there] = batch.column(name).to_numpy(zero_copy_only=False)
        filled += batch.num_rows
    if filled != count:
        raise BadInput("it ends before its last batch")
    return numbers, rows


def as_bundle(document: dict[str, Any], rows: npt.NDArray[np.void]) -> Bundle:
    """The bundle of a document and its batches. Raises BadInput for times and dates that are none."""
    borders = np.cumsum([run["batches"] for run in document["runs"]])[:-1]
    batches = dict(enumerate(np.split(rows, borders), 1)) if document["runs"] else {}
    for each in batches.values():
        checks.check_rows(each)
    try:
        return of_document(document, batches)
    except (ValueError, OverflowError) as error:
        raise BadInput("a date in its record is not a date") from error
