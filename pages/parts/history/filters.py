"""The filter of the history; the address holds all of it (?variant=...&host=...)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import streamlit as st

from lenet import catalog
from lenet.analysis.across import filter_text
from lenet.bench.service import Service
from lenet.records import Filter

PAGE = 50
NAMES = ("text", "variant", "host", "version", "tag", "instrument", "stack", "submitter", "since", "until")
"""Also their names in the address."""
ANY = "Any"


def draw(service: Service) -> Filter:
    """A widget for each thing to filter by. Raises BadInput for an address that cannot be read as a
    filter."""
    asked = {name: st.query_params.get(name, "") for name in (*NAMES, "before")}
    found = filter_text.of(asked, PAGE)
    there = service.store.choices()
    with st.grid(min_column_width=150):
        _text(found.text)
        _choice("variant", "Variant", there.variants, found.variant)
        _choice("host", "Machine", there.hosts, found.host)
        _choice("version", "Version", there.versions, found.version)
        _choice("tag", "Tag", there.tags, found.tag)
        _choice("instrument", "Kind", there.instruments, found.instrument)
    more = any(asked[name] for name in NAMES[6:])
    with st.expander("More to filter by", icon=":material/filter_alt:", expanded=more), st.grid(min_column_width=150):
        _choice("stack", "Stack", there.stacks, found.stack)
        _choice("submitter", "Who", there.submitters, found.submitter)
        _day("since", "Since", found.since)
        _day("until", "Until", found.until and found.until - timedelta(microseconds=1))
    return found


def to_address(name: str, value: str) -> None:
    """Hold a value in the address; an empty one leaves it."""
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def _key(name: str) -> str:
    return f"history_{name}"


def _changed(name: str) -> None:
    """Another filter begins at its newest experiment."""
    value = st.session_state[_key(name)]
    to_address(name, str(value) if value else "")
    to_address("before", "")


def _text(said: str) -> None:
    st.session_state[_key("text")] = said
    st.text_input(
        "Search", key=_key("text"), on_change=_changed, args=("text",), placeholder="Title, note, variant, ...",
        help="Text in an experiment's title, note, tags, variants, reason, user or machine.",
    )  # fmt: skip


def _choice(name: str, label: str, options: Sequence[str], said: str) -> None:
    st.session_state[_key(name)] = said
    known = ["", *options] if said in ("", *options) else ["", said, *options]
    shown = catalog.title if name == "variant" else str
    st.selectbox(
        label, known, format_func=lambda value: shown(value) if value else ANY, key=_key(name), on_change=_changed,
        args=(name,),
    )  # fmt: skip


def _day(name: str, label: str, said: datetime | None) -> None:
    st.session_state[_key(name)] = said.date() if said else None
    st.date_input(label, None, key=_key(name), on_change=_changed, args=(name,), format="YYYY-MM-DD")
