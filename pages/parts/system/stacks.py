"""Stacks and variants on the System page: each stack's state, its building, and what runs in it."""

import streamlit as st

from lenet import catalog, stacks
from lenet.bench import lock
from lenet.bench.installer import FAILED, RUNNING, Installer
from lenet.hosting.policy import Action
from lenet.views import lists
from pages.parts import blocks, errors, pulse
from pages.parts.service import get_desk, may

SECONDS = 2.0
LOOKS = {
    "installed": ("green", ":material/check_circle:"),
    "satisfied": ("green", ":material/check_circle:"),
    "installing": ("blue", ":material/downloading:"),
    "missing": ("gray", ":material/radio_button_unchecked:"),
    "broken": ("red", ":material/error:"),
}
WORDS = {"satisfied": "ready in the app's own Python"}
RACING = "A race is running, and installing would disturb it; wait until it has ended."
States = dict[str, stacks.State]


def states(installer: Installer) -> States:
    """The state of every stack by name, from which the page is drawn."""
    return {name: stacks.state(name) for name in stacks.known(installer.home)}


def watch(installer: Installer, drawn: States) -> None:
    """Show a card per stack; draw the page again when the states are no longer `drawn`."""
    pulse.watch(lambda: states(installer), drawn, lambda: _cards(installer, drawn), SECONDS)


def _cards(installer: Installer, now: States) -> None:
    wrong = stacks.mistake(installer.home)
    if wrong and may(Action.READ_LOGS):
        st.error(wrong, icon=":material/warning:")
    racing = lock.holder() is not None
    if racing and any(state.reason for state in now.values()):
        st.caption(RACING)
    with st.grid(min_column_width=340):
        for name, stack in stacks.known(installer.home).items():
            with st.container(border=True, height="stretch", key=f"stack_{name}"):
                _card(stack, now[name], installer, racing)


def _card(stack: stacks.Stack, state: stacks.State, installer: Installer, racing: bool) -> None:
    color, icon = LOOKS[state.status]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{stack.name}**", width="stretch")
        st.badge(WORDS.get(state.status, state.status), icon=icon, color=color)
    python = state.python or stack.python
    st.markdown(stack.title)
    versions = (f"{package} {version}" for package, version in state.versions.items())
    st.caption(" · ".join((f"Python {python}" if python else "The app's Python", *versions)))
    status, line = installer.progress(stack.name)
    if status == RUNNING:
        st.info(f"{line} …", icon=":material/downloading:")
        _log(stack, installer)
    elif state.reason:
        _offer(stack, state, installer, racing)


def _offer(stack: stacks.Stack, state: stacks.State, installer: Installer, racing: bool) -> None:
    """Say why a stack is not ready or could not be built, and show the button that builds it."""
    status, line = installer.progress(stack.name)
    if status == FAILED:
        st.error(line, icon=":material/warning:")
        _log(stack, installer)
    else:
        st.caption(state.reason)
    if not may(Action.INSTALL):
        return
    again = status == FAILED or state.status != "missing"
    begin = st.button(
        "Install again" if again else "Install",
        key=f"install_{stack.name}",
        icon=":material/download:",
        disabled=racing,
        help=RACING if racing else None,
    )
    if begin:
        with errors.shown():
            get_desk().install(installer, stack.name)
            st.rerun()


def _log(stack: stacks.Stack, installer: Installer) -> None:
    log = installer.log(stack.name) if may(Action.READ_LOGS) else ""
    if log:
        with st.expander("Log", icon=":material/article:", key=f"log_{stack.name}"):
            st.code(log, language=None, wrap_lines=True, height=240)


def variants() -> None:
    """Show every variant: its stack, whether it can run here, and what to know about its times."""
    alt = "Which stack each variant runs in, which can run here, and why the others cannot."
    blocks.table(lists.variants(), "variants_here", alt)
    with st.expander("What to know about each variant's times", icon=":material/info:"):
        for variant in catalog.known().values():
            st.markdown(f"**{variant.title}:** {' '.join(variant.caveats) or 'Nothing.'}")
