"""The least that a page can do each second: a fragment of one line. Run by `audit.viewers`."""

import time

import streamlit as st


@st.fragment(run_every=1.0)
def line() -> None:
    """One line, another each time."""
    st.text(f"{time.time():.3f}")


line()
