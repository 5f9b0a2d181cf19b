"""LeNet Bench in the browser. Start it with `streamlit run app.py`; a team's server is `hosted.py`.

The server imports this file once, as a module; each browser has it run as a program.
"""

import streamlit as st
from starlette.middleware import Middleware

from pages.parts import frame, gate, server

if __name__ == "__main__":
    page = frame.navigation()
    # The title comes before the page's own imports (pandas, plotly, sqlalchemy), so that the first
    # paint does not wait for them.
    if frame.head(page):
        page.run()
        frame.name_tab(page)
else:
    app = st.App(__file__, lifespan=server.lifespan, middleware=[gate.middleware(), Middleware(server.Compressed)])
