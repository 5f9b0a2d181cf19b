"""Chosen experiments as sessions of one race, pooled; `python -m lenet show 12+15+18` says the same."""

from collections.abc import Sequence

import streamlit as st

from lenet.bench.queue import Queue
from lenet.errors import BadInput
from lenet.records import Experiment
from lenet.views import pool
from lenet.views.blocks import View
from pages.parts import blocks
from pages.parts.text import plain


def show(service: Queue, chosen: Sequence[Experiment]) -> None:
    """Show the pooled figures, or why these are no sessions of one race."""
    st.header("Pooled", anchor=False, divider="gray")
    try:
        view = _view(service, str(service.home.database_url), tuple(one.id for one in chosen))
    except BadInput as error:
        st.caption(plain(f"What was raced again at other hours can be pooled; these are not such. {error}"))
        return
    for sentence in view.headlines:
        st.markdown(f"**{plain(sentence)}**")
    st.caption(plain(view.line))
    for sentence in view.points:
        st.markdown(plain(sentence))
    for section in view.sections:
        for one in section.blocks:
            blocks.block("pooled", one)


@st.cache_data(show_spinner="Pooling…", max_entries=20)
def _view(_service: Queue, database: str, numbers: tuple[int, ...]) -> View:
    """The view, kept by the numbers: what is pooled has ended and never changes."""
    return pool.load(_service.store, numbers)
