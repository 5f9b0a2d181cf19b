"""The sources of all pages: the process-wide service, experiments by address, and reports."""

import atexit
import gc
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar, cast

import streamlit as st

from lenet.analysis import report as reports
from lenet.analysis.across import filter_text
from lenet.analysis.report import Report
from lenet.analysis.why import findings
from lenet.analysis.why.findings import Findings
from lenet.bench.installer import Installer
from lenet.bench.pictures import Pictures
from lenet.bench.queue import Queue
from lenet.bench.service import Service
from lenet.catalog import Variant
from lenet.errors import BadInput
from lenet.home import open_home
from lenet.hosting import policy
from lenet.hosting.config import Hosting
from lenet.hosting.desk import Desk
from lenet.hosting.policy import Action
from lenet.records import Experiment
from pages.parts import user
from pages.parts.recent import Recent
from pages.parts.text import plain

T = TypeVar("T")

_open = ExitStack()
"""What this process has to close at its end."""
_made: dict[type, object] = {}
_lock = threading.RLock()


def close() -> None:
    """End the running experiment, installs and the service; a process that ends calls it."""
    with _lock:
        _open.close()
        _made.clear()


atexit.register(close)


def get_service() -> Queue:
    """The one queue of this process, which every session shares, and on a machine of one's own the
    runner with it. Raises StoreError, and BadInput where it cannot be hosted as asked."""
    return _once(Queue, _make_service)


def get_installer() -> Installer:
    """The one installer of this process, so that every browser sees what another one starts.

    Raises StoreError.
    """
    return _once(Installer, lambda: Installer(get_service().home))


def get_pictures() -> Pictures:
    """The pictures of running races, of which all sessions see the same. Raises StoreError."""
    return _once(Pictures, lambda: Pictures(get_service()))


def get_recent() -> Recent:
    """What all sessions ask for each second."""
    return _once(Recent, Recent)


def get_hosting() -> Hosting:
    """How this process is hosted. Raises BadInput for what cannot be meant."""
    return user.hosting()


def get_desk() -> Desk:
    """What whoever looks at this page may ask for."""
    return Desk(get_service(), get_hosting(), user.current(get_hosting()))


def say_refused(action: Action) -> None:
    """Say why what asks for this is not drawn."""
    st.caption(plain(policy.refusal(user.current(get_hosting()), action)))


def may(action: Action, experiment: Experiment | None = None) -> bool:
    """Whether to draw what asks for this; whether it is done decides the desk."""
    return policy.may(user.current(get_hosting()), action, experiment)


def shows_source(variant: Variant) -> bool:
    """Whether the reader may see a variant's file: one that ships everybody, others' own whoever may
    read logs."""
    return not variant.path or may(Action.READ_LOGS)


def _make_service() -> Queue:
    made = Queue(open_home()) if get_hosting().hosted else Service(open_home())
    # All imported modules stay for ever: no garbage collection needs to look at them again, least
    # of all during a race.
    gc.freeze()
    return made


def _once(kind: type[T], make: Callable[[], T]) -> T:
    """The one of this kind in this process, made when it is first asked for.

    Streamlit's own cache is no place for it: a message that any browser may send empties that.
    """
    with _lock:
        if kind not in _made:
            _made[kind] = make()
            if close_it := getattr(_made[kind], "close", None):
                _open.callback(close_it)
        return cast(T, _made[kind])


def addressed(service: Queue, name: str = "experiment") -> Experiment | None:
    """The experiment that the address names (?experiment=ID), by default; None if it names none.

    Raises BadInput for an unknown experiment.
    """
    text = st.query_params.get(name)
    if text is None:
        return None
    number = filter_text.stated(text)
    if number is None:
        said = f"{text[: filter_text.LONGEST]!r} is not a number"
        raise BadInput(f"The address names no experiment: {said}; choose one on the Results page.")
    return service.store.experiment(number)


def get_report(service: Queue, experiment: Experiment) -> Report:
    """The analysis of an experiment so far.

    It is computed again only when a run or the experiment has ended.
    """
    ended = sum(run.status != "running" for run in service.store.runs(experiment.id))
    return _report(service, str(service.home.database_url), experiment.id, experiment.status, ended)


def get_findings(service: Queue, experiment: Experiment) -> Findings:
    """The findings of an experiment that asks why, so far.

    They are computed again only when a run or the experiment has ended.
    """
    ended = sum(run.status != "running" for run in service.store.runs(experiment.id))
    return _findings(service, str(service.home.database_url), experiment.id, experiment.status, ended)


@st.cache_data(show_spinner="Analysing…", max_entries=50)
def _findings(_service: Queue, database: str, experiment_id: int, status: str, ended: int) -> Findings:
    return findings.load(_service.store, experiment_id)


@st.cache_data(show_spinner="Analysing…", max_entries=50)
def _report(_service: Queue, database: str, experiment_id: int, status: str, ended: int) -> Report:
    return reports.load(_service.store, experiment_id)
