"""A chart that is updated in place.

`st.plotly_chart` mounts a chart anew on each change, which loses the user's zoom.
"""

import filecmp
import os
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import plotly
import streamlit as st

from lenet.charts.decimate import Window
from lenet.errors import StoreError

STATIC = Path(__file__).parents[2] / "static"
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
    """The address of plotly.min.js, which is copied once from the installed package.

    Raises StoreError when the file is missing or of another version and the folder cannot be
    written.
    """
    source = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    target = STATIC / source.name
    if not target.exists() or not filecmp.cmp(source, target, shallow=False):
        _copy(source, target)
    return f"app/static/{source.name}?v={plotly.__version__}"


def _copy(source: Path, target: Path) -> None:
    partial = target.with_suffix(f".{os.getpid()}")
    try:
        shutil.copyfile(source, partial)
        # In one step, so that a second server of this checkout never serves half a file.
        partial.replace(target)
    except OSError as error:
        raise StoreError(
            f"The live charts need {source.name} in {target.parent}, which cannot be written ({error.strerror}); "
            f"make it writable, or copy {source} there."
        ) from error
