"""The frame that every page stands in: the navigation, and what makes sure that it is there."""

import threading

import streamlit as st
from streamlit.navigation.page import StreamlitPage

PAGES = (
    ("pages/race.py", "Race", ":material/sports_score:"),
    ("pages/results.py", "Results", ":material/bar_chart:"),
    ("pages/why.py", "Why", ":material/stairs:"),
    ("pages/answer.py", "Answer", ":material/lightbulb:"),
    ("pages/history.py", "History", ":material/history:"),
    ("pages/code.py", "Code", ":material/code:"),
    ("pages/system.py", "System", ":material/memory:"),
)

_script = threading.local()
"""Whether the run of the script that this thread is at has its frame; Streamlit runs a script in
one thread."""


def navigation() -> StreamlitPage:
    """The page that the address asks for, with the menu of all pages above it."""
    _script.framed = True
    st.set_page_config(page_title="LeNet Bench", page_icon="⏱️", layout="wide")
    first = PAGES[0][1]
    pages = [st.Page(file, title=title, icon=icon, default=title == first) for file, title, icon in PAGES]
    return st.navigation(pages, position="top")


def require() -> None:
    """Begin again with the frame where a page was begun without it.

    A folder called pages/ is served by Streamlit itself until `st.navigation` has been called in a
    server's life, so the first page that is opened by its own address (a shared ?experiment=...)
    would stand there alone.
    """
    if not getattr(_script, "framed", False):
        navigation()
        st.rerun()
    _script.framed = False
