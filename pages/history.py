"""History: all experiments; compare across time, machines and versions."""

import streamlit as st

from lenet.bench.service import Service
from lenet.records import Filter
from pages.widgets import errors, frame, history_chosen, history_filter, history_import, history_table, history_trend
from pages.widgets.service import get_service


def main() -> None:
    """What to look for, what was found, what is chosen of it, and a variant's trend."""
    service = get_service()
    drawn = history_table.state(service)
    if drawn.newest is None:
        st.info("There is no experiment yet. Start one on the Race page, or import one.", icon=":material/history:")
        st.page_link("pages/race.py", label="Go to the Race page", icon=":material/sports_score:")
    else:
        _experiments(service, history_filter.draw(service))
    history_import.draw(service)
    history_table.watch(service, drawn)


def _experiments(service: Service, wanted: Filter) -> None:
    chosen = history_table.show(service, wanted)
    if chosen:
        history_chosen.show(service, chosen)
    history_trend.show(service, wanted)


frame.require()
with errors.shown():
    main()
