"""The live part of the Race page: a fragment that redraws only itself, once a second."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from lenet import catalog
from lenet.analysis import live as analysis
from lenet.bench import live, machine
from lenet.bench.installer import Installer
from lenet.bench.plan_words import duration
from lenet.bench.service import Service
from lenet.charts import live as charts
from lenet.records import UNFINISHED, Experiment
from pages.parts import live_chart, pulse
from pages.parts.text import plain

Draw = Callable[[Service, Experiment], None]
COLUMNS = {
    "title": st.column_config.TextColumn("Variant", pinned=True, width="medium"),
    "median_ms": st.column_config.NumberColumn(
        "ms/batch now", format="%.2f", help=f"Median of the last {analysis.RECENT} batches."
    ),
    "progress": st.column_config.ProgressColumn("Progress", format="%.0f %%", min_value=0, max_value=100),
    "batches": st.column_config.NumberColumn("Batches done", format="localized"),
    "images_per_second": st.column_config.NumberColumn("Images per second", format="%,.0f"),
    "loss": st.column_config.NumberColumn(
        "Training loss",
        format="%.4f",
        help=f"Mean over the last {analysis.RECENT} batches.",
    ),
    "status": st.column_config.TextColumn("Status"),
}


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


def drawn(queue: Sequence[Experiment], experiment: Experiment | None, installing: Sequence[str]) -> Drawn:
    """The state of a page, from values that were read in this order before anything else."""
    status = experiment.status if experiment else ""
    return Drawn(tuple((e.id, e.status) for e in queue), status, tuple(installing))


def watch(service: Service, installer: Installer, experiment: Experiment | None, state: Drawn, draw: Draw) -> None:
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


def race(service: Service, experiment: Experiment) -> None:
    """Show the leader board and the charts of a running race."""
    settings = experiment.request.settings
    runs = live.snapshot(service.store, service.home, experiment.id)
    stage = live.stage(service.home, experiment.id)
    expected = live.outlook(service.home, experiment.id)
    training = _round(analysis.round_now(runs), settings.rounds, expected)
    st.markdown(f"**{stage[0].upper()}{stage[1:]} …**" if stage else f"**{training}**")
    if expected and expected.said:
        st.caption(plain(expected.said))
    if not runs:
        return
    board = analysis.board(runs, settings)
    st.dataframe(
        board, column_config=COLUMNS, column_order=list(COLUMNS), hide_index=True, key="leader_board", placeholder="–",
        alt="Leader board: progress, speed and loss of every variant in this round.",
    )  # fmt: skip
    _charts(runs, experiment)
    _say_cores(service, experiment)


def _round(number: int, asked: int, expected: live.Outlook | None) -> str:
    """'Round 4 of about 7 · about 2 min left'."""
    if expected is None:
        return f"Round {number} of {asked}"
    rounds = max(expected.rounds, number)
    left = f" · about {duration(expected.seconds_left)} left" if expected.seconds_left else ""
    return f"Round {number} of {'about ' * (rounds > asked)}{rounds}{left}"


def _charts(runs: list[live.LiveRun], experiment: Experiment) -> None:
    names = " and ".join(catalog.title(run.run.label) for run in runs)
    timing, loss = f"live_timing_{experiment.id}", f"live_loss_{experiment.id}"
    live_chart.draw(
        charts.timing(runs, live_chart.window(timing)),
        key=timing,
        alt=f"Time of each batch in milliseconds by its number, for {names}.",
    )
    hidden = analysis.above(runs, analysis.usual_top(runs))
    st.caption(f"Thick: medians. Batches above the edge of the chart: {hidden:,}; double-click to see them.")
    live_chart.draw(
        charts.loss(runs, experiment.request.settings, live_chart.window(loss)),
        key=loss,
        alt=f"Training loss by seconds of training, for {names}.",
    )


def _say_cores(service: Service, experiment: Experiment) -> None:
    workers, app = machine.split_cores(experiment.request.settings.threads)
    if experiment.owner != service.owner or set(workers) & set(app):
        st.caption("This page shares its cores with the race: every open browser costs the race a little.")
    else:
        st.caption(f"Cores the race has to itself: {len(workers)}. This page keeps to the others: {len(app)}.")
