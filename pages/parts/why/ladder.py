"""The ladder on the Why page: which one, its waterfall, and the rung behind the bar that is chosen."""

from collections.abc import Sequence

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from lenet import catalog, requests
from lenet.analysis.why.findings import Found
from lenet.analysis.why.ladder import Climb
from lenet.bench.service import Service
from lenet.catalog import Ladder, ladder_file
from lenet.charts import causes, waterfall
from lenet.charts.figure import CONFIG
from lenet.records import Request
from lenet.settings import Settings
from pages.parts import errors
from pages.parts.why import rung, start, words

NUMBERS = {
    "Change": st.column_config.TextColumn(pinned=True),
    "µs per batch": st.column_config.NumberColumn(format="%.1f"),
}
SETTINGS = ("batch_size", *start.RACED)


def ask(service: Service, installing: Sequence[str]) -> None:
    """Which ladder, and how it is raced."""
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
    """The ladder of the file, if there is one, else the named one. Raises BadInput, for a wrong setting in it too."""
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
    changes = len(ladder.changes)
    return f"{ladder.title} ({changes} change{'s' if changes > 1 else ''})"


def show(service: Service, found: Found) -> None:
    """Sentences, the waterfall, the rung of the chosen bar, and every bar as a table."""
    climb = found.climb
    if climb is None:
        return
    words.say(climb.sentences)
    if not climb.bars:
        return
    _chart(found, climb)
    rung.show(service, found, climb)
    st.subheader("Every bar", anchor=False)
    st.dataframe(
        causes.bars(climb), column_config=NUMBERS, hide_index=True, height="content", key="bars",
        alt="Every bar of the ladder with its interval and both walks.",
    )  # fmt: skip
    st.caption("The figures add up from the first row to the last. Forward: the change is made before the later ones; "
               "backward: after them.")  # fmt: skip


def _chart(found: Found, climb: Climb) -> None:
    key = f"waterfall_{found.report.experiment.id}"
    st.plotly_chart(
        waterfall.waterfall(climb), config=CONFIG, key=key, selection_mode="points",
        on_select=lambda: rung.picked(key),
        alt=f"{climb.ladder.title}: microseconds per batch of each change.",
    )  # fmt: skip
    st.caption("Click a bar to see what the program does differently there.")
