"""Writes an experiment to a file, and reads it into another store, where it stands as it was.

A file from somebody else is read as data only, within limits, and is checked before anything of it
is stored.
"""

from lenet.exchange.apart import read_apart
from lenet.exchange.bundle import gather, import_bundle
from lenet.exchange.parquet import as_parquet, read_parquet, read_shipped
from lenet.records import Bundle

__all__ = ["Bundle", "as_parquet", "gather", "import_bundle", "read_apart", "read_parquet", "read_shipped"]
