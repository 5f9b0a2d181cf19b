"""The live part of the Race page: a fragment that redraws only itself, once a second."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lenet.analysis import so_far
from lenet.analysis.report import Report
from lenet.bench import picture
from lenet.bench.installer import Installer
from lenet.bench.queue import Queue
from lenet.records import UNFINISHED, Experiment, Pending
from pages.parts import live_view, pulse
from pages.parts.service import get_pictures, get_recent

Draw = Callable[[Experiment], None]


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
    following, since = state.status in UNFINISHED, time.monotonic()
    key = ("drawn", experiment.id if experiment else None)

    def read() -> Drawn:
        now = service.store.experiment(experiment.id) if experiment else None
        return drawn(service.unfinished(), now, installer.running())

    def live() -> None:
        if experiment is not None and state.status == "running":
            draw(experiment)

    live_view.style()
    pulse.watch(lambda: get_recent().get(key, read, since), state, live, 1.0 if following else 2.0)


def race(experiment: Experiment) -> None:
    """Show a running race: its stages, the ratio so far, the lanes, and the charts."""
    key, pictures = f"live_{experiment.id}", get_pictures()
    newest = pictures.newest(experiment)
    live_view.draw(newest, key=key, zoomed=pictures.zoomed(experiment, live_view.windows(key)))


def ended(service: Queue, experiment: Experiment, report: Report) -> None:
    """The number line as it stands, without a sentence; nothing where no ratio is known."""
    known = so_far.at_the_end(report, service.store)
    if known is not None:
        live_view.draw(picture.packed({"ratio": {"line": picture.line(known)}}), key=f"live_{experiment.id}_ended")
