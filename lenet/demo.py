"""The demo: races of this project's own that come with it, as files of `export --format parquet`."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path

from lenet.exchange import Bundle, import_bundle, read_shipped
from lenet.store import open_store

FOLDER = Path(__file__).parent / "data" / "demo"
BY = "LeNet Bench"
"""Who brings them."""


def fill(database: Path) -> int:
    """Store every race that comes along, in the order of their files' names; return how many.

    Raises StoreError when the database cannot be written.
    """
    files = sorted(FOLDER.glob("*.parquet"))
    with contextlib.closing(open_store(database)) as store:
        for file in files:
            import_bundle(store, _marked(read_shipped(file)), BY)
    return len(files)


def _marked(bundle: Bundle) -> Bundle:
    """The same with a note that says on every page whose race it is."""
    machine, when = bundle.experiment.machine, bundle.experiment.created
    note = f"Shipped with {BY}: raced on {machine['cpu']} with {machine['cores']} cores on {when:%Y-%m-%d}, not here."
    said = "\n\n".join(filter(None, (note, bundle.annotation.note)))
    annotation = dataclasses.replace(bundle.annotation, note=said, tags=(*bundle.annotation.tags, "demo"))
    return dataclasses.replace(bundle, annotation=annotation)
