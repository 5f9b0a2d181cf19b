"""Fields whose value something else decides, mostly the address."""

from collections.abc import Hashable

import streamlit as st


def fill(key: Hashable, value: object) -> None:
    """Give the field `key` a value before it is drawn, unless it has that value already.

    A value that is set goes to the browser even where it changes nothing. Whatever the user chose
    while it was on its way would be replaced there, and lost.
    """
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
