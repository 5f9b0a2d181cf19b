"""The head of an experiment on every page: title, settings, place in the queue, Stop."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lenet import catalog, instruments
from lenet.bench import lock
from lenet.bench.queue import Queue
from lenet.hosting.policy import Action
from lenet.records import UNFINISHED, Experiment, Request
from lenet.settings import OPTIONS, names, written
from lenet.views.experiment import who
from pages.parts import errors, places
from pages.parts.service import get_desk, may
from pages.parts.text import plain

SHOWN = names(lambda facets: facets.shown != "no")
WHERE_SET = names(lambda facets: facets.shown == "where set")
OF_OPEN_END = names(lambda facets: facets.shown == "where open")


def show(service: Queue, experiment: Experiment) -> DeltaGenerator:
    """Show the title, the settings and, while the experiment waits, its place in the queue.

    Returns the row of the title, in which a page may put more.
    """
    row = st.container(horizontal=True, vertical_alignment="center", key="race_head")
    given = service.store.annotation(experiment.id).title
    title = f"Experiment {experiment.id}: {given or instruments.subject(experiment.request)}"
    row.header(plain(title), anchor=False, width="stretch")
    if experiment.status in UNFINISHED and may(Action.STOP, experiment):
        _offer_stop(row, service, experiment)
    if experiment.status in UNFINISHED and may(Action.FORCE, experiment) and service.adrift(experiment):
        _offer_force(service, experiment)
    with st.container(key="race_settings"):
        st.caption(plain(_line(experiment)))
    if experiment.status == "queued":
        _say_place(service, experiment)
    return row


def _line(experiment: Experiment) -> str:
    """The settings and, once it has started, the machine."""
    machine = str(experiment.machine.get("cpu", ""))
    there = f"on {places.name(experiment)}" if experiment.target else ""
    return " · ".join(filter(None, (*who(experiment), there, _settings(experiment), machine)))


def _settings(experiment: Experiment) -> str:
    """The settings to show, in one line.

    Left out are those that an entry overrides, and what was not asked for of some.
    """
    own = {name for entry in experiment.request.variants for name in catalog.overrides(entry)}
    settings = experiment.request.settings
    own.update(name for name in WHERE_SET if not getattr(settings, name))
    own.update(name for name in OF_OPEN_END if not (settings.open_ended and getattr(settings, name)))
    values = {name: written(name, getattr(settings, name)) for name in SHOWN if name not in own}
    return " · ".join(f"{OPTIONS[name].label} {value}" for name, value in values.items())


def _offer_stop(row: DeltaGenerator, service: Queue, experiment: Experiment) -> None:
    """A button that asks once before it ends the experiment."""
    with row.popover("Stop", icon=":material/stop:"):
        st.markdown("Its runs end now; what they have measured is kept.")
        if st.button("Stop it", type="primary", key="stop"):
            with errors.shown():
                get_desk().stop(experiment.id)
                st.rerun()


def _offer_force(service: Queue, experiment: Experiment) -> None:
    """A way out where nobody can tell whether the process that runs it still lives."""
    with st.popover("End by force …", icon=":material/link_off:"):
        st.markdown(
            "It was started on another machine, or with another data folder, and nothing here tells "
            "whether it still runs. If its process is gone, end it here; its files stay."
        )
        if st.button("End it for good", type="primary", key="force"):
            with errors.shown():
                get_desk().force(experiment.id)
                st.rerun()


def _say_place(service: Queue, experiment: Experiment) -> None:
    ahead = service.place(experiment.id)
    where = places.name(experiment) or "this machine"
    waiting = f"{ahead} ahead of it" if ahead else f"it starts as soon as {plain(where)} is free"
    other = None if ahead or experiment.target else lock.holder()
    who = f" {plain(other.sentence)}." if other else ""
    st.info(f"Queued: {waiting}.{who}", icon=":material/hourglass_top:")


def link_to_result(experiment: Experiment) -> None:
    """Link to the page with the result of the experiment."""
    kind = instruments.of(experiment.request)
    st.page_link(
        f"pages/{kind.page}.py",
        label="See what it found on the Why page" if kind.asks_why else "See the results",
        icon=":material/stairs:" if kind.asks_why else ":material/bar_chart:",
        query_params={"experiment": str(experiment.id)},
    )


def offer_again(service: Queue, experiment: Experiment) -> None:
    """A button that asks for the same once more, where it did not come to its end."""
    if experiment.status == "finished" or not may(Action.START):
        return
    if st.button("Run again", key="again", icon=":material/replay:", help="The same variants and settings once more."):
        with errors.shown():
            st.query_params["experiment"] = str(places.again(experiment))
            st.rerun()


def start(service: Queue, request: Request) -> None:
    """Queue an experiment and show it, or say why this machine cannot hold it."""
    with errors.shown():
        st.query_params["experiment"] = str(get_desk().submit(request))
        st.rerun()
