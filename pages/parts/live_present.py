"""Present: a race for the back row, one and a half times as large."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

SIZE = 24
"""Pixels of a rem, half as much again as usual; every text of the page is sized in rem, and
`live_view.js` reads it here."""
_STYLE = f"""<style>
html {{font-size: {SIZE}px;}}
h1, .st-key-race_settings {{display: none !important;}}
</style>"""


def offer(row: DeltaGenerator) -> None:
    """A switch that enlarges the page; the address keeps it, so that a projector can be sent there."""
    if row.toggle("Present", key="present", bind="query-params", help="Larger, for a projector."):
        st.html(_STYLE)
