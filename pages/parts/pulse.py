"""The pulse: an open page notices what happened elsewhere, such as a race begun in another browser."""

import streamlit as st

from lenet.bench.service import Service
from pages.parts import errors

SECONDS = 3.0
State = tuple[object, ...]


def state(service: Service, experiment_id: int) -> State:
    """What a page about the results of an experiment is drawn from."""
    newest = service.store.experiments(limit=1)
    runs = service.store.runs(experiment_id)
    status = service.store.experiment(experiment_id).status
    return newest[0].id, status, sum(run.status != "running" for run in runs)


@st.fragment(run_every=SECONDS)
def watch(service: Service, experiment_id: int, drawn: State) -> None:
    """Draw the whole page again when it is no longer what it was `drawn` from."""
    with errors.shown():
        if state(service, experiment_id) != drawn:
            st.rerun()
