"""The fleet on the System page: a card for each machine, and how another one joins."""

import streamlit as st

from lenet.analysis.noise import measured
from lenet.bench.queue import Queue
from lenet.fleet import machines, member
from lenet.hosting.policy import Action
from lenet.records import Machine
from lenet.views import machines as views
from pages.parts import errors, pulse
from pages.parts.service import get_desk, may
from pages.parts.text import plain, quoting

WIDTH = 330
"""The least width of a card, in pixels."""


def section(service: Queue) -> None:
    """Every machine of the fleet and what it does; nothing where there is no fleet."""
    known, head = service.store.machines(), member.head_of(service.home)
    if not known and not head:
        return
    st.header("Fleet", anchor=False)
    drawn = _state(service)
    floors, placed = measured.all_floors(service.store), service.store.placed()
    with st.grid(min_column_width=WIDTH):
        for one in known:
            with st.container(border=True, key=f"machine_{one.id}"):
                _card(one, views.lines(one, placed, floors))
    if head and may(Action.DRAIN):
        st.markdown("Another machine joins with this command; it asks for the fleet's token:")
        st.code(f"lenet fleet join {head}", language="bash")
    pulse.watch(lambda: _state(service), drawn)


def _state(service: Queue) -> object:
    """All that the section draws of what others change: that a machine is heard of again changes nothing."""
    known = [(one.id, one.name, one.draining, machines.is_there(one)) for one in service.store.machines()]
    return known, [(one.id, one.status) for one in service.store.placed()]


def _card(one: Machine, lines: list[str]) -> None:
    st.markdown(f"**{plain(one.name)}** :gray-badge[{plain(one.id)}]")
    for line in lines:
        st.markdown(quoting(line))
    if not may(Action.DRAIN):
        return
    if one.draining:
        if st.button("Let it race again", key=f"undrain_{one.id}", icon=":material/play_arrow:"):
            with errors.shown():
                get_desk().undrain(one)
                st.rerun()
    elif st.button(
        "Drain", key=f"drain_{one.id}", icon=":material/pause:", help="It ends what it races and begins nothing else."
    ):
        with errors.shown():
            get_desk().drain(one)
            st.rerun()
