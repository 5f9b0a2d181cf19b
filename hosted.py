"""LeNet Bench for a team. Start it with `streamlit run hosted.py`, with LENET_MODE=hosted; races are
run by `lenet runner`. docs/hosting.md says what to set.
"""

import streamlit as st
from starlette.middleware import Middleware

from lenet.bench.queue import Queue
from lenet.hosting import api
from pages.parts import gate, server


def get_queue() -> Queue:
    """The queue of this process."""
    # Imported once a server runs: before that Streamlit warns of caches that nobody shares.
    from pages.parts.service import get_service

    return get_service()


app = st.App(
    "app.py",
    lifespan=server.lifespan,
    routes=gate.below_base(api.routes(get_queue, gate.hosting(), gate.sessions)),
    middleware=[gate.middleware(), Middleware(server.Compressed)],
)
