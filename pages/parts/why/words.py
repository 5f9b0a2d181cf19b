"""The answer in sentences on the Why page."""

from collections.abc import Sequence

import streamlit as st

from pages.parts.text import plain


def say(sentences: Sequence[str]) -> None:
    """The first one big, the others as a list."""
    if sentences:
        st.header(plain(sentences[0]), anchor=False)
        st.markdown("\n".join(f"* {plain(sentence)}" for sentence in sentences[1:]))
