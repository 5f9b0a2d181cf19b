"""A link that shows a result to whoever has it, from a hosted program."""

import streamlit as st

from lenet.hosting import sharing
from lenet.hosting.policy import Action
from lenet.records import Experiment
from pages.parts import errors
from pages.parts.service import get_desk

PERIODS = {"1d": "a day", "7d": "a week", "4w": "four weeks", "365d": "a year"}


def draw(experiment: Experiment) -> None:
    """Show the button, to whoever may share."""
    desk = get_desk()
    if not desk.hosting.hosted or not desk.may(Action.SHARE, experiment):
        return
    with st.popover("Share", icon=":material/share:"):
        st.caption("Whoever has the link sees this result without signing in, and may put it into a page of theirs.")
        period = st.segmented_control(
            "For", list(PERIODS), default=sharing.USUAL, format_func=PERIODS.__getitem__, key="share_for", required=True
        )
        if st.button("Make a link", type="primary", key="share_make"):
            with errors.shown():
                st.code(desk.share(experiment.id, sharing.period(period)), language=None, wrap_lines=True)
