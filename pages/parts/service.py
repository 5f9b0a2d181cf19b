"""The sources of all pages: the process-wide service, experiments by address, and reports."""

import atexit
import gc
from contextlib import ExitStack

import streamlit as st

from lenet.analysis import report as reports
from lenet.analysis.across import filter_text
from lenet.analysis.report import Report
from lenet.analysis.why import findings
from lenet.analysis.why.findings import Findings
from lenet.bench.installer import Installer
from lenet.bench.service import Service
from lenet.errors import BadInput
from lenet.home import open_home
from lenet.records import Experiment

_open = ExitStack()
"""What this process has to close at its end."""


def close() -> None:
    """End the running experiment, installs and the service, once; a process that ends calls it."""
    _open.close()


atexit.register(close)


@st.cache_resource(show_spinner=False)
def get_service() -> Service:
    """The one service of this process, which every session shares. Raises StoreError."""
    service = Service(open_home())
    _open.callback(service.close)
    # All imported modules stay for ever: no garbage collection needs to look at them again, least
    # of all during a race.
    gc.freeze()
    return service


@st.cache_resource(show_spinner=False)
def get_installer() -> Installer:
    """The one installer of this process, so that every browser sees what another one starts.

    Raises StoreError.
    """
    installer = Installer(get_service().home)
    _open.callback(installer.close)
    return installer


def addressed(service: Service, name: str = "experiment") -> Experiment | None:
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


def get_report(service: Service, experiment: Experiment) -> Report:
    """The analysis of an experiment so far.

    It is computed again only when a run or the experiment has ended.
    """
    ended = sum(run.status != "running" for run in service.store.runs(experiment.id))
    return _report(service, str(service.home.database_url), experiment.id, experiment.status, ended)


def get_findings(service: Service, experiment: Experiment) -> Findings:
    """The findings of an experiment that asks why, so far.

    They are computed again only when a run or the experiment has ended.
    """
    ended = sum(run.status != "running" for run in service.store.runs(experiment.id))
    return _findings(service, str(service.home.database_url), experiment.id, experiment.status, ended)


@st.cache_data(show_spinner="Analysing…", max_entries=50)
def _findings(_service: Service, database: str, experiment_id: int, status: str, ended: int) -> Findings:
    return findings.load(_service.store, experiment_id)


@st.cache_data(show_spinner="Analysing…", max_entries=50)
def _report(_service: Service, database: str, experiment_id: int, status: str, ended: int) -> Report:
    return reports.load(_service.store, experiment_id)
