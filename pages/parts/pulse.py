"""The pulse: an open page looks now and then whether what it was drawn from has changed, and is
drawn again then.

The one watcher of all pages. A page says what it is drawn from as a function that reads it (the
newest experiment, what waits or runs, the states of stacks), reads it before it draws anything
else, and hands both to `watch` at its end.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from lenet.bench.service import Service
from lenet.records import UNFINISHED
from pages.parts import errors

SECONDS = 3.0
State = tuple[object, ...]


def watch(
    read: Callable[[], Any], drawn: Any, live: Callable[[], None] | None = None, seconds: float = SECONDS
) -> None:
    """Draw the whole page again once what `read` returns is no longer what was `drawn`.

    Until then, draw the page's live part (`live`) anew, every so many seconds.
    """
    st.fragment(_look, run_every=seconds)(read, drawn, live)


def _look(read: Callable[[], Any], drawn: Any, live: Callable[[], None] | None) -> None:
    with errors.shown():
        if read() != drawn:
            st.rerun()
        if live is not None:
            live()


def of_result(service: Service, experiment_id: int) -> State:
    """The state that a page about the result of an experiment is drawn from."""
    runs = service.store.runs(experiment_id)
    status = service.store.experiment(experiment_id).status
    return newest(service), status, sum(run.status != "running" for run in runs)


def of_history(service: Service) -> State:
    """The state that a list of experiments is drawn from, as far as it changes by itself."""
    return newest(service), tuple((one.id, one.status) for one in service.unfinished())


def of_measurements(service: Service) -> State:
    """Measurements of the noise floor that wait or run, and how many there are in all."""
    made = service.store.experiments(instruments=("noise",))
    return tuple((one.id, one.status) for one in made if one.status in UNFINISHED), len(made)


def newest(service: Service) -> int | None:
    """The number of the newest experiment, if there is one."""
    found = service.store.experiments(limit=1)
    return found[0].id if found else None
