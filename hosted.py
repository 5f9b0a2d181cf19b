"""LeNet Bench for a team. Start it with `streamlit run hosted.py`, with LENET_MODE=hosted; races are
run by `lenet runner`. docs/hosting.md says what to set.
"""

import streamlit as st
from starlette.middleware import Middleware

from lenet.hosting import api
from pages.parts import gate, server
from pages.parts.service import get_service

app = st.App(
    "app.py",
    lifespan=server.lifespan,
    routes=gate.below_base(api.routes(get_service, gate.hosting(), gate.sessions)),
    middleware=[gate.middleware(), Middleware(server.Compressed)],
)
