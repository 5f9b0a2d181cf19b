"""The picture of a race in the browser: one element, updated in place, that draws what it is given.

`st.plotly_chart` mounts a chart anew on each change, which loses the user's zoom. And each element
of a page costs every viewer a message a second; this is one, of bytes that all viewers share.
"""

import json
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit import file_util

from lenet import program
from lenet.analysis.growing.window import Window
from lenet.bench.follow import CURVES
from lenet.errors import StoreError

PLOTLY = "static/js/PlotlyChart.*.js"
"""The module of Streamlit's bundle that holds Plotly, and sets `window.Plotly`."""
HEIGHT = 320
"""Of a chart, in pixels."""
STYLE = Path(__file__).with_name("live.css")


def _program() -> str:
    """The element's program without its comments and indents: it goes to each viewer each second."""
    lines = map(str.strip, Path(__file__).with_suffix(".js").read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if not line.startswith("//"))


_view = st.components.v2.component("live_view", js=_program(), isolate_styles=False)


def windows(key: str) -> dict[str, Window]:
    """The parts of the charts that this viewer has zoomed into, by chart."""
    seen = st.session_state.get(key, {})
    return {name: Window(*map(float, shown)) for name in CURVES if (shown := seen.get(name))}


def style() -> None:
    """How the picture looks; a page calls it once, outside of what is drawn each second."""
    st.html(STYLE)


def draw(picture: bytes, *, key: str, zoomed: bytes = b"") -> None:
    """Show a picture that `bench.picture` has packed, and in it this viewer's zoomed curves.

    The key must be another for another experiment, so that its zoom is forgotten.
    """
    changed = {f"on_{name}_change": _nothing for name in CURVES}
    _view(key=key, data=_joined(_head(key), picture, zoomed), **changed)


def _joined(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


@cache
def _head(key: str) -> bytes:
    return json.dumps({"identity": key, "plotly": plotly_address(), "height": HEIGHT}).encode()


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
            f"{st.__version__}. `{program.install()}` installs the right one."
        )
    return f"static/js/{found[0].name}"
