"""Download an experiment as a file, which is made only when the user asks for it."""

from collections.abc import Callable

import orjson
import streamlit as st

from lenet.bench.queue import Queue
from lenet.hosting.policy import Action
from lenet.records import UNFINISHED, Experiment
from pages.parts.service import may, say_refused


def draw(service: Queue, one: Experiment) -> None:
    """Show a button per format. The files hold what the programs printed, so who may not read that
    gets none."""
    if not may(Action.READ_LOGS):
        say_refused(Action.READ_LOGS)
        return
    if one.status in UNFINISHED:
        st.caption("It can be exported when it has ended.")
        return
    with st.container(horizontal=True):
        _button(one, "JSON", "json", "application/json", lambda: _json(service, one), "Its figures.")
        _button(
            one, "Parquet", "parquet", "application/vnd.apache.parquet", lambda: _parquet(service, one),
            "Every batch, to import elsewhere or to read with any data tool.",
        )  # fmt: skip
        _button(one, "HTML", "html", "text/html", lambda: _html(service, one), "A report with charts, in one file.")


def _button(one: Experiment, name: str, ending: str, kind: str, make: Callable[[], bytes], about: str) -> None:
    st.download_button(
        f"Download as {name}", make, f"experiment-{one.id}.{ending}", kind, on_click="ignore", help=about,
        icon=":material/download:", key=f"history_{ending}",
    )  # fmt: skip


def _json(service: Queue, one: Experiment) -> bytes:
    from lenet.analysis import export, report

    return orjson.dumps(export.as_json(report.load(service.store, one.id)), option=orjson.OPT_INDENT_2)


def _parquet(service: Queue, one: Experiment) -> bytes:
    from lenet.exchange import as_parquet, gather

    return as_parquet(gather(service.store, one.id))


def _html(service: Queue, one: Experiment) -> bytes:
    from lenet.document.html import experiment_page
    from lenet.views import stored

    return experiment_page(stored.load(service.store, one.id), service.store.annotation(one.id)).encode()
