"""The choice of a question on the Why page and of its experiment; the address names both."""

from dataclasses import dataclass

import streamlit as st

from lenet import instruments
from lenet.bench.service import Service
from lenet.records import Experiment
from pages.parts import choice, head
from pages.parts.service import addressed


@dataclass(frozen=True)
class Section:
    """One of the page's questions, and the instruments that answer it."""

    title: str
    icon: str
    instruments: tuple[str, ...]
    question: str


SECTIONS = {
    "law": Section(
        "Overhead law",
        ":material/show_chart:",
        ("law",),
        "Does a program lose its time on every batch or on every image: *a* or *b* in *a + b · batch size*?",
    ),
    "ladder": Section(
        "Ladder",
        ":material/stairs:",
        ("ladder",),
        "Which changes make up the gap between two programs, made one at a time and all raced together?",
    ),
    "recreated": Section(
        "Is anything re-created?",
        ":material/replay:",
        ("counts", "profile"),
        "Does a program make something anew on every batch, and where does its time go, as runs "
        "outside every race show?",
    ),
}


def choose(service: Service) -> tuple[str, Experiment | None]:
    """Let the user choose a section and an experiment, and return both.

    The experiment is first the one that the address names, else the newest of the section.
    """
    named = addressed(service)
    if named is not None and not instruments.of(named.request).asks_why:
        st.info(
            f"Experiment {named.id} is a race, so its result is on the Results page.", icon=":material/sports_score:"
        )
        head.link_to_result(named)
        named = None
    name = _section(named)
    section = SECTIONS[name]
    st.markdown(section.question)
    chosen = choice.experiment(service, section.instruments, named)
    if chosen is not None:
        st.query_params["experiment"] = str(chosen.id)
    return name, chosen


def _section(named: Experiment | None) -> str:
    """Let the user choose a section.

    First it is that of the named experiment, else the one that the address names.
    """
    asked = st.query_params.get("section", "ladder")
    if named is not None:
        asked = next(name for name, section in SECTIONS.items() if named.request.instrument in section.instruments)
    st.session_state["section"] = asked if asked in SECTIONS else "ladder"
    st.segmented_control(
        "Question",
        list(SECTIONS),
        format_func=lambda name: f"{SECTIONS[name].icon} {SECTIONS[name].title}",
        key="section",
        required=True,
        on_change=_to_section,
        label_visibility="collapsed",
    )
    return str(st.session_state["section"])


def _to_section() -> None:
    st.query_params["section"] = st.session_state["section"]
    _forget("experiment", "bar")


def _forget(*names: str) -> None:
    for name in names:
        st.query_params.pop(name, None)
