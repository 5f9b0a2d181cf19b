"""Chosen experiments side by side: the oldest against each of the others, as `python -m lenet compare` does it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from lenet.analysis import report as reports
from lenet.analysis.across import compare, compare_words, figures
from lenet.bench.service import Service
from lenet.charts import compare as charts
from lenet.charts.figure import CONFIG
from lenet.records import UNFINISHED, Experiment, Filter
from pages.parts import errors
from pages.parts.text import plain

MOST = 5
"""More than so many are a matter for the trend."""
MOST_FIGURES = 5000


@dataclass(frozen=True)
class Shown:
    """What is drawn of a comparison."""

    verdicts: tuple[str, ...]
    table: pd.DataFrame
    chart: go.Figure | None
    remarks: tuple[str, ...]


def show(service: Service, chosen: Sequence[Experiment]) -> None:
    """A part for each of the others; what differs in its circumstances is not compared, and that is said."""
    st.subheader("Side by side", anchor=False, divider="gray")
    over = sorted((one for one in chosen if one.status not in UNFINISHED), key=lambda one: (one.created, one.id))
    if len(over) < len(chosen):
        st.caption("What has not ended is left out.")
    if len(over) > MOST + 1:
        st.caption(f"The oldest stands beside the first {MOST} of the others; a trend shows more at once.")
    newest = service.store.experiments(limit=1)[0].id
    for other in over[1 : MOST + 1]:
        with errors.shown():
            _draw(_shown(service, service.home.database_url, over[0].id, other.id, newest), other.id)


@st.cache_data(show_spinner="Comparing…", max_entries=50)
def _shown(_service: Service, database: str, base: int, new: int, newest: int) -> Shown:
    """What is over changes no more, but later experiments say more of the machine's drift; a number is never reused."""
    store = _service.store
    before, after = (reports.load(store, number) for number in (base, new))
    figures.fill(store)
    found = compare.compare(
        before, after, compare.choose(before, "", after, ""),
        known=lambda key: store.figures(Filter(limit=MOST_FIGURES), key),
    )  # fmt: skip
    verdicts = tuple(compare_words.verdict(one) for one in found.comparisons)
    chart = charts.ratios(found) if verdicts else None
    return Shown(verdicts, charts.table(found), chart, tuple(compare_words.remarks(found)))


def _draw(shown: Shown, number: int) -> None:
    for sentence in shown.verdicts:
        st.markdown(f"**{plain(sentence)}**")
    if shown.chart is not None:
        alt = "How many times as long a batch takes, with 95 % intervals."
        st.plotly_chart(shown.chart, config=CONFIG, key=f"history_ratios_{number}", alt=alt)
        st.dataframe(shown.table, hide_index=True, key=f"history_compared_{number}", alt=" ".join(shown.verdicts))
    for sentence in shown.remarks:
        st.caption(plain(sentence))
