"""The progress of an experiment of the Why page."""

import streamlit as st

from lenet.records import Experiment
from pages.parts.service import get_pictures


def draw(experiment: Experiment) -> None:
    """Show a bar with stage, round and batches, and a link to the Race page with every run."""
    now = get_pictures().content(experiment)["progress"]
    st.progress(now["share"], text=now["text"])
    st.page_link(
        "pages/race.py",
        label="Watch every run on the Race page",
        icon=":material/sports_score:",
        query_params={"experiment": str(experiment.id)},
    )
