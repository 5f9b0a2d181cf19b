"""LeNet Bench in the browser: the frame that every page stands in. Start it with `streamlit run app.py`."""

import streamlit as st

st.set_page_config(page_title="LeNet Bench", page_icon="⏱️", layout="wide")

page = st.navigation(
    [
        st.Page("pages/race.py", title="Race", icon="🏁", default=True),
        st.Page("pages/results.py", title="Results", icon="📊"),
        st.Page("pages/system.py", title="System", icon="🖥️"),
    ],
    position="top",
)
# Before the page's own imports (pandas, plotly, sqlalchemy), so that the first paint does not wait for them.
st.title(f"LeNet Bench · {page.title}", anchor=False)
page.run()
