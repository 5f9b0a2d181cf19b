"""A chart that is updated in place.

`st.plotly_chart` mounts a chart anew on each change, which loses the user's zoom.
"""

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit import file_util

from lenet.charts.decimate import Window
from lenet.errors import StoreError

PLOTLY = "static/js/PlotlyChart.*.js"
"""The module of Streamlit's bundle that holds Plotly, and sets `window.Plotly`."""
HEIGHT = 320
_chart = st.components.v2.component(
    "live_chart", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"), isolate_styles=False
)


def window(key: str) -> Window | None:
    """The part of the x axis that the user has zoomed into; None without a zoom."""
    seen = st.session_state.get(key, {}).get("range")
    return (float(seen[0]), float(seen[1])) if seen else None


def draw(payload: dict[str, Any], *, key: str, alt: str, height: int = HEIGHT) -> None:
    """Show a payload of `lenet.charts.live` or `lenet.charts.number_line`, `height` pixels high.

    The key must be another for another experiment, so that its zoom is forgotten.
    """
    data = {**payload, "height": height, "identity": key, "alt": alt, "plotly": plotly_address()}
    _chart(key=key, data=data, on_range_change=_nothing)


def _nothing() -> None:
    """A callback that does nothing; without one Streamlit drops the component's state."""


@cache
def plotly_address() -> str:
    """The address of the Plotly that Streamlit draws charts with: a browser loads it once for both.

    Raises StoreError where this Streamlit has none, or several.
    """
    found = sorted(Path(file_util.get_static_dir()).glob(PLOTLY))
    if len(found) != 1:
        raise StoreError(
            f"The live charts need Streamlit's own Plotly; {PLOTLY} names {len(found)} files of Streamlit "
            f"{st.__version__}. Install the packages of requirements.txt."
        )
    return f"static/js/{found[0].name}"
