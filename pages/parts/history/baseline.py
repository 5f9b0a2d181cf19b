"""The pinned baseline: the experiment that every chosen one is compared with (?base=ID)."""

import streamlit as st

from lenet.analysis.across import filter_text
from lenet.bench.queue import Queue
from lenet.records import Experiment
from pages.parts import choice, errors
from pages.parts.history.filters import to_address
from pages.parts.text import plain

BASE = "base"


def pinned(service: Queue) -> Experiment | None:
    """The experiment that the address pins; for an unknown one the page says so, once."""
    text = st.query_params.get(BASE, "")
    with errors.shown():
        return service.store.experiment(filter_text.number(text)) if text else None
    return None


def show(service: Queue) -> None:
    """Say which experiment is pinned, with a button that lets it go."""
    base = pinned(service)
    if base is None:
        return
    title = service.store.annotation(base.id).title
    with st.container(horizontal=True, vertical_alignment="center", key="baseline"):
        st.markdown(f":material/keep: Baseline: {plain(choice.name(base, title))}", width="stretch")
        st.button("Unpin", key="history_unpin", on_click=to_address, args=(BASE, ""))
    st.caption("What is chosen in the list is compared with it.")


def offer(one: Experiment) -> None:
    """A button that pins an experiment."""
    if st.query_params.get(BASE) != str(one.id):
        st.button(
            "Pin as baseline", key="history_pin", icon=":material/keep:", on_click=to_address, args=(BASE, str(one.id)),
            help="Every experiment that is chosen then is compared with this one.",
        )  # fmt: skip
