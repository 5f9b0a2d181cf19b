"""An experiment in the forms of this program: figures, batches, a report to read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from lenet.forms import Wanted

if TYPE_CHECKING:
    from lenet.store import Store


def figures(store: Store, wanted: Wanted) -> bytes:
    """Its figures as JSON, by lenet/schema/experiment-1.json."""
    from lenet.analysis import export, report

    values = export.as_json(report.load(store, wanted.experiment))
    return orjson.dumps(values, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def batches(store: Store, wanted: Wanted) -> bytes:
    """Every batch, and everything else about it, as Parquet. Raises BadInput while it is not over."""
    from lenet.exchange import as_parquet, gather

    return as_parquet(gather(store, wanted.experiment))


def report(store: Store, wanted: Wanted) -> bytes:
    """A report with charts, as one HTML file."""
    from lenet.document.html import experiment_page
    from lenet.views import stored

    page = experiment_page(stored.load(store, wanted.experiment), store.annotation(wanted.experiment))
    return f"{page}\n".encode()
