"""Chosen experiments as sessions of one race, pooled; `python -m lenet show 12+15+18` says the same."""

from collections.abc import Sequence

import streamlit as st

from lenet.bench.queue import Queue
from lenet.errors import BadInput
from lenet.records import Experiment
from lenet.views import pool
from pages.parts import blocks
from pages.parts.text import plain


def show(service: Queue, chosen: Sequence[Experiment]) -> None:
    """Show the pooled figures, or why these are no sessions of one race."""
    st.header("Pooled", anchor=False, divider="gray")
    try:
        view = pool.load(service.store, [one.id for one in chosen])
    except BadInput as error:
        st.caption(plain(f"What was raced again at other hours can be pooled; these are not such. {error}"))
        return
    for sentence in view.headlines:
        st.markdown(f"**{plain(sentence)}**")
    st.caption(plain(view.line))
    for section in view.sections:
        for one in section.blocks:
            blocks.block("pooled", one)
