"""The ladder on the Why page: its form, its waterfall, and the rung behind the chosen bar."""

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from lenet import catalog, requests
from lenet.analysis.why.findings import Findings
from lenet.analysis.words import counted
from lenet.bench.service import Service
from lenet.catalog import Ladder, ladder_file
from lenet.charts.figure import CONFIG
from lenet.records import Request
from lenet.settings import Settings, asked_by
from lenet.views.blocks import Block, View
from pages.parts import blocks, errors
from pages.parts.why import rung, start

SETTINGS = asked_by("ladder")


def ask(service: Service, installing: Sequence[str]) -> None:
    """Show the form: the ladder, and how it is raced."""
    name = st.selectbox("Ladder", list(catalog.LADDERS), format_func=_title, key="ladder_name")
    own = st.file_uploader(
        "Or a ladder of your own",
        type="toml",
        key="ladder_file",
        help="A TOML file: title, start, and [[changes]] with title, after and, where you walk back too, without.",
    )
    ladder = None
    with errors.shown():
        ladder = _chosen(name, own)
    if ladder is not None:
        _offer(service, ladder, installing)


def _chosen(name: str, own: UploadedFile | None) -> Ladder:
    """The ladder in the user's file, else the named one.

    Raises BadInput for a wrong ladder, and for a wrong setting in it.
    """
    if own is None:
        return catalog.ladder(name)
    ladder = ladder_file.parse(own.getvalue().decode("utf-8", "replace"), own.name.removesuffix(".toml"), own.name)
    Settings.parse({**requests.LADDER, **ladder.settings})
    return ladder


def _offer(service: Service, ladder: Ladder, installing: Sequence[str]) -> None:
    usual = {**requests.LADDER, **ladder.settings}
    values = start.settings(f"ladder_{ladder.name}", SETTINGS, usual)

    def build() -> Request:
        return requests.ladder_request(ladder, values)

    start.offer(service, {"Start": build}, installing)


def _title(name: str) -> str:
    ladder: Ladder = catalog.LADDERS[name]
    return f"{ladder.title} ({counted(len(ladder.changes), 'change')})"


def show(service: Service, findings: Findings, view: View) -> None:
    """Show the waterfall, the rung of the chosen bar, and every bar as a table."""

    def draw(block: Block) -> None:
        assert findings.climb is not None, "a waterfall is a climb's"
        _waterfall(findings.report.experiment.id, block)
        rung.show(service, findings, findings.climb)

    blocks.answer(view)
    blocks.sections(view.sections, {"waterfall": draw})


def _waterfall(number: int, block: Block) -> None:
    key = f"waterfall_{number}"
    st.plotly_chart(
        block.chart, config=CONFIG, key=key, selection_mode="points", on_select=lambda: rung.picked(key), alt=block.alt
    )
    st.caption("Click a bar to see what the program does differently there.")
