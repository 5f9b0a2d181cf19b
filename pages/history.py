"""History: all experiments; compare across time, machines and versions."""

import streamlit as st

from lenet.bench.queue import Queue
from lenet.records import Filter
from pages.parts import errors, frame, pulse
from pages.parts.history import actions, baseline, filters, listing, trend, upload
from pages.parts.service import get_service


def main() -> None:
    """The filter, the list, what may be done with the chosen experiments, and a variant's trend."""
    service = get_service()
    drawn = pulse.of_history(service)
    if pulse.newest(service) is None:
        st.info("There is no experiment yet. Start one on the Race page, or import one.", icon=":material/history:")
        st.page_link("pages/race.py", label="Go to the Race page", icon=":material/sports_score:")
    else:
        _experiments(service, filters.draw(service))
    upload.draw()
    pulse.watch(lambda: pulse.of_history(service), drawn)


def _experiments(service: Queue, wanted: Filter) -> None:
    baseline.show(service)
    chosen = listing.show(service, wanted)
    if chosen:
        actions.show(service, chosen)
    trend.show(service, wanted)


frame.require()
with errors.shown():
    main()
