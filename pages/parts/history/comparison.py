"""Chosen experiments side by side: the pinned baseline, or the oldest, against each other one.

`python -m lenet compare` makes the same comparisons.
"""

from collections.abc import Sequence

import streamlit as st

from lenet.analysis.across import stored
from lenet.bench.queue import Queue
from lenet.records import UNFINISHED, Experiment
from lenet.views import compare as views
from lenet.views.blocks import View
from pages.parts import blocks, errors
from pages.parts.text import plain

MOST = 5
"""The most comparisons on a page; for more experiments there is the trend."""
FEW = 5
"""So many sentences of a comparison stand open; two ladders have one for each of their states."""


def show(service: Queue, base: Experiment, others: Sequence[Experiment]) -> None:
    """Show a comparison of each of the others with the base.

    Experiments of other circumstances are not compared, and the page says so.
    """
    st.header("Side by side", anchor=False, divider="gray")
    over = [one for one in sorted(others, key=lambda one: (one.created, one.id)) if one.status not in UNFINISHED]
    if len(over) < len(others) or base.status in UNFINISHED:
        st.caption("What has not ended is left out.")
    if base.status in UNFINISHED:
        return
    if len(over) > MOST:
        st.caption(f"{base.id} stands beside the first {MOST} of the others; a trend shows more at once.")
    newest = service.store.experiments(limit=1)[0].id
    for other in over[:MOST]:
        with errors.shown():
            _draw(_view(service, str(service.home.database_url), base.id, other.id, newest), other.id)


@st.cache_data(show_spinner="Comparing…", max_entries=50)
def _view(_service: Queue, database: str, base: int, new: int, newest: int) -> View:
    """The view of a comparison, kept by the numbers of both experiments.

    Both have ended and never change, and numbers are never reused. newest: the number of the newest
    experiment, because later experiments tell more about the machine's drift.
    """
    return views.view(stored.compared(_service.store, base, new))


def _draw(view: View, number: int) -> None:
    for sentence in view.headlines[:FEW]:
        st.markdown(f"**{plain(sentence)}**")
    if more := view.headlines[FEW:]:
        with st.expander(f"{len(more)} more"):
            for sentence in more:
                st.markdown(plain(sentence))
    for section in view.sections:
        for one in section.blocks:
            blocks.block(f"compared_{number}", one)
