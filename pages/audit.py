"""Audit: who changed what, and who was refused."""

import streamlit as st

from lenet.analysis.across import filter_text
from lenet.views import audit as views
from pages.parts import blocks, errors, frame
from pages.parts.service import get_desk

SHOWN = 200
ALT = "Who asked for what, when and where, and whether it was done or refused; the newest first."


def main() -> None:
    """The newest entries, of all users or of one, and a way to older ones."""
    st.markdown("Everything that anybody changed, and what was refused. Nothing here can be changed.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        user = st.text_input("Of one user", key="audit_user", placeholder="everybody", width=260)
        since = st.date_input("Since (UTC)", value=None, key="audit_since", width=180)
    day = filter_text.of({"since": since.isoformat() if since else ""}, SHOWN).since
    entries = get_desk().audit(SHOWN, user=user.strip(), since=day)
    if not entries:
        st.info("Nothing of that kind was asked for yet.", icon=":material/history:")
        return
    blocks.table(views.table(entries), "audit", ALT)
    if len(entries) == SHOWN:
        st.caption(f"The newest {SHOWN}; `python -m lenet audit --limit 10000` lists more.")


frame.require()
with errors.shown():
    main()
