"""The rung behind a bar of a ladder: its effect, its file, what was expected, and its counts."""

import numpy as np
import streamlit as st

from lenet import catalog, requests
from lenet.analysis import sources
from lenet.analysis.intervals import Interval
from lenet.analysis.why import findings
from lenet.analysis.why.counts import Counted
from lenet.analysis.why.findings import Findings
from lenet.analysis.why.ladder import Bar, Climb
from lenet.analysis.words import micro
from lenet.bench.queue import Queue
from lenet.catalog import Change
from lenet.hosting.policy import Action
from lenet.views import why as views
from pages.parts import blocks, errors, fields, head, pair
from pages.parts.service import may, shows_source
from pages.parts.text import plain

CHOICE = "bar"


def picked(key: str, experiment: int) -> None:
    """Choose the bar whose mark in the chart was clicked."""
    for point in st.session_state[key].selection.points:
        place = int(np.ravel(point.get("customdata", -1))[0])
        if place >= 0:
            _hold(experiment, place)


def chosen(climb: Climb) -> int:
    """The place of the bar that the address names; 0 where it names none."""
    asked = st.query_params.get(CHOICE, "")
    return int(asked) if asked.isascii() and asked.isdigit() and int(asked) < len(climb.bars) else 0


def show(service: Queue, result: Findings, climb: Climb) -> None:
    """Let the user choose a bar, by click or by name, and show its rung."""
    titles, experiment = [bar.title for bar in climb.bars], result.report.experiment.id
    place = chosen(climb)
    fields.fill(CHOICE, place, titles[place])
    number = st.selectbox(
        "Bar", range(len(titles)), format_func=titles.__getitem__, key=CHOICE,
        on_change=lambda: _hold(experiment, st.session_state[CHOICE]),
    )  # fmt: skip
    bar = climb.bars[number]
    with st.container(border=True, key="rung"):
        _figures(bar)
        if bar.kind == "interaction":
            _interaction(climb, bar)
        else:
            for place in bar.changes:
                _files(climb.ladder.changes[place])
            _code(bar)
            _counters(service, result, bar)


def _hold(experiment: int, place: int) -> None:
    """Put the bar into the address with its experiment, in one step of the browser's history."""
    st.query_params.update({"experiment": str(experiment), CHOICE: str(place)})


def _code(bar: Bar) -> None:
    st.page_link(
        "pages/code.py", label="Compare the code before and after", icon=":material/code:",
        query_params=dict(pair.query(bar.before, bar.after)),
    )  # fmt: skip


def _figures(bar: Bar) -> None:
    st.subheader(plain(bar.title), anchor=False)
    with st.grid(min_column_width=150):
        _metric("Effect", bar.effect)
        if bar.kind == "change":
            _metric("Before the later changes", bar.forward)
            _metric("After them", bar.backward)
    if not bar.measurable:
        st.caption(":material/info: No measurable effect: if there is one, it is smaller than what chance does here.")


def _interaction(climb: Climb, bar: Bar) -> None:
    titles = ", ".join(climb.ladder.changes[place].title for place in bar.changes)
    st.markdown(
        "The part of the gap that depends on the order of the changes: some have another effect "
        f"once later ones are made. {f'They are: {plain(titles)}.' if titles else 'None was found here.'}"
    )


def _metric(label: str, interval: Interval | None) -> None:
    """The figure large, its interval below it, where it is not cut."""
    figure, bracket, ends = ("–" if interval is None else micro(interval)).partition(" [")
    with st.container():
        st.metric(label, figure)
        if ends:
            st.caption(f"95 % {bracket.strip()}{ends}".replace("[", "\\["))


def _files(change: Change) -> None:
    """Show the rung's file and, folded away, the file that makes the change from the other end."""
    _file(change.after)
    if change.without:
        with st.expander("The same change made from the other end", icon=":material/undo:"):
            _file(change.without)


def _file(entry: str) -> None:
    variant = catalog.of_label(entry)
    if variant is None:
        st.caption(f"This version of the program has no {plain(repr(entry))} any more.")
        return
    if not shows_source(variant):
        st.caption("Sign in to read this program.")
        return
    first, _, rest = sources.docstring(variant).partition("\n")
    st.markdown(f"**{first or plain(variant.title)}**")
    st.markdown(rest.strip().replace("\nSource:", "\n\nSource:"))
    st.code(sources.program(variant), language="python")


def _counters(service: Queue, result: Findings, bar: Bar) -> None:
    """Show the counts of the programs before and after the change, or a button that counts both."""
    known = findings.newest_counts(service.store, [bar.before, bar.after])
    if len(known) == 2:
        _beside(known[bar.before], known[bar.after])
        return
    st.caption("Neither of the two has been counted yet." if not known else "One of the two has been counted.")
    if may(Action.START) and st.button("Count both", key="count_both", icon=":material/tag:"):
        with errors.shown():
            size = {"batch_size": result.report.experiment.request.settings.batch_size}
            head.start(service, requests.counts_request([bar.before, bar.after], size))


def _beside(before: Counted, after: Counted) -> None:
    titles = catalog.title(before.label), catalog.title(after.label)
    alt = f"What {titles[0]} and {titles[1]} do on a batch."
    blocks.table(views.beside(findings.beside(before, after), *titles), "counters", alt)
