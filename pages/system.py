"""System: what is installed here, and is this machine quiet enough?"""

import platform
from importlib import metadata

import streamlit as st

from lenet.bench import machine
from lenet.bench.queue import Queue
from lenet.hosting.policy import Action
from pages.parts import errors, frame
from pages.parts.service import get_installer, get_service, may
from pages.parts.system import fleet, folders, noise, quiet, tokens
from pages.parts.system import stacks as widgets

GIBIBYTE = 1024**3
PACKAGES = ("streamlit", "plotly", "pandas", "numpy", "sqlalchemy")


def main() -> None:
    """The machine, whether it is quiet, its noise floor, the stacks, the variants, the data."""
    service, installer = get_service(), get_installer()
    _machine()
    st.header("Quiet enough?", anchor=False)
    quiet.watch()
    st.header("Noise floor", anchor=False)
    noise.section(service)
    fleet.section(service)
    st.header("Stacks", anchor=False)
    widgets.watch(installer, widgets.states(installer))
    st.header("Variants", anchor=False)
    widgets.variants()
    folders.section()
    tokens.section()
    _program(service)


def _machine() -> None:
    here = machine.describe()
    with st.grid(min_column_width=150):
        st.metric("Cores", here["cores"], border=True, help="The cores that this program may use.")
        st.metric("Memory", f"{here['memory_bytes'] / GIBIBYTE:.1f} GiB", border=True)
        st.metric("GPUs", len(here["gpus"]), border=True, help=", ".join(here["gpus"]) or "None was found.")
        st.metric("Python", here["python"], border=True)
    st.markdown(f"**{here['cpu']}** · {here['platform']}")


def _program(service: Queue) -> None:
    st.header("Program and data", anchor=False)
    versions = {name: metadata.version(name) for name in PACKAGES}
    url = service.store.engine.url.render_as_string(hide_password=True)
    places = {"Data folder": str(service.home.root), "Database": url} if may(Action.READ_LOGS) else {}
    st.table({**places, "Interpreter": platform.python_version(), **versions})


frame.require()
with errors.shown():
    main()
