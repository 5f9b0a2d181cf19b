"""Why: split the gap between two programs into causes."""

from collections.abc import Sequence

import streamlit as st

from lenet.bench.queue import Queue
from lenet.records import UNFINISHED, Experiment
from lenet.views import why as views
from pages.parts import blocks, errors, frame, head, live_panel
from pages.parts.service import get_findings, get_installer, get_service
from pages.parts.why import choice, counts, ladder, law, links, progress

ASK = {"law": law.ask, "ladder": ladder.ask, "recreated": counts.ask}
SHOW = {"law": law.show, "ladder": ladder.show, "recreated": counts.show}


def main() -> None:
    """A question, its answer, and a form to ask anew.

    The answer is that of the experiment that the address names, else of the newest.
    """
    service, installer = get_service(), get_installer()
    queue = service.unfinished()
    section, experiment = choice.choose(service)
    state = live_panel.drawn(queue, experiment, installer.running())
    if experiment is None:
        ASK[section](service, state.installing)
    else:
        head.show(service, experiment)
    live_panel.watch(service, installer, experiment, state, progress.draw)
    if experiment is not None:
        if experiment.status not in UNFINISHED:
            _answer(service, section, experiment)
        _ask_anew(service, section, state.installing)


def _answer(service: Queue, section: str, experiment: Experiment) -> None:
    findings = get_findings(service, experiment)
    view = views.view(findings, service.store.runs(experiment.id))
    SHOW[section](service, findings, view)
    links.draw(service, experiment)
    head.offer_again(service, experiment)
    blocks.circumstances(view)


def _ask_anew(service: Queue, section: str, installing: Sequence[str]) -> None:
    with st.expander("Ask something else", icon=":material/stairs:"):
        ASK[section](service, installing)


frame.require()
with errors.shown():
    main()
