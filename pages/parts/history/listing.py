"""The experiments that fit a filter, page by page, and the chosen ones (?chosen=3,5)."""

from collections.abc import Sequence

import streamlit as st

from lenet.analysis.across import filter_text
from lenet.bench.queue import Queue
from lenet.records import Annotation, Experiment, Filter, HistoryPage
from lenet.views import group, lists
from pages.parts import blocks, choice, errors, fields
from pages.parts.history import results
from pages.parts.history.filters import to_address

TABLE, CHOICE = "history_table", "history_chosen"


def show(service: Queue, asked: Filter) -> list[Experiment]:
    """Show the list, and return the chosen experiments of all its pages."""
    fitting = service.store.search(asked)
    listed = {one.id: one for one in fitting.experiments}
    chosen = _chosen(service, listed)
    notes = service.store.annotations({**listed, **chosen})
    _count(fitting, asked)
    if listed:
        _table(service, list(listed.values()), notes, list(chosen))
    _pages(fitting, asked)
    _choose({**chosen, **listed}, notes, list(chosen))
    results.watch(service, list(listed.values()))
    return list(chosen.values())


def _chosen(service: Queue, listed: dict[int, Experiment]) -> dict[int, Experiment]:
    """The experiments that the address names; for a deleted one the page says so."""
    chosen = {}
    for number in numbers():
        with errors.shown():
            chosen[number] = listed.get(number) or service.store.experiment(number)
    return chosen


def numbers() -> list[int]:
    """The numbers of the chosen experiments; none, and a sentence, where the address is wrong."""
    with errors.shown():
        return filter_text.numbers(st.query_params.get("chosen", ""))
    return []


def _count(fitting: HistoryPage, asked: Filter) -> None:
    if not fitting.total:
        st.info("No experiment fits. Leave something out of the filter.", icon=":material/filter_alt:")
        return
    noun = "experiment fits" if fitting.total == 1 else "experiments fit"
    pages = f", {asked.limit} a page" if fitting.total > asked.limit else ""
    how = "Choose in the list (Escape leaves it) or by name below it."
    st.caption(f"{fitting.total:,} {noun}{pages}; the newest first. {how}")


def _table(service: Queue, listed: Sequence[Experiment], notes: dict[int, Annotation], chosen: Sequence[int]) -> None:
    rows = [row for row, one in enumerate(listed) if one.id in chosen]
    if _selected() != rows:
        st.session_state[TABLE] = {"selection": {"rows": rows, "columns": [], "cells": []}}
    machines = group.names_in(service.store)
    blocks.table(
        lists.experiments(listed, notes, results.known(service, listed), machines), TABLE, "The experiments that fit.",
        selection_mode="multi-row", on_select=lambda: _selection([one.id for one in listed]),
    )  # fmt: skip


def _selected() -> list[int]:
    return sorted(st.session_state[TABLE]["selection"]["rows"]) if TABLE in st.session_state else []


def _selection(listed: Sequence[int]) -> None:
    """Hold the experiments selected on this page of the list, and those chosen on other pages."""
    elsewhere = [number for number in numbers() if number not in listed]
    hold(elsewhere + [listed[row] for row in _selected()])


def hold(chosen: Sequence[int]) -> None:
    """Put the chosen experiments into the address."""
    to_address("chosen", ",".join(map(str, chosen)))


def _pages(fitting: HistoryPage, asked: Filter) -> None:
    """Show buttons to older experiments and back."""
    last = fitting.experiments[-1].id if fitting.experiments else 0
    with st.container(horizontal=True):
        if asked.before is not None:
            st.button("Newest", key="history_newest", on_click=to_address, args=("before", ""))
        if len(fitting.experiments) == asked.limit < fitting.total:
            st.button("Older", key="history_older", on_click=to_address, args=("before", str(last)))


def _choose(known: dict[int, Experiment], notes: dict[int, Annotation], chosen: Sequence[int]) -> None:
    """Let the user choose by name too, with the keyboard."""

    def name(number: int) -> str:
        return choice.name(known[number], notes.get(number, Annotation()).title)

    fields.fill(CHOICE, list(chosen), list(map(name, chosen)))
    st.multiselect(
        "Chosen", list(known), format_func=name, key=CHOICE, on_change=lambda: hold(st.session_state[CHOICE]),
        filter_mode="contains", select_all=False,
        placeholder="Choose one to rename, note, tag, export or delete it; two or more to compare them",
    )  # fmt: skip
