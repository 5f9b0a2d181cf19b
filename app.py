"""LeNet Bench in the browser: the frame that every page stands in. Start it with `streamlit run app.py`."""

import streamlit as st

st.set_page_config(page_title="LeNet Bench", page_icon="⏱️", layout="wide")

# app_pages/, not pages/: a folder of that name Streamlit serves by itself until app.py has run once in a server's life,
# so that a page opened by its address (a shared ?experiment=...) would stand there without this frame.
page = st.navigation(
    [
        st.Page("app_pages/race.py", title="Race", icon=":material/sports_score:", default=True),
        st.Page("app_pages/results.py", title="Results", icon=":material/bar_chart:"),
        st.Page("app_pages/system.py", title="System", icon=":material/memory:"),
    ],
    position="top",
)
# Before the page's own imports (pandas, plotly, sqlalchemy), so that the first paint does not wait for them.
st.title(f"LeNet Bench · {page.title}", anchor=False)
page.run()
