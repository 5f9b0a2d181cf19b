"""Tokens on the System page of a hosted program: the user's own, an admin's also those of others."""

import streamlit as st

from lenet.hosting import keys
from lenet.hosting.desk import Desk
from lenet.hosting.identity import Role
from lenet.hosting.policy import Action
from lenet.records import Token
from lenet.views import tokens as views
from pages.parts import blocks, errors
from pages.parts.service import get_desk
from pages.parts.text import plain

MADE = "token_made"
ABOUT = (
    "A token lets a program ask in your name: send results (`python -m lenet push`), read them over HTTP, or watch "
    "the metrics. It keeps its role until it ends, also when yours changes; revoke it when it is no longer needed."
)


def section() -> None:
    """Show the tokens, and a form for a new one; nothing to whoever may have none."""
    desk = get_desk()
    if not desk.hosting.hosted or not desk.may(Action.GET_TOKEN):
        return
    st.header("Tokens", anchor=False)
    st.caption(ABOUT)
    _made()
    _form(desk)
    known = desk.tokens()
    if known:
        blocks.table(views.table(known), "tokens", "Every token, its user, its role and its end.")
    _revoke(desk, [token for token in known if keys.state(token) == "valid"])


def _made() -> None:
    """A key that has just been made: here, and never again."""
    if MADE not in st.session_state:
        return
    with st.container(border=True, key="token_made_box"):
        st.markdown("**Copy this token now: it is not shown again.**")
        st.code(st.session_state[MADE], language=None, wrap_lines=True)
        if st.button("I have it", key="token_copied", icon=":material/check:"):
            del st.session_state[MADE]
            st.rerun()


def _form(desk: Desk) -> None:
    roles = [role for role in keys.ROLES if role <= desk.user.role]
    with st.popover("New token", icon=":material/key:"), st.form("token", border=False, clear_on_submit=True):
        name = st.text_input("What it is for", key="token_name", max_chars=keys.LONGEST_NAME, placeholder="ci")
        role = st.selectbox(
            "Role", roles, format_func=lambda one: one.word, index=roles.index(Role.RUNNER), key="token_role"
        )
        days = st.number_input("Days", 1, keys.MOST_DAYS, keys.USUAL_DAYS, key="token_days")
        asked = st.form_submit_button("Make it", type="primary", key="token_make")
    if asked:
        with errors.shown():
            st.session_state[MADE] = desk.new_token(name, role, int(days))
            st.rerun()


def _revoke(desk: Desk, valid: list[Token]) -> None:
    if not valid:
        return
    named = {token.id: f"{token.id}: {token.name}, of {token.user}" for token in valid}
    with st.popover("Revoke …", icon=":material/key_off:"):
        number = st.selectbox("Token", list(named), format_func=lambda one: plain(named[one]), key="token_which")
        st.caption("Programs that use it are refused from now on.")
        if st.button("Revoke it", type="primary", key="token_revoke"):
            with errors.shown():
                get_desk().revoke_token(number)
                st.rerun()
