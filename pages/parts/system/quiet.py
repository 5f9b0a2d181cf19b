"""Is this machine quiet enough to race? What was seen of it in the last seconds, and what to do."""

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
    """The answer and what it stands on, looked at again every few seconds; not during a race, which
    that would cost."""
    with errors.shown():
        holder = lock.holder()
        if holder is None:
            _show(quiet.judge(_seen()))
        else:
            st.session_state.pop(WATCH, None)
            _say_race(holder)


def _seen() -> Look:
    if WATCH not in st.session_state:
        st.session_state[WATCH] = Watch()
    found: Look = st.session_state[WATCH].look()
    return found


def _say_race(holder: lock.Holder) -> None:
    whose = "started by this program" if holder.pid == os.getpid() else "started by another process"
    st.info(
        f"A race is running on this machine, {whose}: {plain(holder.sentence)}. Others wait until it ends, and so does "
        "this look.",
        icon=":material/sports_score:",
    )


def _show(found: quiet.Quiet) -> None:
    if found.quiet:
        st.success(plain(found.sentence), icon=":material/check_circle:")
    else:
        st.warning(plain(found.sentence), icon=":material/warning:")
    for advice in found.advice:
        st.markdown(f"* {plain(advice)}")
    blocks.table(lists.signs(found), "signs", found.sentence)
