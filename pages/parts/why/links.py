"""Links from a result of the Why page on: to the race and the code of its pair, and to race it again."""

import streamlit as st

from lenet import instruments
from lenet.analysis.why import causes
from lenet.bench.queue import Queue
from lenet.hosting.policy import Action
from lenet.records import Experiment
from pages.parts import pair
from pages.parts.service import may


def draw(service: Queue, experiment: Experiment) -> None:
    """Show the links of the pair in the address, else of the two that the experiment is about."""
    left, right = pair.addressed()
    about = causes.ends(experiment)
    if not (left and right) and len(about) == 2:
        right, left = about
    if not left or not right:
        return
    query = dict(pair.query(left, right))
    race = causes.newest_of(service.store, instruments.RACE.name, left, right)
    with st.container(horizontal=True, key="pair_links"):
        if race is not None:
            at = {"experiment": str(race.id), **query}
            st.page_link("pages/results.py", label="Their race", icon=":material/bar_chart:", query_params=at)
        st.page_link("pages/code.py", label="Code of both", icon=":material/code:", query_params=query)
        if race is not None and may(Action.START):
            again = {"again": str(race.id)}
            st.page_link("pages/race.py", label="Race both again", icon=":material/replay:", query_params=again)
