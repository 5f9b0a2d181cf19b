"""Parts of all forms of the Why page: settings, the cost of a start, and the button."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from lenet import catalog, stacks
from lenet.bench import machine
from lenet.bench.estimate import GIBIBYTE, Estimate
from lenet.bench.plan_words import basis, duration
from lenet.bench.queue import Queue
from lenet.catalog import Entry
from lenet.hosting.policy import Action
from lenet.records import Request
from lenet.settings import OPTIONS, Settings
from pages.parts import errors, form, head, pair
from pages.parts.service import get_desk, may, say_refused
from pages.parts.text import plain, quoting


def settings(section: str, names: Sequence[str], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Show a field per setting, folded away, and return the values as they were typed."""
    usual = {**Settings().as_dict(), **defaults}
    with st.expander("Settings", icon=":material/tune:"), st.grid(min_column_width=180):
        return {name: field(f"{section}_{name}", name, usual[name]) for name in names}


def field(key: str, name: str, default: Any) -> Any:
    """Show a field for a setting. Numbers are text, so that a wrong one is named, not replaced."""
    about = OPTIONS[name]
    label = f"{about.label} ({about.unit})" if about.unit else about.label
    if about.choices:
        return st.selectbox(label, about.choices, about.choices.index(default), key=key, help=about.help)
    return st.text_input(label, str(default), key=key, help=about.help)


def variants(key: str, ends: Sequence[str]) -> list[str]:
    """Let the user choose variants: first the pair in the address, else `ends`."""
    there, asked = available(), [str(Entry.parse(label).without_settings) for label in pair.addressed() if label]
    first = asked if asked and set(asked) <= set(there) else [name for name in ends if name in there]
    return st.multiselect("Variants", there, first, format_func=catalog.title, key=pair.key(key))


def available() -> list[str]:
    """The variants and rungs that can run here."""
    every = {**catalog.known(), **catalog.RUNGS}
    return [name for name, variant in every.items() if stacks.availability(variant).available]


def offer(service: Queue, builds: Mapping[str, Callable[[], Request]], installing: Sequence[str]) -> None:
    """Show the cost of the experiment, or its mistake, and a button for each of `builds`."""
    requests: dict[str, Request] = {}
    with errors.shown():
        requests = {label: build() for label, build in builds.items()}
        _say_cost(next(iter(requests.values())))
    if not may(Action.START):
        say_refused(Action.START)
        return
    form.say_installing(installing)
    with st.container(horizontal=True):
        clicked = [label for label in builds if _button(label)]
    for label in clicked:
        if label in requests:
            head.start(service, requests[label])


def _button(label: str) -> bool:
    return st.button(label, type="primary", key=f"why_{label.lower()}", icon=":material/play_arrow:")


def _say_cost(request: Request) -> None:
    _say_unavailable(request)
    expected = get_desk().plan(request)
    st.caption(f"{_size(expected)} {basis(expected, len(request.variants))}")
    free = machine.load()["memory_available_bytes"]
    if expected.memory_bytes > free:
        st.warning(
            f"Only {free / GIBIBYTE:.1f} GiB of memory are free now: close something else first.",
            icon=":material/memory:",
        )


def _size(expected: Estimate) -> str:
    processes = f"{expected.processes} processes at once" if expected.processes > 1 else "One process at a time"
    return f"{processes}, about {expected.memory_bytes / GIBIBYTE:.1f} GiB; about {duration(expected.seconds)}."


def _say_unavailable(request: Request) -> None:
    """Say which entries cannot run here, a line per reason."""
    entries: dict[str, list[str]] = {}
    for entry in dict.fromkeys(request.variants):
        state = stacks.availability(catalog.variant(entry))
        if not state.available:
            entries.setdefault(state.reason, []).append(catalog.title(entry))
    for reason, titles in entries.items():
        st.warning(f"{plain(', '.join(titles))}: {quoting(reason)}", icon=":material/block:")
    if entries:
        st.page_link("pages/system.py", label="Install stacks on the System page", icon=":material/memory:")
