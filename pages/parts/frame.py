"""The frame of every page: the navigation, and a check that each page has it."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages.parts import user

PAGES = (
    ("pages/race.py", "Race", ":material/sports_score:"),
    ("pages/results.py", "Results", ":material/bar_chart:"),
    ("pages/why.py", "Why", ":material/stairs:"),
    ("pages/answer.py", "Answer", ":material/lightbulb:"),
    ("pages/history.py", "History", ":material/history:"),
    ("pages/code.py", "Code", ":material/code:"),
    ("pages/system.py", "System", ":material/memory:"),
)
OF_ADMINS = (("pages/audit.py", "Audit", ":material/policy:"),)
"""Pages of a shared machine for those who may read the audit."""

OF_ONE = ("Race", "Results", "Why")
"""Pages that are about one experiment."""
STYLE = Path(__file__).with_suffix(".css")

_script = threading.local()
"""Whether this thread's run of the script has its frame; Streamlit runs a script in one thread."""


def navigation() -> StreamlitPage:
    """The page that the address asks for, with the menu of all pages above it."""
    _script.framed = True
    st.set_page_config(page_icon="⏱️", layout="wide")
    st.html(STYLE)
    first = PAGES[0][1]
    offered = PAGES + OF_ADMINS if _for_admin() else PAGES
    pages = [st.Page(file, title=title, icon=icon, default=title == first) for file, title, icon in offered]
    page = st.navigation(pages, position="top")
    st.set_page_config(page_title=f"{page.title} · LeNet Bench")
    return page


def _for_admin() -> bool:
    # Imported here: the first paint on a machine of one's own does not wait for it.
    from lenet.hosting import policy

    hosting = user.hosting()
    return hosting.hosted and policy.may(user.current(hosting), policy.Action.AUDIT)


def head(page: StreamlitPage) -> bool:
    """The page's title and, where users sign in, who has; whether they may see the page at all."""
    title = f"LeNet Bench · {page.title}"
    if user.hosting().auth == "off":
        st.title(title, anchor=False)
        return True
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        st.title(title, anchor=False, width="stretch")
        return user.draw()


def name_tab(page: StreamlitPage) -> None:
    """Say in the browser's tab what the page shows: 'Keras fit 1.24 ×, Results 12'."""
    # Imported once the page stands: the first paint does not wait for pandas and SQLAlchemy.
    from lenet.errors import LeNetError
    from lenet.views import tab
    from pages.parts.service import addressed, get_report, get_service

    with suppress(LeNetError):
        experiment = addressed(get_service()) if page.title in OF_ONE else None
        if experiment is not None:
            words = tab.words(experiment, lambda: get_report(get_service(), experiment))
            st.set_page_config(page_title=f"{words}, {page.title} {experiment.id}")


def require() -> None:
    """Start a page again if it was started without the frame.

    Streamlit serves a folder called pages/ itself until a server has called `st.navigation` once.
    So the first page that is opened by its own address (a shared ?experiment=...) would have no
    menu.
    """
    if not getattr(_script, "framed", False):
        navigation()
        st.rerun()
    _script.framed = False
