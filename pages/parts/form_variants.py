"""The choice of variants, grouped by framework, each in its colour and with a badge that says how it is written.

Those that cannot run here stand greyed in their group, with a button that installs what they need.
"""

import re
from collections.abc import Iterable, Sequence

import streamlit as st

from lenet import catalog, stacks
from lenet.bench import lock
from lenet.bench.installer import Installer
from lenet.catalog import Variant, WrittenAs
from lenet.catalog.families import grouped
from lenet.charts.colors import style
from lenet.hosting.policy import Action
from lenet.views.written_as import MEANING, TITLE, meanings
from pages.parts import errors, places
from pages.parts.service import get_desk, may
from pages.parts.text import plain, quoting

EXTRA = "extra_entries"
"""Entries that are no variant as it stands: in another stack, or with settings of their own."""
PICK = "variant_"
KINDS = "kinds"
"""The key of the filter: how those are written that are listed."""
WIDTH = 110
"""Pixels of the column with the frameworks' names."""
RACING = "A race is running, and installing would disturb it; wait until it has ended."


def is_filled() -> bool:
    """Whether anything was ever filled in."""
    return EXTRA in st.session_state


def choose(entries: Sequence[str]) -> None:
    """Choose these entries and no others."""
    extra = tuple(entry for entry in entries if entry not in catalog.known())
    st.session_state[EXTRA] = extra
    st.session_state.update({f"{PICK}{name}": name in entries for name in (*catalog.known(), *extra)})


def chosen() -> list[str]:
    """The chosen entries that can run here, in the order of the catalogue."""
    names = (*catalog.known(), *st.session_state.get(EXTRA, ()))
    return runnable(name for name in names if st.session_state.get(f"{PICK}{name}"))


def runnable(entries: Iterable[str]) -> list[str]:
    """The entries whose variant can run here."""
    return [entry for entry in entries if _state(entry).available]


def _state(entry: str) -> stacks.Availability:
    return places.availability(catalog.variant(entry), entry)


def draw(installer: Installer) -> list[str]:
    """Show a filter and a row per framework, and return the chosen entries."""
    entries = st.session_state[EXTRA]
    colored = "".join(_swatch(name) for name in (*catalog.known(), *entries))
    st.html(f"<style>{colored}</style>")
    with st.container(border=True, gap="xsmall", key="variants"):
        kinds = _kinds()
        for framework, variants in grouped(v for v in catalog.known().values() if _listed(v, kinds)).items():
            with st.container(horizontal=True, vertical_alignment="center", key=f"framework_{framework}"):
                _row(framework, variants, installer)
        if entries:
            with st.container(horizontal=True, vertical_alignment="center", key="framework_extra"):
                st.markdown("**As raced**", width=WIDTH)
                for entry in entries:
                    _pick(entry)
    return chosen()


def _kinds() -> list[WrittenAs]:
    """The filter: list those alone that are written so; all where nothing is chosen."""
    words = list(MEANING)
    return st.pills(TITLE, words, selection_mode="multi", key=KINDS, help=meanings(), persist_state="session")


def _listed(variant: Variant, kinds: Sequence[WrittenAs]) -> bool:
    """What is chosen stays in sight whatever the filter says."""
    return not kinds or variant.written_as in kinds or bool(st.session_state.get(f"{PICK}{variant.name}"))


def _swatch(entry: str) -> str:
    """CSS that puts an entry's colour before its name, by the class of its key."""
    return f".st-key-{_key(entry)} {{border-left: 0.35rem solid {style(entry).color}; padding-left: 0.5rem;}}"


def _key(entry: str) -> str:
    """A key's class, as Streamlit writes it."""
    return re.sub(r"[^a-zA-Z0-9_-]", "-", f"{PICK}{entry}")


def _row(framework: str, variants: Sequence[Variant], installer: Installer) -> None:
    """The variants of a framework, stack by stack: first those that can run here."""
    st.markdown(f"**{framework}**", width=WIDTH)
    by_state: dict[tuple[bool, str, str], list[Variant]] = {}
    for variant in variants:
        state = places.availability(variant)
        said = _versions(state) if state.available else state.reason
        by_state.setdefault((not state.available, variant.stack, said), []).append(variant)
    for (away, stack, said), those in sorted(by_state.items(), key=lambda group: group[0][0]):
        for variant in those:
            _pick(variant.name)
        if not away:
            st.caption(plain(said), width="content")
        elif not those[0].unavailable:  # else no installing helps, and the box says why
            _offer(framework, stack, said, installer)


def _versions(state: stacks.Availability) -> str:
    """'keras 3.15.0, tensorflow 2.21.0'."""
    return ", ".join(f"{name} {version}" for name, version in state.versions.items())


def _pick(entry: str) -> None:
    state = _state(entry)
    st.checkbox(
        f"{plain(catalog.title(entry))} :gray-badge[{catalog.variant(entry).written_as}]",
        key=f"{PICK}{entry}",
        disabled=not state.available,
        help=None if state.available else quoting(state.reason),
        persist_state="session",
    )


def _offer(framework: str, stack: str, reason: str, installer: Installer) -> None:
    """Why variants of a stack cannot run here, and the button that installs it where that helps."""
    if places.chosen() or stacks.state(stack).usable:
        st.caption(quoting(reason), width="content")
        return
    if stack in installer.running():
        st.caption(f"{plain(installer.progress(stack)[1])} …", width="content")
        return
    if not may(Action.INSTALL):
        st.caption(quoting(reason), width="content")
        return
    racing = lock.holder() is not None
    begun = st.button(
        f"Install {stack}",
        key=f"install_{stack}_{framework}",
        type="tertiary",
        icon=":material/download:",
        disabled=racing,
        help=RACING if racing else quoting(reason),
    )
    if begun:
        with errors.shown():
            get_desk().install(installer, stack)
            st.rerun()
