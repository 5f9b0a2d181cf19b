"""Race: choose, start, watch live."""

from collections.abc import Sequence

import streamlit as st

from lenet import instruments
from lenet.analysis import ranking
from lenet.bench.installer import Installer
from lenet.bench.queue import Queue
from lenet.hosting.policy import Action
from lenet.records import FLEET, UNFINISHED, Experiment, Pending, Request
from lenet.views import race as views
from lenet.views.experiment import frame as frame_of
from pages.parts import blocks, errors, form, frame, head, live_panel, live_present, outcome, places
from pages.parts.service import (
    addressed,
    get_findings,
    get_installer,
    get_report,
    get_service,
    may,
    say_refused,
)

AGAIN = "again"
"""The name in the address of the experiment that the form is filled in from (?again=ID)."""


def main() -> None:
    """The race that the address names or that runs now, or else the form for the next race."""
    service, installer = get_service(), get_installer()
    queue = service.unfinished()
    like = _named(service, AGAIN)
    experiment = None if like else _named(service) or _first(service, queue)
    state = live_panel.drawn(queue, experiment, installer.running())
    if experiment is None:
        _say_question(like)
        _new_race(service, installer, state.installing, like)
    else:
        # A reader who came without an address keeps this race when it ends, and can share it.
        st.query_params["experiment"] = str(experiment.id)
        _show(service, experiment)
    live_panel.watch(service, installer, experiment, state, live_panel.race)
    if experiment is not None and experiment.status in UNFINISHED:
        _offer_again(experiment, "Queue another race")


def _named(service: Queue, name: str = "experiment") -> Experiment | None:
    """The experiment that the address names; for an unknown one a sentence, and None."""
    with errors.shown():
        return addressed(service, name)
    return None


def _first(service: Queue, queue: Sequence[Pending]) -> Experiment | None:
    """What runs here, or is next; None when nothing waits. What other machines race has its own pages."""
    here = [one for one in queue if not one.owner.startswith(FLEET)]
    return service.store.experiment(here[0].id) if here else None


def _say_question(like: Experiment | None) -> None:
    st.markdown("Which way of training LeNet on MNIST is faster here, and how sure is that?")
    if may(Action.START) and like is not None and form.can_fill(like):
        st.caption(f"Filled in as experiment {like.id} was raced: change what you like, and start.")


def _new_race(service: Queue, installer: Installer, installing: Sequence[str], like: Experiment | None = None) -> None:
    if not may(Action.START):
        say_refused(Action.START)
        return
    if like is not None:
        form.fill_once(like)
    request = form.draw(installer)
    form.say_installing(() if places.chosen() else installing)
    asked = st.button("Start", type="primary", key="start", icon=":material/play_arrow:", disabled=request is None)
    if asked and request is not None:
        _start(request)


def _start(request: Request) -> None:
    with errors.shown():
        st.query_params["experiment"] = str(places.begin(request))
        st.query_params.pop(AGAIN, None)
        st.rerun()


def _show(service: Queue, experiment: Experiment) -> None:
    row = head.show(service, experiment)
    live_present.offer(row)
    if experiment.status not in UNFINISHED:
        _show_end(service, experiment)


def _show_end(service: Queue, experiment: Experiment) -> None:
    """The number line as it stands; verdict, why and next; and the way to the whole result."""
    report, runs = get_report(service, experiment), service.store.runs(experiment.id)
    if instruments.of(experiment.request).compared:
        live_panel.ended(service, experiment, report)
        about = ranking.subject(report)
        view = views.answer(report, runs, about)
        outcome.draw(service, views.advised(view, report, about, service.store, lambda one: get_findings(service, one)))
    else:
        blocks.end(frame_of(report, runs))
    head.offer_again(service, experiment)
    with st.container(horizontal=True, vertical_alignment="center", key="next"):
        head.link_to_result(experiment)
        if instruments.of(experiment.request) is not instruments.RACE and form.can_fill(experiment):
            _offer_again(experiment, "Race again, changed")
        _offer_form("Race something else", "else", ":material/sports_score:", {})


def _offer_again(experiment: Experiment, label: str) -> None:
    """A button to the form, filled in as this experiment was raced."""
    _offer_form(label, "changed", ":material/edit:", {AGAIN: str(experiment.id)})


def _offer_form(label: str, key: str, icon: str, query: dict[str, str]) -> None:
    """A button to this page at another address; a link to its own page would leave the address as
    it is."""
    if may(Action.START) and st.button(label, key=key, icon=icon, type="tertiary"):
        st.query_params.from_dict(query)
        st.rerun()


frame.require()
with errors.shown():
    main()
