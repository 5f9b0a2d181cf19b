"""System: what is installed here, and is this machine quiet enough?"""

import os
import platform
from importlib import metadata

import streamlit as st

from lenet.bench import lock, machine
from lenet.bench.service import Service
from pages.widgets import errors, frame
from pages.widgets import stacks as widgets
from pages.widgets.service import get_installer, get_service

GIBIBYTE = 1024**3
PACKAGES = ("streamlit", "plotly", "pandas", "numpy", "sqlalchemy")


def main() -> None:
    """The machine, its load, the stacks, the variants, the data."""
    service, installer = get_service(), get_installer()
    _machine()
    _load(service)
    st.subheader("Stacks", anchor=False)
    widgets.watch(installer, widgets.states(installer))
    st.subheader("Variants", anchor=False)
    widgets.variants()
    _program(service)


def _machine() -> None:
    here = machine.describe()
    with st.grid(min_column_width=150):
        st.metric("Cores", here["cores"], border=True, help="That this program may use.")
        st.metric("Memory", f"{here['memory_bytes'] / GIBIBYTE:.1f} GiB", border=True)
        st.metric("GPUs", len(here["gpus"]), border=True, help=", ".join(here["gpus"]) or "None was found.")
        st.metric("Python", here["python"], border=True)
    st.markdown(f"**{here['cpu']}** · {here['platform']}")


@st.fragment(run_every=5.0)
def _load(service: Service) -> None:
    with errors.shown():
        now, cores = machine.load(), machine.describe()["cores"]
        with st.grid(min_column_width=150):
            st.metric("Load, 1 minute", f"{now['load_1min']:.2f}", border=True, help="Processes that want a core.")
            st.metric("Load, 15 minutes", f"{now['load_15min']:.2f}", border=True)
            st.metric("Free memory", f"{now['memory_available_bytes'] / GIBIBYTE:.1f} GiB", border=True)
        _quiet(now["load_1min"], cores)


def _quiet(load: float, cores: int) -> None:
    holder = lock.holder()
    if holder is not None:
        whose = "this program" if holder["pid"] == os.getpid() else f"another process ({holder['pid']})"
        st.info(
            f"A race is running on this machine, started by {whose}; others wait until it ends.",
            icon=":material/sports_score:",
        )
    elif load > cores / 2:
        st.warning(
            f"This machine is busy: load {load:.1f} on {cores} cores. Slices cancel most of it; quiet is better."
        )
    else:
        st.success("This machine is quiet.", icon=":material/check_circle:")


def _program(service: Service) -> None:
    st.subheader("Program and data", anchor=False)
    versions = {name: metadata.version(name) for name in PACKAGES}
    url = service.store.engine.url.render_as_string(hide_password=True)
    st.table(
        {"Data folder": str(service.home.root), "Database": url, "Interpreter": platform.python_version(), **versions}
    )


frame.require()
with errors.shown():
    main()
