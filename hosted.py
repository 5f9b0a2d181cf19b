"""LeNet Bench for a team. Start it with `streamlit run hosted.py`, with LENET_MODE=hosted; races are
run by `lenet runner`. docs/hosting.md says what to set.
"""

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from pages.parts import gate, server

ROUTES: list[BaseRoute] = []
"""What programs ask over HTTP, below /api/ and /embed/."""

app = st.App(
    "app.py",
    lifespan=server.lifespan,
    routes=gate.below_base(ROUTES),
    middleware=[gate.middleware(), Middleware(server.Compressed)],
)
