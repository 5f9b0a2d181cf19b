"""The noise floor on the System page: its measurements, and a button that measures it."""

import streamlit as st

from lenet import catalog, requests, stacks
from lenet.analysis.noise import floor_words, measured
from lenet.bench import machine
from lenet.bench.queue import Queue
from lenet.hosting.policy import Action
from lenet.settings import Settings, asked_by
from lenet.views import lists
from pages.parts import blocks, errors, pulse
from pages.parts.service import get_desk, may, say_refused
from pages.parts.text import plain
from pages.parts.why import start

FRONT = ("allocator", "threads", "rounds")
FOLDED = tuple(name for name in asked_by("noise") if name not in FRONT)
USUAL = {**Settings().as_dict(), **requests.NOISE_DEFAULTS}
ABOUT = (
    "The noise floor is how far apart copies of one variant come out; a ratio inside it is not a measurable difference."
)


def section(service: Queue) -> None:
    """Show this machine's known floor, its running measurements, and the form for a new one."""
    drawn = pulse.of_measurements(service)
    here = machine.describe()
    own = (here["host"], here.get("id", ""))
    known = measured.all_floors(service.store)
    floors = [floor for floor in known if (floor.circumstance.host, floor.circumstance.id) == own]
    if floors:
        st.markdown(plain(" ".join(floor_words.sentences(floors[0]))))
        blocks.table(lists.floors(floors), "floors", "Every measurement of the noise floor here.")
    else:
        st.markdown("It was never measured here.")
    st.caption(ABOUT)
    for number, status in drawn[0]:
        st.page_link(
            "pages/race.py",
            label=f"Experiment {number} measures it ({status}): watch it",
            icon=":material/hourglass_top:",
            query_params={"experiment": str(number)},
        )
    if may(Action.START):
        _form()
    else:
        say_refused(Action.START)
    pulse.watch(lambda: pulse.of_measurements(service), drawn)


def _form() -> None:
    ready = [name for name, variant in catalog.known().items() if stacks.availability(variant).available]
    if not ready:
        return
    usual = ready.index(requests.NOISE_VARIANT) if requests.NOISE_VARIANT in ready else 0
    with st.grid(min_column_width=160):
        variant = st.selectbox("Copies of", ready, usual, format_func=catalog.title, key="noise_variant")
        values = {name: start.field(f"noise_{name}", name, USUAL[name]) for name in FRONT}
    values |= start.settings("noise", FOLDED, requests.NOISE_DEFAULTS)
    if st.button("Measure the noise floor", key="measure_noise", type="primary", icon=":material/straighten:"):
        with errors.shown():
            given = {name: value for name, value in values.items() if value != str(USUAL[name])}
            get_desk().submit(requests.noise_request(variant, requests.COPIES, given))
            st.rerun()
