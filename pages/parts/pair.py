"""The pair of variants that Results, Why and Code are about (?left=FAST&right=SLOW).

The address names it, and every link between these pages hands it on.
"""

from collections.abc import Mapping

import streamlit as st

LEFT, RIGHT = "left", "right"


def addressed() -> tuple[str, str]:
    """The two labels in the address, '' for one that it does not name."""
    return st.query_params.get(LEFT, ""), st.query_params.get(RIGHT, "")


def key(name: str) -> str:
    """The key of a widget that is filled in with the pair: of its own for each pair."""
    return "_".join(filter(None, (name, *addressed())))


def query(left: str, right: str) -> Mapping[str, str]:
    """The pair as parts of an address."""
    return {LEFT: left, RIGHT: right}


def hold(left: str, right: str = "") -> None:
    """Put the pair into the address, in one step of the browser's history."""
    kept = {name: value for name, value in st.query_params.items() if name not in (LEFT, RIGHT)}
    st.query_params.from_dict({**kept, LEFT: left, **({RIGHT: right} if right else {})})
