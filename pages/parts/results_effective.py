"""Part of the Results page: what was in force in each variant's runs, and in what they differ unasked."""

import streamlit as st

from lenet.analysis import effective
from lenet.analysis.report import Report
from lenet.charts import effective as in_force
from pages.parts.text import plain


def show(report: Report) -> None:
    """Side by side, with a warning for each setting in which compared variants differ beside what they compare."""
    table = in_force.table(report)
    if table.empty:
        return
    st.subheader("What was in force", anchor=False)
    for sentence in effective.warnings(report):
        st.warning(plain(sentence), icon=":material/difference:")
    st.dataframe(
        table, hide_index=True, key="effective", alt="What was in force in each variant's runs, a setting per row.",
        column_config={"In force": st.column_config.TextColumn(pinned=True)},
    )  # fmt: skip
