"""Who looks at this page, and how it is hosted."""

import functools
import time

import streamlit as st

from lenet.hosting import config, identity
from lenet.hosting.config import Hosting
from lenet.hosting.identity import Role, User
from pages.parts.text import plain

hosting = functools.cache(config.read)
"""How this process is hosted. Raises BadInput for what cannot be meant."""


def current(how: Hosting) -> User:
    """The user of this session; of one that is older than LENET_SESSION_HOURS nobody."""
    claims = {} if how.auth == "off" else st.user.to_dict()
    return identity.of_session(claims, how, time.time())


def draw() -> bool:
    """Say who is signed in, with a button to sign out, or else one to sign in; whether they may
    look at all."""
    who = current(hosting())
    if who.role > Role.ANONYMOUS:
        st.caption(f"{plain(who.name)}, {who.role.word}", width="content")
        st.button("Sign out", key="sign_out", type="tertiary", icon=":material/logout:", on_click=st.logout)
        return True
    if who.role is Role.NOBODY:
        # A page that was open when its session ended; a new one has to pass the gate first.
        st.caption("Your session is over.", width="content")
    st.button("Sign in", key="sign_in", type="tertiary", icon=":material/login:", on_click=st.login)
    return who.role is not Role.NOBODY
