"""Is this machine quiet enough to race? The signs of the last seconds, and what to do."""

import os

import streamlit as st

from lenet.analysis.noise import quiet
from lenet.bench import lock
from lenet.bench.machine_look import Look, Watch
from lenet.views import lists
from pages.parts import blocks, errors
from pages.parts.text import plain

SECONDS = 5.0
WATCH = "machine_watch"


@st.fragment(run_every=SECONDS)
def watch() -> None:
    """Show the answer and its signs, and look again every few seconds.

    During a race it does not look, because that would cost the race something.
    """
    with errors.shown():
        holder = lock.holder()
        if holder is None:
            _show(quiet.judge(_seen()))
        else:
            st.session_state.pop(WATCH, None)
            _say_race(holder)


@st.fragment(run_every=SECONDS)
def line() -> None:
    """Say in a few words whether the machine is quiet, and look again every few seconds."""
    with errors.shown():
        holder = lock.holder()
        if holder is not None:
            st.session_state.pop(WATCH, None)
            st.markdown("A race is running: this one waits until it ends.")
        elif WATCH not in st.session_state:
            # A look compares two moments, and the page must not wait for the second.
            st.session_state[WATCH] = Watch()
            st.markdown("Machine: looking …")
        else:
            st.markdown(plain(quiet.brief(_seen()).capitalize()) + ".")


def _seen() -> Look:
    if WATCH not in st.session_state:
        st.session_state[WATCH] = Watch()
    look: Look = st.session_state[WATCH].look()
    return look


def _say_race(holder: lock.Holder) -> None:
    whose = "started by this program" if holder.pid == os.getpid() else "started by another process"
    st.info(
        f"A race is running on this machine, {whose}: {plain(holder.sentence)}. Others wait until it ends, and so does "
        "this look.",
        icon=":material/sports_score:",
    )


def _show(judged: quiet.Quiet) -> None:
    if judged.quiet:
        st.success(plain(judged.sentence), icon=":material/check_circle:")
    else:
        st.warning(plain(judged.sentence), icon=":material/warning:")
    for advice in judged.advice:
        st.markdown(f"* {plain(advice)}")
    blocks.table(lists.signs(judged), "signs", judged.sentence)
