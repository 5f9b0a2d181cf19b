"""The experiment that a page is about.

The user chooses it from a list, and the address names it (?experiment=ID).
"""

from collections.abc import Sequence

import streamlit as st

from lenet import instruments
from lenet.bench.queue import Queue
from lenet.records import Experiment
from lenet.views.experiment import who
from pages.parts import errors, fields
from pages.parts.service import addressed

CHOICE = "experiment_choice"


def named(service: Queue) -> Experiment | None:
    """The experiment that the address names.

    For an unknown one, such as one that was deleted elsewhere, the page says so in a sentence, and
    the result is None: the newest then stands in its place.
    """
    with errors.shown():
        return addressed(service)
    if service.store.experiments(limit=1):
        st.caption("The newest stands here instead.")
    return None


def experiment(service: Queue, kinds: Sequence[str], named: Experiment | None) -> Experiment | None:
    """Let the user choose among the experiments of these instruments, newest first.

    named: the experiment that the address names, of any instrument. Without it the newest is
    chosen. Returns None if there is no experiment.
    """
    known = {one.id: one for one in service.store.experiments(instruments=kinds)}
    chosen = named or next(iter(known.values()), None)
    if chosen is None:
        return None
    known.setdefault(chosen.id, chosen)
    titles = {number: note.title for number, note in service.store.annotations(known).items()}
    fields.fill(CHOICE, chosen.id, name(chosen, titles.get(chosen.id, "")))
    st.selectbox(
        "Experiment", list(known), format_func=lambda n: name(known[n], titles.get(n, "")), key=CHOICE,
        on_change=_to_address, label_visibility="collapsed",
    )  # fmt: skip
    return chosen


def _to_address() -> None:
    """Name the chosen experiment, and nothing of the one before, in one step of the history."""
    st.query_params.from_dict({"experiment": str(st.session_state[CHOICE])})


def name(one: Experiment, title: str = "") -> str:
    """The name of an experiment in a list. title: the title that a user gave it."""
    about = title or instruments.subject(one.request)
    words = (str(one.id), about, *who(one), f"{one.created:%Y-%m-%d %H:%M} UTC", one.status)
    return " · ".join(words)


def nothing_yet(then: str) -> None:
    """Say that no experiment exists, where to start one, and what follows (`then`)."""
    st.info(f"There is no experiment yet. Start one on the Race page; {then}", icon=":material/sports_score:")
    st.page_link("pages/race.py", label="Go to the Race page", icon=":material/sports_score:")
