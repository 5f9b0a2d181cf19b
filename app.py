"""LeNet Bench in the browser. Start it with `streamlit run app.py`."""

import streamlit as st

from pages.parts import frame

page = frame.navigation()
# The title comes before the page's own imports (pandas, plotly, sqlalchemy), so that the first
# paint does not wait for them.
st.title(f"LeNet Bench · {page.title}", anchor=False)
page.run()
