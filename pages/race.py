"""Race: choose, start, watch live."""

from collections.abc import Sequence

import streamlit as st

from lenet import instruments
from lenet.bench.service import Service
from lenet.records import UNFINISHED, Experiment, Request
from lenet.views import race as views
from lenet.views.experiment import frame as frame_of
from pages.parts import blocks, errors, form, frame, head, live_panel
from pages.parts.service import addressed, get_installer, get_report, get_service


def main() -> None:
    """The race that the address names or that runs now, then the form for the next race."""
    service, installer = get_service(), get_installer()
    queue = service.unfinished()
    experiment = addressed(service) or next(iter(queue), None)
    state = live_panel.drawn(queue, experiment, installer.running())
    if experiment is None:
        st.markdown("Choose, and start: which way of training LeNet on MNIST is faster here, and how sure is that?")
        _new_race(service, state.installing)
    else:
        # A reader who came without an address keeps this race when it ends, and can share it.
        st.query_params["experiment"] = str(experiment.id)
        _show(service, experiment)
    live_panel.watch(service, installer, experiment, state, live_panel.race)
    if experiment is not None:
        with st.expander(
            "Race something else", icon=":material/sports_score:", expanded=experiment.status not in UNFINISHED
        ):
            _new_race(service, state.installing)


def _new_race(service: Service, installing: Sequence[str]) -> None:
    request = form.draw(service.store)
    form.say_installing(installing)
    if st.button("Start", type="primary", key="start", icon=":material/play_arrow:") and request is not None:
        _start(service, request)


def _start(service: Service, request: Request) -> None:
    with errors.shown():
        st.query_params["experiment"] = str(service.submit(request))
        st.rerun()


def _show(service: Service, experiment: Experiment) -> None:
    head.show(service, experiment)
    if experiment.status in UNFINISHED:
        return
    report, runs = get_report(service, experiment), service.store.runs(experiment.id)
    if instruments.of(experiment.request).compared:
        blocks.answer(views.answer(report, runs))
    else:
        blocks.end(frame_of(report, runs))
    head.offer_again(service, experiment)
    head.link_to_result(experiment)


frame.require()
with errors.shown():
    main()
