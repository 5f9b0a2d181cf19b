"""The noise floor on the System page: what was measured here, and a button that measures it."""

import pandas as pd
import streamlit as st

from lenet import catalog, requests, stacks
from lenet.analysis.noise import floor_estimate, floor_words, measured
from lenet.analysis.noise.measured import Floor
from lenet.bench import machine
from lenet.bench.estimate import estimate, refuse
from lenet.bench.service import Service
from lenet.instruments import NOISE
from lenet.records import Request
from lenet.settings import OPTIONS
from pages.parts import errors
from pages.parts.text import plain

SECONDS = 2.0
ASKED = ("allocator", "threads", "rounds")
ABOUT = (
    "How far apart do equal programs come out? Copies of one variant are raced, and what sets them apart is no "
    "difference between programs. A ratio inside this floor reads as no measurable difference."
)


def section(service: Service) -> None:
    """What is known of this machine's floor, whether it is being measured, and the button."""
    drawn = _state(service)
    st.caption(ABOUT)
    floors = [
        floor for floor in measured.all_floors(service.store) if floor.circumstance.host == machine.describe()["host"]
    ]
    if floors:
        st.markdown(plain(" ".join(floor_words.sentences(floors[0]))))
        st.table(_table(floors))
    else:
        st.markdown("It was never measured here.")
    for number, status in drawn[0]:
        st.page_link(
            "pages/race.py",
            label=f"Experiment {number} measures it ({status}): watch it",
            icon=":material/hourglass_top:",
            query_params={"experiment": str(number)},
        )
    _form(service)
    _watch(service, drawn)


def _state(service: Service) -> tuple[tuple[tuple[int, str], ...], int]:
    """Measurements that wait or run, and how many there are in all."""
    measurements = service.store.experiments(instruments=(NOISE.name,))
    unfinished = tuple((e.id, e.status) for e in measurements if e.status in ("queued", "running"))
    return unfinished, len(measurements)


@st.fragment(run_every=SECONDS)
def _watch(service: Service, drawn: tuple[tuple[tuple[int, str], ...], int]) -> None:
    with errors.shown():
        if _state(service) != drawn:
            st.rerun()


def _table(floors: list[Floor]) -> pd.DataFrame:
    return pd.DataFrame([_row(floor) for floor in floors]).set_index("Measured (UTC)")


def _row(floor: Floor) -> dict[str, str]:
    where = floor.circumstance
    return {
        "Measured (UTC)": f"{floor.measured:%Y-%m-%d %H:%M}",
        "Floor": floor_words.plus_minus(floor_estimate.own_share(floor.spread)),
        "By": plain(floor.source),
        "Device": where.device,
        "Threads": str(where.threads),
        "Allocator": where.allocator,
        "Batch size": str(where.batch_size),
        "Turns": "in slices" if where.slices else "one run after the other",
    }


def _form(service: Service) -> None:
    ready = [name for name, variant in catalog.VARIANTS.items() if stacks.availability(variant).available]
    if not ready:
        return
    usual = ready.index(requests.NOISE_VARIANT) if requests.NOISE_VARIANT in ready else 0
    with st.grid(min_column_width=160):
        variant = st.selectbox("Copies of", ready, usual, format_func=catalog.title, key="noise_variant")
        values = {name: _field(name) for name in ASKED}
    if st.button("Measure the noise floor", key="measure_noise", type="primary", icon=":material/straighten:"):
        with errors.shown():
            _start(service, requests.noise_request(variant, requests.COPIES, values))


def _field(name: str) -> str:
    """One setting, as every form has it: numbers are text, so that a wrong one is named and not replaced."""
    about, key = OPTIONS[name], f"noise_{name}"
    if about.choices:
        return str(st.selectbox(about.label, about.choices, key=key, help=about.help))
    return st.text_input(about.label, str(requests.NOISE.get(name, 0)), key=key, help=about.help)


def _start(service: Service, request: Request) -> None:
    refuse(estimate(service.store, request))
    service.submit(request)
    st.rerun()
