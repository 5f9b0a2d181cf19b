"""The trend of a variant: its chart, its changes and what changed there (?series=KEY)."""

import dataclasses

import streamlit as st

from lenet import catalog
from lenet.analysis.across import figures, history
from lenet.analysis.across.history import Series, Trend
from lenet.bench.queue import Queue
from lenet.records import Filter
from lenet.views import trend as views
from pages.parts import blocks, errors, fields
from pages.parts.history.filters import to_address
from pages.parts.text import plain

SERIES = "history_series"
READING, STEP = 0.1, 1.0
"""Seconds that a view spends on missing figures, and seconds between further steps of reading."""


def show(service: Queue, wanted: Filter) -> None:
    """Show the trend of the variant in the filter."""
    st.header("Trend", anchor=False, divider="gray")
    with errors.shown():
        _say_missing(service, figures.fill(service.store, READING))
        if not wanted.variant:
            st.caption("Choose a variant to filter by, and its times through all these experiments stand here.")
            return
        wanted = dataclasses.replace(wanted, before=None)  # the same on every page of the list
        choices = history.choices(service.store, wanted)
        if not choices:
            st.caption(f"No experiment that fits has timed {plain(catalog.title(wanted.variant))}.")
            return
        _draw(_trend(service, str(service.home.database_url), _choose(choices), wanted, _newest(service)))


def _say_missing(service: Queue, missing: int) -> None:
    """Say how many older experiments are unread, and read them while the page is open.

    Reading would disturb a race, so during a race only a button reads them.
    """
    if not missing:
        return
    if service.unfinished():
        st.warning(f"{_experiments(missing)} not read yet and missing here; a race runs, which reading would disturb.")
        if st.button("Read them all the same", key="history_read"):
            with st.spinner("Reading…"):
                figures.fill(service.store)
            st.rerun()
    else:
        _read(service)


@st.fragment(run_every=STEP)
def _read(service: Queue) -> None:
    with errors.shown():
        missing = figures.fill(service.store, STEP / 2)
        if not missing:
            st.rerun()
        st.info(
            f"{_experiments(missing)} not read yet; that goes on while this page is open.", icon=":material/history:"
        )


def _experiments(count: int) -> str:
    return "1 older experiment is" if count == 1 else f"{count:,} older experiments are"


def _choose(choices: list[Series]) -> Series:
    """Let the user choose a series: first the one that the address names, else the longest."""
    known = {one.circumstance: one for one in choices}
    asked = st.query_params.get("series", "")
    titles = {key: f"{one.about} ({one.count})" for key, one in known.items()}
    wanted = asked if asked in known else choices[0].circumstance
    fields.fill(SERIES, wanted, titles[wanted])
    st.selectbox(
        "Under which circumstances", list(known), format_func=titles.__getitem__,
        key=SERIES, on_change=lambda: to_address("series", st.session_state[SERIES]),
        help="Times of different circumstances are never put into one trend.",
    )  # fmt: skip
    return known[str(st.session_state[SERIES])]


def _newest(service: Queue) -> tuple[object, ...]:
    """The state that a kept trend depends on, besides its filter."""
    newest = service.store.experiments(limit=1)
    return newest[0].id, newest[0].status


@st.cache_data(show_spinner="Analysing…", max_entries=50)
def _trend(_service: Queue, database: str, series: Series, wanted: Filter, newest: tuple[object, ...]) -> Trend:
    return history.trend(_service.store, series, wanted)


def _draw(trend: Trend) -> None:
    view = views.view(trend)
    st.caption(plain(view.line))
    for sentence in view.headlines:
        st.markdown(f"**{plain(sentence)}**")
    for number, section in enumerate(view.sections):
        for place, one in enumerate(section.blocks):
            blocks.block(f"trend_{number}_{place}", one)
    for sentence in view.remarks:
        st.caption(plain(sentence))
