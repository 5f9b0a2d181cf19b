"""The answer in sentences: the first thing to read about an experiment."""

from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from lenet import catalog
from lenet.analysis.across.origin import origin
from lenet.analysis.report import Report
from lenet.analysis.verdict import Pair
from lenet.records import UNFINISHED, Experiment
from pages.parts.text import plain, quoting

MOST_BIG = 3
"""Pairs of three variants. Of more only the widest is said big: eight variants are 28 pairs."""


def show(report: Report) -> None:
    """A sentence per pair, the first thing to read big; below it whatever could not be compared, and why."""
    if len(report.pairs) <= MOST_BIG:
        for pair in report.pairs:
            st.header(pair.verdict, anchor=False)
    else:
        _many(report)
    for sentence in report.beside:
        st.caption(quoting(sentence))
    if report.experiment.status in UNFINISHED:
        return
    rest = report.verdicts[len(report.pairs) :]
    for sentence in (*rest, *(note for note in report.variants["note"] if note)):
        st.warning(plain(sentence), icon=":material/warning:")
    say_end(report.experiment)


def _many(report: Report) -> None:
    """The slowest against the fastest big, then all against the fastest; folded away the rest, by the faster one."""
    order = [str(label) for label in report.variants["label"]]
    groups = {label: list(pairs) for label, pairs in groupby(report.pairs, lambda pair: _first(pair, order))}
    against = groups.pop(next(iter(groups)))
    st.header(against[-1].verdict, anchor=False)
    if against[:-1]:
        _listed(against[:-1])
    if groups:
        number = len(report.pairs) - len(against)
        with st.expander(f"The other {number} pairs", icon=":material/compare_arrows:"):
            for label, pairs in groups.items():
                st.markdown(f"**Against {plain(catalog.title(label))}**")
                _listed(pairs)


def _first(pair: Pair, order: Sequence[str]) -> str:
    """Whichever of a pair stands higher in the table."""
    return min(pair.slow, pair.fast, key=order.index)


def _listed(pairs: Sequence[Pair]) -> None:
    st.markdown("\n".join(f"- {plain(pair.verdict)}" for pair in pairs))


def say_end(experiment: Experiment) -> None:
    """Where it was raced, if not here; why it is over: as a warning when it was not done, else how precise it is."""
    if raced := origin(experiment):
        st.caption(plain(raced))
    if experiment.status == "finished":
        if experiment.reason:
            st.caption(plain(experiment.reason))
    else:
        status = experiment.status.replace("_", " ").capitalize()
        st.warning(f"{status}: {plain(experiment.reason)}", icon=":material/warning:")
