"""The overhead law on the Why page: what to sweep, and what came of it."""

from collections.abc import Sequence

import streamlit as st

from lenet import catalog, requests
from lenet.analysis.why.findings import Found
from lenet.bench.service import Service
from lenet.charts import causes
from lenet.charts import law as charts
from lenet.charts.figure import CONFIG
from lenet.records import Request
from pages.parts.why import start, words

ENDS = ("keras_fit", "tensorflow_function")
NUMBERS = {
    "Batch (ms)": st.column_config.NumberColumn(format="%.3f"),
    "Above the line (%)": st.column_config.NumberColumn(format="%.1f"),
}


def ask(service: Service, installing: Sequence[str]) -> None:
    """Which variants, at which batch sizes."""
    there = start.available()
    usual = [name for name in ENDS if name in there]
    names = st.multiselect("Variants", there, usual, format_func=catalog.title, key="law_variants")
    sizes = st.text_input("Batch sizes", ", ".join(map(str, requests.BATCH_SIZES)), key="law_sizes")
    values = start.settings("law", start.RACED, requests.LAW)

    def build() -> Request:
        return requests.law_request(names, requests.sizes_in(sizes), values)

    start.offer(service, {"Start": build}, installing)


def show(service: Service, found: Found) -> None:
    """Sentences, points with their lines, and both as tables."""
    law = found.law
    if law is None:
        return
    words.say(law.sentences)
    if law.points.empty:
        return
    st.plotly_chart(charts.overhead(law), config=CONFIG, alt="Time of a batch by its size, with the law's lines.")
    st.dataframe(
        causes.fits(law), hide_index=True, height="content", key="law_fits",
        alt="Fixed cost and cost per image of each variant.",
    )  # fmt: skip
    with st.expander("Every point", icon=":material/table:"):
        st.dataframe(
            causes.points(law), column_config=NUMBERS, hide_index=True, height="content", key="law_points",
            alt="Time of a batch at each batch size.",
        )  # fmt: skip
