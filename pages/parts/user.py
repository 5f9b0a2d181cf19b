"""Who looks at this page."""

import time

import streamlit as st

from lenet.hosting import identity
from lenet.hosting.config import Hosting
from lenet.hosting.identity import User


def current(hosting: Hosting) -> User:
    """The user of this session; of one that is older than LENET_SESSION_HOURS nobody."""
    if hosting.auth == "off":
        return identity.LOCAL
    claims = st.user.to_dict()
    issued = claims.get("iat") or 0
    signed_in = claims.get("is_logged_in") and time.time() - issued < hosting.session_hours * 3600
    return identity.of_claims(claims if signed_in else {}, hosting)
