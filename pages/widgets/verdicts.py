"""The answer in sentences: the first thing to read about an experiment."""

import streamlit as st

from lenet.analysis.report import Report
from lenet.records import Experiment
from pages.widgets.service import UNFINISHED


def show(report: Report) -> None:
    """A sentence per pair, big; below it whatever could not be compared, and why."""
from pages.widgets.plain import plain
    for pair in report.pairs:
        st.header(pair.verdict, anchor=False)
    for sentence in report.beside:
        st.caption(sentence)
    if report.experiment.status in UNFINISHED:
        return
    rest = report.verdicts[len(report.pairs) :]
    for sentence in (*rest, *(note for note in report.variants["note"] if note)):
        st.warning(sentence, icon=":material/warning:")
    say_end(report.experiment)


def say_end(experiment: Experiment) -> None:
    """Why it is over: as a warning when it was not done, and how precise it has become where that was asked."""
    if experiment.status == "finished":
        if experiment.reason:
            st.caption(plain(experiment.reason))
    else:
        status = experiment.status.replace("_", " ").capitalize()
        st.warning(f"{status}: {experiment.reason}", icon=":material/warning:")
