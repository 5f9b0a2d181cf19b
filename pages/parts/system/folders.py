"""Folders with variants of one's own on the System page: which are looked into, and what is wrong with them."""

import streamlit as st

from lenet.catalog import folders, own
from lenet.hosting.policy import Action
from pages.parts import errors
from pages.parts.service import get_desk, may
from pages.parts.text import plain, quoting

ABOUT = "Folders with variants of your own, one a line. Each file in them is a variant: it says itself what it is."


def section() -> None:
    """Show what is wrong, to whoever may read paths; and the folders, to whoever may name them."""
    if may(Action.READ_LOGS):
        for fault in own.faults():
            st.warning(quoting(fault), icon=":material/warning:")
    desk = get_desk()
    if reason := desk.why_no_folders():
        st.caption(plain(reason))
        return
    with st.form("folders", border=False):
        kept = folders.kept(desk.queue.home)
        text = st.text_area("Folders", "\n".join(kept), help=ABOUT, key="folders", placeholder="~/my-variants")
        asked = st.form_submit_button("Look into these", key="folders_keep", icon=":material/folder_open:")
    if asked:
        with errors.shown():
            desk.name_folders(text.splitlines())
            st.rerun()
