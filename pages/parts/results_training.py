"""Parts of the Results page about training as a whole: time to accuracy, and what pays off when."""

import pandas as pd
import streamlit as st

from lenet.analysis import milestones, payoff
from lenet.analysis.report import Report
from lenet.charts import training
from lenet.charts.figure import CONFIG
from pages.parts.text import plain

FEW = 3
"""So many pairs are said in sentences and drawn; of more there is only the table."""


def show(report: Report) -> None:
    """Both, as far as the experiment says anything about them."""
    reached = milestones.table(report)
    if reached["reached"].any():
        _accuracy(report, reached)
    found = payoff.payoffs(report)
    if found:
        _payoffs(found, report)


def _accuracy(report: Report, reached: pd.DataFrame) -> None:
    st.subheader("Time to accuracy", anchor=False)
    st.dataframe(
        training.milestones(reached), hide_index=True, key="milestones",
        alt="Training seconds of each variant until it first knew 97, 98 and 99 % of the test images.",
    )  # fmt: skip
    if reached["seconds"].notna().any():
        alt = "Training seconds of each variant until each accuracy."
        st.plotly_chart(training.time_to_accuracy(reached), config=CONFIG, alt=alt)
    st.caption(
        "All batches until the end of the first epoch after which the accuracy was reached, the first batch too; "
        "without evaluation, import and build. All runs begin with the same weights: with another seed "
        f"({report.experiment.request.settings.seed} here) an accuracy may come an epoch sooner or later."
    )


def _payoffs(found: list[payoff.Payoff], report: Report) -> None:
    st.subheader("When a costlier start pays off", anchor=False)
    if len(found) <= FEW:
        for one in found:
            st.markdown(plain(one.sentence))
    st.dataframe(
        training.payoffs(found), hide_index=True, key="payoffs",
        alt="For each pair who starts dearer, and after how many epochs that has paid off.",
        column_config={
            "Start takes longer by (s)": st.column_config.NumberColumn(format="%.3f"),
            "Batch takes less by (ms)": st.column_config.NumberColumn(format="%.3f"),
        },
    )  # fmt: skip
    if len(found) <= FEW and any(one.answer == payoff.AFTER for one in found):
        alt = "How far behind a costlier start is after each epoch, and where it has caught up."
        st.plotly_chart(training.behind(found), config=CONFIG, alt=alt)
    images = report.experiment.request.settings.images_per_epoch
    st.caption(
        f"An epoch is {images:,} images. The interval stands on the rounds; a build is timed alone in the first round "
        "only, so its own scatter is not in it. Importing a framework is left out."
    )
