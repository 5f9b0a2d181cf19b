"""The head of a result: which experiment, its title, and what to do with it as a whole."""

from urllib.parse import urlencode

import streamlit as st

from lenet import instruments
from lenet.bench.queue import Queue
from lenet.hosting.policy import Action
from lenet.records import Annotation, Experiment
from lenet.views.blocks import View
from pages.parts import choice, errors, share
from pages.parts.history import exports
from pages.parts.service import get_desk, may
from pages.parts.text import plain

OTHERS = 8
"""So many other experiments are offered to compare with; History has all."""


def draw(service: Queue, experiment: Experiment, view: View) -> None:
    """Show the title, the circumstances in a line, and the buttons."""
    note = service.store.annotation(experiment.id)
    with st.container(horizontal=True, vertical_alignment="center", key="result_head"):
        st.header(plain(note.title or view.title), anchor=False, width="stretch")
        if may(Action.ANNOTATE, experiment):
            _rename(service, experiment, note, view.title)
        _copy(experiment)
        share.draw(experiment)
        with st.popover("Export", icon=":material/download:"):
            exports.draw(service, experiment)
        _compare(service, experiment)
    st.caption(plain(f"{view.name} · {view.line}"))


def _rename(service: Queue, experiment: Experiment, note: Annotation, usual: str) -> None:
    with st.popover("Title", icon=":material/edit:"), st.form("rename", border=False):
        title = st.text_input("Title", note.title, key=f"title_{experiment.id}", placeholder=usual)
        if st.form_submit_button("Save", key="rename_save"):
            with errors.shown():
                get_desk().annotate(experiment.id, Annotation(title, note.note, note.tags))
                st.rerun()


def _copy(experiment: Experiment) -> None:
    """The address, which names this experiment even where the reader came without one."""
    with st.popover("Copy link", icon=":material/link:"):
        query = {**st.query_params.to_dict(), "experiment": str(experiment.id)}
        st.code(f"{(st.context.url or '').partition('?')[0]}?{urlencode(query)}", language=None)


def _compare(service: Queue, experiment: Experiment) -> None:
    """Links to this experiment beside another one that raced one of its variants."""
    mine = {*experiment.request.variants}
    raced = service.store.experiments(instruments=(instruments.RACE.name,))
    others = [one for one in raced if one.id != experiment.id and mine & {*one.request.variants}][:OTHERS]
    with st.popover("Compare with …", icon=":material/compare_arrows:"):
        if not others:
            st.caption("No other experiment has raced one of these variants yet.")
        titles = service.store.annotations(one.id for one in others)
        for one in others:
            label = plain(choice.name(one, titles.get(one.id, Annotation()).title))
            st.page_link("pages/history.py", label=label, query_params={"chosen": f"{experiment.id},{one.id}"})
