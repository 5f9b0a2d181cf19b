"""Why: split the gap between two programs into causes."""

from collections.abc import Sequence

import streamlit as st

from lenet.bench.service import Service
from lenet.records import Experiment
from pages.widgets import (
    errors,
    frame,
    head,
    live_panel,
    results,
    verdicts,
    why_choice,
    why_ladder,
    why_law,
    why_progress,
    why_recreated,
)
from pages.widgets.service import UNFINISHED, get_found, get_installer, get_service

ASK = {"law": why_law.ask, "ladder": why_ladder.ask, "recreated": why_recreated.ask}
SHOW = {"law": why_law.show, "ladder": why_ladder.show, "recreated": why_recreated.show}


def main() -> None:
    """A question, the answer of its newest experiment or the one that the address names, and a form to ask anew."""
    service, installer = get_service(), get_installer()
    queue = service.store.unfinished()
    section, experiment = why_choice.choose(service)
    state = live_panel.drawn(queue, experiment, installer.running())
    if experiment is None:
        ASK[section](service, state.installing)
    else:
        head.show(service, experiment)
    live_panel.watch(service, installer, experiment, state, why_progress.draw)
    if experiment is not None:
        if experiment.status not in UNFINISHED:
            _answer(service, section, experiment)
        _ask_anew(service, section, state.installing)


def _answer(service: Service, section: str, experiment: Experiment) -> None:
    verdicts.say_end(experiment)
    SHOW[section](service, get_found(service, experiment))
    results.failures(service.store.runs(experiment.id))


def _ask_anew(service: Service, section: str, installing: Sequence[str]) -> None:
    with st.expander("Ask something else", icon=":material/stairs:"):
        ASK[section](service, installing)


frame.require()
with errors.shown():
    main()
