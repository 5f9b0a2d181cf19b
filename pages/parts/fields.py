"""Fields whose value something else decides, mostly the address."""

import streamlit as st


def fill(key: str, value: object, shown: object = None) -> None:
    """Give the field `key` a value before it is drawn, unless it has that value already.

    A value that is set goes to the browser even where it changes nothing. Whatever the user chose
    while it was on its way would be replaced there, and lost.

    shown: the text or texts under which the field shows the value, where these may change. The
    browser holds the text, so that under a new one the value has to be sent again.
    """
    as_shown = f"{key} shown"
    if key not in st.session_state or (st.session_state[key], st.session_state.get(as_shown)) != (value, shown):
        st.session_state[key] = value
    st.session_state[as_shown] = shown
