"""The filter of the history, which the address holds (?variant=...&host=...)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from lenet import catalog
from lenet.analysis.across import filter_text
from lenet.bench.queue import Queue
from lenet.records import Filter
from pages.parts import errors, fields

PAGE = 50
NAMES = ("text", "variant", "host", "version", "tag", "instrument", "stack", "submitter", "since", "until")
"""The fields of the filter, by their names in the address."""
ANY = "Any"


def draw(service: Queue) -> Filter:
    """Show a widget for each field of the filter, and return the filter.

    A field of the address that cannot be understood is said, and filters nothing.
    """
    asked = {name: _understood(name, st.query_params.get(name, "")) for name in (*NAMES, "before")}
    wanted = filter_text.of(asked, PAGE)
    there = service.store.choices()
    with st.grid(min_column_width=150):
        _text(wanted.text)
        _choice("variant", "Variant", there.variants, wanted.variant)
        _choice("host", "Machine", there.hosts, wanted.host)
        _choice("version", "Version", there.versions, wanted.version)
        _choice("tag", "Tag", there.tags, wanted.tag)
        _choice("instrument", "Kind", there.instruments, wanted.instrument)
    more = any(asked[name] for name in NAMES[6:])
    with st.expander("More to filter by", icon=":material/filter_alt:", expanded=more), st.grid(min_column_width=150):
        _choice("stack", "Stack", there.stacks, wanted.stack)
        _choice("submitter", "Who", there.submitters, wanted.submitter)
        _day("since", "Since", wanted.since)
        _day("until", "Until", wanted.until and wanted.until - timedelta(microseconds=1))
    return wanted


def _understood(name: str, value: str) -> str:
    with errors.shown():
        filter_text.of({name: value}, PAGE)
        return value
    return ""


def to_address(name: str, value: str) -> None:
    """Put a value into the address; remove it if it is empty."""
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def _key(name: str) -> str:
    return f"history_{name}"


def _changed(name: str) -> None:
    """Take a changed field over into the address, and go to the newest experiments."""
    value = st.session_state[_key(name)]
    to_address(name, str(value) if value else "")
    to_address("before", "")


def _text(current: str) -> None:
    fields.fill(_key("text"), current)
    st.text_input(
        "Search", key=_key("text"), on_change=_changed, args=("text",), placeholder="Title, note, variant, ...",
        help="Text in an experiment's title, note, tags, variants, reason, user or machine.",
    )  # fmt: skip


def _choice(name: str, label: str, options: Sequence[str], current: str) -> None:
    fields.fill(_key(name), current)
    known = ["", *options] if current in ("", *options) else ["", current, *options]
    shown = catalog.title if name == "variant" else str
    st.selectbox(
        label, known, format_func=lambda value: shown(value) if value else ANY, key=_key(name), on_change=_changed,
        args=(name,),
    )  # fmt: skip


def _day(name: str, label: str, current: datetime | None) -> None:
    fields.fill(_key(name), current.date() if current else None)
    st.date_input(label, None, key=_key(name), on_change=_changed, args=(name,), format="YYYY-MM-DD")
