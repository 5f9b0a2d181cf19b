"""Draw an open page again when the state it was drawn from has changed.

This is the one watcher of all pages. A page has a function that reads its state, such as the newest
experiment, what waits or runs, or the states of stacks. It reads the state before it draws anything
else, and hands function and state to `watch` at its end.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from lenet.bench.queue import Queue
from lenet.hosting.policy import Action
from lenet.records import UNFINISHED
from pages.parts import errors
from pages.parts.service import may

SECONDS = 3.0
State = tuple[object, ...]


def watch(
    read: Callable[[], Any], drawn: Any, live: Callable[[], None] | None = None, seconds: float = SECONDS
) -> None:
    """Draw the whole page again once `read` returns something else than `drawn`.

    Until then, draw the page's live part (`live`) again every `seconds`.
    """
    st.fragment(_look, run_every=seconds)(read, drawn, live)


def _look(read: Callable[[], Any], drawn: Any, live: Callable[[], None] | None) -> None:
    with errors.shown():
        # A fragment is drawn without the page's frame, which lets nobody look whose session is over.
        if not may(Action.READ) or read() != drawn:
            st.rerun()
        if live is not None:
            live()


def of_result(service: Queue, experiment_id: int) -> State:
    """The state that a page about the result of an experiment is drawn from."""
    runs = service.store.runs(experiment_id)
    status = service.store.experiment(experiment_id).status
    return newest(service), status, sum(run.status != "running" for run in runs)


def of_history(service: Queue) -> State:
    """The state that a list of experiments is drawn from, as far as it changes by itself."""
    return newest(service), tuple((one.id, one.status) for one in service.unfinished())


def of_measurements(service: Queue) -> State:
    """The measurements of the noise floor that wait or run, and the number of all of them."""
    made = service.store.experiments(instruments=("noise",))
    return tuple((one.id, one.status) for one in made if one.status in UNFINISHED), len(made)


def newest(service: Queue) -> int | None:
    """The number of the newest experiment; None if there is none."""
    experiments = service.store.experiments(limit=1)
    return experiments[0].id if experiments else None
