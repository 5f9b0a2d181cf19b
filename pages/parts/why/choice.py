"""The choice of a question on the Why page and of its experiment; the address names both."""

from dataclasses import dataclass

import streamlit as st

from lenet import catalog, instruments
from lenet.analysis.why import causes
from lenet.bench.queue import Queue
from lenet.records import Experiment
from pages.parts import choice, fields, head, pair
from pages.parts.text import plain


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
        "Does a program make something anew on every batch, or at every epoch's start, and where "
        "does its time go, as runs outside every race show?",
    ),
}


def choose(service: Queue) -> tuple[str, Experiment | None]:
    """Let the user choose a section and an experiment, and return both.

    The experiment is the one that the address names, else the newest about the pair that it names,
    else the newest of the section. None where nothing is known of that pair: the form asks then.
    """
    named = choice.named(service)
    if named is not None and not instruments.of(named.request).asks_why:
        st.info(
            f"Experiment {named.id} is a race, so its result is on the Results page.", icon=":material/sports_score:"
        )
        head.link_to_result(named)
        named = None
    name = _section(named)
    section = SECTIONS[name]
    st.markdown(section.question)
    left, right = pair.addressed()
    if named is None and left and right:
        named = _of_pair(service, section, left, right)
        if named is None:
            return name, None
    return name, choice.experiment(service, section.instruments, named)


def _of_pair(service: Queue, section: Section, left: str, right: str) -> Experiment | None:
    """The newest experiment of a section about both; else the page says that there is none yet."""
    found = (causes.newest_of(service.store, name, left, right) for name in section.instruments)
    newest = max((one for one in found if one), key=lambda one: one.id, default=None)
    laddered = section is not SECTIONS["ladder"] or causes.between(left, right)  # else the form says so
    if newest is None and laddered:
        titles = f"{plain(catalog.title(right))} and {plain(catalog.title(left))}"
        st.info(f"{section.title}: nothing was measured of {titles} yet. It is filled in below.", icon=section.icon)
    return newest


def _section(named: Experiment | None) -> str:
    """Let the user choose a section.

    First it is that of the named experiment, else the one that the address names.
    """
    asked = st.query_params.get("section", "ladder")
    if named is not None:
        asked = next(name for name, section in SECTIONS.items() if named.request.instrument in section.instruments)
    fields.fill("section", asked if asked in SECTIONS else "ladder")
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
    """Name the section, and keep the pair, in one step of the browser's history."""
    left, right = pair.addressed()
    kept = pair.query(left, right) if left and right else {}
    st.query_params.from_dict({"section": st.session_state["section"], **kept})
