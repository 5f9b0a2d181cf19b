"""The live part of the Race page: a fragment that redraws only itself, once a second."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from lenet import catalog, instruments
from lenet.analysis import lanes, live_axes, so_far
from lenet.analysis import live as analysis
from lenet.bench import live, machine
from lenet.bench.installer import Installer
from lenet.bench.plan_words import duration
from lenet.bench.queue import Queue
from lenet.charts import live as charts
from lenet.charts import track
from lenet.records import UNFINISHED, Experiment, Pending
from lenet.views import live as words
from pages.parts import live_chart, live_ratio, pulse
from pages.parts.text import plain

Draw = Callable[[Queue, Experiment], None]
STYLE = Path(__file__).with_name("live.css")


@dataclass(frozen=True)
class Drawn:
    """The state that a page with a race is drawn from.

    It is read before anything else, so that every later change is noticed.
    """

    queue: tuple[tuple[int, str], ...]
    """(id, status) of every unfinished experiment."""
    status: str
    """The status of the experiment on the page; '' without one."""
    installing: tuple[str, ...]
    """Stacks that are being installed."""


def drawn(queue: Sequence[Pending], experiment: Experiment | None, installing: Sequence[str]) -> Drawn:
    """The state of a page, from values that were read in this order before anything else."""
    status = experiment.status if experiment else ""
    return Drawn(tuple((e.id, e.status) for e in queue), status, tuple(installing))


def watch(service: Queue, installer: Installer, experiment: Experiment | None, state: Drawn, draw: Draw) -> None:
    """Follow an unfinished experiment once a second; else look every two seconds for a new race.

    draw: shows how the experiment runs. The whole page is drawn again when its state is no
    longer `state`.
    """
    following = state.status in UNFINISHED

    def read() -> Drawn:
        now = service.store.experiment(experiment.id) if experiment else None
        return drawn(service.unfinished(), now, installer.running())

    def live() -> None:
        if experiment is not None and state.status == "running":
            draw(service, experiment)

    pulse.watch(read, state, live, 1.0 if following else 2.0)


def race(service: Queue, experiment: Experiment) -> None:
    """Show a running race: its stages, the ratio so far, the lanes, and the charts."""
    request = experiment.request
    rounds = live.rounds(service.store, service.home, experiment.id)
    stage = live.stage(service.home, experiment.id)
    expected = live.outlook(service.home, experiment.id)
    exams = so_far.exams(service.store, experiment)
    st.html(STYLE)
    now, asked = analysis.round_now(rounds.now), request.settings.rounds
    steps = words.steps(stage, exams, now, expected.rounds if expected else asked, asked)
    st.html(track.strip(steps, _time(experiment, expected)))
    if instruments.of(request).compared:
        live_ratio.running(service, experiment, rounds)
        if expected and expected.said:
            st.caption(plain(expected.said))
    examining = exams is None and not rounds.now
    st.html(track.lanes(lanes.lanes(request, rounds.now, rounds.last, examining=examining)))
    if rounds.now:
        _charts(rounds, experiment)
        _say_cores(service, experiment)


def _time(experiment: Experiment, expected: live.Outlook | None) -> str:
    """'42 s, about 38 s left'."""
    begun = experiment.started or experiment.created
    passed = duration((datetime.now(UTC) - begun).total_seconds())
    left = f", about {duration(expected.seconds_left)} left" if expected and expected.seconds_left else ""
    return f"{passed} so far{left}"


def _charts(rounds: live.Rounds, experiment: Experiment) -> None:
    settings = experiment.request.settings
    names = " and ".join(catalog.title(run.run.label) for run in rounds.now)
    timing, loss = f"live_timing_{experiment.id}", f"live_loss_{experiment.id}"
    axes = live_axes.axes(rounds.first, rounds.now, settings)
    with st.container(key="live_charts"):
        left, right = st.columns(2)
    with left:
        live_chart.draw(
            charts.timing(rounds.now, rounds.last, axes, live_chart.window(timing)),
            key=timing,
            alt=f"Time of each batch in milliseconds by its number, for {names}.",
        )
        hidden = analysis.above(rounds.now, axes.ms)
        before = "; pale: the last round" if rounds.last else ""
        st.caption(f"Thick: medians{before}. Batches above the edge of the chart: {hidden:,}.")
    with right:
        live_chart.draw(
            charts.loss(rounds.now, rounds.last, settings, axes, live_chart.window(loss)),
            key=loss,
            alt=f"Training loss by seconds of training, for {names}.",
        )


def _say_cores(service: Queue, experiment: Experiment) -> None:
    workers, app = machine.split_cores(experiment.request.settings.threads)
    if experiment.owner != service.owner or set(workers) & set(app):
        st.caption("This page shares its cores with the race: every open browser costs the race a little.")
    else:
        st.caption(f"Cores the race has to itself: {len(workers)}. This page keeps to the others: {len(app)}.")
