"""Download an experiment as a file, which is made only when the user asks for it."""

import streamlit as st

from lenet.bench.queue import Queue
from lenet.forms import FOREIGN, OWN, Form, Wanted
from lenet.hosting.policy import Action
from lenet.records import UNFINISHED, Experiment
from pages.parts.service import may, say_refused


def draw(service: Queue, one: Experiment) -> None:
    """Show a button per form. The files hold what the programs printed, so who may not read that
    gets none."""
    if not may(Action.READ_LOGS):
        say_refused(Action.READ_LOGS)
        return
    if one.status in UNFINISHED:
        st.caption("It can be exported when it has ended.")
        return
    for title, forms in (("", OWN), ("For other tools", [form for form in FOREIGN if form.fits(one)])):
        if title and forms:
            st.caption(title)
        with st.container(horizontal=True):
            for form in forms:
                _button(service, one, form)


def _button(service: Queue, one: Experiment, form: Form) -> None:
    st.download_button(
        f"Download as {form.title}", lambda: form.content(service.store, Wanted(one.id)),
        f"experiment-{one.id}.{form.ending}", form.kind, on_click="ignore",
        help=f"{form.about[0].upper()}{form.about[1:]}.", icon=":material/download:", key=f"history_{form.name}",
    )  # fmt: skip
