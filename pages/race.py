"""Race: choose, start, watch live."""

from collections.abc import Sequence

import streamlit as st

from lenet import catalog
from lenet.bench.service import Service
from lenet.records import Experiment, Request
from lenet.settings import OPTIONS
from pages.widgets import errors, form, frame, live_panel, verdicts
from pages.widgets.service import UNFINISHED, addressed, get_installer, get_report, get_service

SHOWN = ("batch_size", "epochs", "images_per_epoch", "rounds", "threads", "device", "allocator")


def main() -> None:
    """The race that the address names or that runs now, then the form for the next."""
    service, installer = get_service(), get_installer()
    queue = service.store.unfinished()
    experiment = addressed(service) or next(iter(queue), None)
    state = live_panel.drawn(queue, experiment, installer.running())
    if experiment is None:
        st.markdown("Which way of training LeNet on MNIST is faster here, and how sure is that? Choose, and start.")
        _new_race(service, state.installing)
    else:
        # Whoever came without an address keeps this race in sight when it ends, and can share it.
        st.query_params["experiment"] = str(experiment.id)
        _show(service, experiment)
    live_panel.watch(service, installer, experiment, state)
    if experiment is not None:
        with st.expander(
            "Race something else", icon=":material/sports_score:", expanded=experiment.status not in UNFINISHED
        ):
            _new_race(service, state.installing)


def _new_race(service: Service, installing: Sequence[str]) -> None:
    request = form.draw()
    form.say_installing(installing)
    if st.button("Start", type="primary", key="start", icon=":material/play_arrow:") and request is not None:
        _start(service, request)


def _start(service: Service, request: Request) -> None:
    with errors.shown():
        st.query_params["experiment"] = str(service.submit(request))
        st.rerun()


def _show(service: Service, experiment: Experiment) -> None:
    names = ", ".join(catalog.title(label) for label in catalog.labels(experiment.request.variants))
    with st.container(horizontal=True, vertical_alignment="center", key="race_head"):
        st.subheader(f"Experiment {experiment.id}: {names}", anchor=False, width="stretch")
        if experiment.status in UNFINISHED and st.button("Stop", key="stop", icon=":material/stop:"):
            _stop(service, experiment)
    settings = experiment.request.settings
    st.caption(" · ".join(f"{OPTIONS[name].label} {getattr(settings, name)}" for name in SHOWN))
    if experiment.status == "queued":
        _say_place(service, experiment)
    elif experiment.status != "running":
        _say_result(service, experiment)


def _stop(service: Service, experiment: Experiment) -> None:
    with errors.shown():
        service.stop(experiment.id)
        st.rerun()


def _say_place(service: Service, experiment: Experiment) -> None:
    ahead = service.place(experiment.id)
    waiting = f"{ahead} ahead of it" if ahead else "it starts as soon as this machine is free"
    st.info(f"Queued: {waiting}.", icon=":material/hourglass_top:")


def _say_result(service: Service, experiment: Experiment) -> None:
    verdicts.show(get_report(service, experiment))
    st.page_link(
        "pages/results.py",
        label="See the results",
        icon=":material/bar_chart:",
        query_params={"experiment": str(experiment.id)},
    )


frame.require()
with errors.shown():
    main()
