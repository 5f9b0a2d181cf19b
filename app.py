"""LeNet Bench in the browser. Start it with `streamlit run app.py`.

The server imports this file once, as a module; each browser has it run as a program.
"""

import streamlit as st
from starlette.middleware import Middleware

from pages.parts import frame, server

if __name__ == "__main__":
    page = frame.navigation()
    # The title comes before the page's own imports (pandas, plotly, sqlalchemy), so that the first
    # paint does not wait for them.
    st.title(f"LeNet Bench · {page.title}", anchor=False)
    page.run()
    frame.name_tab(page)
else:
    app = st.App(__file__, lifespan=server.lifespan, middleware=[Middleware(server.Compressed)])
