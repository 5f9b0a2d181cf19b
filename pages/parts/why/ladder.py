"""The ladder on the Why page: its form, its waterfall, and the rung behind the chosen bar."""

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from lenet import catalog, requests
from lenet.analysis.why import causes
from lenet.analysis.why.findings import Findings
from lenet.analysis.why.ladder import Climb
from lenet.analysis.words import counted
from lenet.bench.queue import Queue
from lenet.catalog import Ladder, ladder_file
from lenet.charts import waterfall
from lenet.records import Request
from lenet.settings import Settings, asked_by
from lenet.views import causes as views
from lenet.views.blocks import Block, View
from pages.parts import blocks, errors, pair
from pages.parts.text import plain
from pages.parts.why import rung, start

SETTINGS = asked_by("ladder")

FILE_MIB = 5
"""Of a ladder's file, at most: some hundred lines of text are a few kilobytes."""


def ask(service: Queue, installing: Sequence[str]) -> None:
    """Show the form: the ladder, and how it is raced."""
    ladder = _of_pair()
    first = list(catalog.LADDERS).index(ladder.name) if ladder else 0
    name = st.selectbox("Ladder", list(catalog.LADDERS), first, format_func=_title, key=pair.key("ladder_name"))
    own = st.file_uploader(
        "Or a ladder of your own",
        type="toml",
        key="ladder_file",
        max_upload_size=FILE_MIB,
        help="A TOML file: title, start, and [[changes]] with title, after and, where you walk back too, without.",
    )
    chosen = None
    with errors.shown():
        chosen = _chosen(name, own)
    if chosen is not None:
        _offer(service, chosen, installing)


def _of_pair() -> Ladder | None:
    """The ladder of the pair in the address; for a pair without one the page says what there is."""
    left, right = pair.addressed()
    if not left or not right:
        return None
    known = causes.between(left, right)
    if known is None:
        titles = f"from {plain(catalog.title(right))} to {plain(catalog.title(left))}"
        st.info(f"No ladder leads {titles}. {views.INSTEAD}", icon=":material/stairs:")
    return known


def _chosen(name: str, own: UploadedFile | None) -> Ladder:
    """The ladder in the user's file, else the named one.

    Raises BadInput for a wrong ladder, and for a wrong setting in it.
    """
    if own is None:
        return catalog.ladder(name)
    ladder = ladder_file.parse(own.getvalue().decode("utf-8", "replace"), own.name.removesuffix(".toml"), own.name)
    Settings.parse({**requests.LADDER, **ladder.settings})
    return ladder


def _offer(service: Queue, ladder: Ladder, installing: Sequence[str]) -> None:
    usual = {**requests.LADDER, **ladder.settings}
    values = start.settings(f"ladder_{ladder.name}", SETTINGS, usual)

    def build() -> Request:
        return requests.ladder_request(ladder, values)

    start.offer(service, {"Start": build}, installing)


def _title(name: str) -> str:
    ladder: Ladder = catalog.LADDERS[name]
    return f"{ladder.title} ({counted(len(ladder.changes), 'change')})"


def show(service: Queue, findings: Findings, view: View) -> None:
    """Show the waterfall beside the rung of the chosen bar, the gap alone, and every bar as a table."""

    def draw(block: Block) -> None:
        assert findings.climb is not None, "a waterfall is a climb's"
        left, right = st.columns(2)
        with left:
            _waterfall(findings.report.experiment.id, findings.climb)
        with right:
            rung.show(service, findings, findings.climb)

    blocks.answer(view)
    blocks.sections(view.sections, {"waterfall": draw})


def _waterfall(number: int, climb: Climb) -> None:
    key = f"waterfall_{number}"
    alt = f"{climb.ladder.title}: microseconds per batch of each change."
    chart, picked = waterfall.waterfall(climb, rung.chosen(climb)), lambda: rung.picked(key, number)
    blocks.chart(chart, key, alt, selection_mode="points", on_select=picked)
    st.caption("Click a bar to see what the program does differently there.")
