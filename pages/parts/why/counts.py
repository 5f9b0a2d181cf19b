"""Counts and profiles on the Why page: is anything re-created on each batch, and where does the time go?"""

from collections.abc import Sequence

import streamlit as st

from lenet import catalog, instruments, requests
from lenet.analysis.why import findings
from lenet.analysis.why.counts import Counted
from lenet.analysis.why.findings import Found
from lenet.analysis.why.profile import Profile
from lenet.bench.service import Service
from lenet.charts import causes, icicle
from lenet.charts.figure import CONFIG
from lenet.instruments import COUNTS, PROFILE
from lenet.records import Request
from pages.parts.service import get_found
from pages.parts.text import plain
from pages.parts.why import start

USUAL = ("keras_fit", "tensorflow_retracing")
SETTINGS = ("batch_size", "threads", "device", "allocator", "timeout")
ANSWERS = {True: "Yes", False: "No", None: "Nobody can say"}
NUMBERS = {
    name: st.column_config.NumberColumn(format="localized")
    for name in ("Per batch", "Least", "Most", "In all", "Calls per batch")
} | {"Own share (%)": st.column_config.NumberColumn(format="%.1f")}


def ask(service: Service, installing: Sequence[str]) -> None:
    """Which variants; then count them, or profile them."""
    there = start.available()
    usual = [name for name in USUAL if name in there]
    names = st.multiselect("Variants", there, usual, format_func=catalog.title, key="counted_variants")
    values = start.settings("counted", SETTINGS, {"batch_size": requests.EVIDENCE_BATCH})

    def count() -> Request:
        return requests.counts_request(names, values)

    def profile() -> Request:
        return requests.profile_request(names, values)

    start.offer(service, {"Count": count, "Profile": profile}, installing)


def show(service: Service, found: Found) -> None:
    """The verdict and the table of each variant, its profile beside it; of the instrument that was not asked the
    newest experiment with one of the same variants."""
    counts, profiles = _both(service, found)
    for label in dict.fromkeys([*counts, *profiles]):
        if label in counts:
            _verdict(counts[label])
        if label in profiles:
            _profile(profiles[label])
        else:
            st.caption(f"There is no profile of {catalog.title(label)} yet: the form below makes one.")


def _both(service: Service, found: Found) -> tuple[dict[str, Counted], dict[str, Profile]]:
    """What was counted and what was profiled, by label; labels of the experiment that is shown only."""
    request = found.report.experiment.request
    other = PROFILE if instruments.of(request) is COUNTS else COUNTS
    number = findings.newest(service.store, other.name, request.variants)
    beside = get_found(service, service.store.experiment(number)) if number else found
    labels = catalog.labels(request.variants)
    counts = {c.label: c for c in (found.counts or beside.counts) if c.label in labels}
    profiles = {p.label: p for p in (found.profiles or beside.profiles) if p.label in labels}
    return counts, profiles


def _verdict(counted: Counted) -> None:
    title = catalog.title(counted.label)
    st.header(f"{title}: {ANSWERS[counted.recreated].lower()}", anchor=False)
    st.markdown(plain(counted.sentence))
    if counted.table.empty:
        return
    st.dataframe(
        causes.counts(counted), column_config=NUMBERS, hide_index=True, height="content", placeholder="–",
        key=f"counts_{counted.label}", alt=f"What {title} does on a batch.",
    )  # fmt: skip
    with st.expander("Functions that it calls most", icon=":material/call_made:"):
        st.dataframe(
            causes.called(counted), column_config=NUMBERS, hide_index=True, key=f"called_{counted.label}",
            alt=f"Functions that {title} calls most on a batch.",
        )  # fmt: skip


def _profile(profile: Profile) -> None:
    st.markdown(plain(profile.sentence))
    if profile.nodes.empty:
        return
    title = catalog.title(profile.label)
    st.plotly_chart(
        icicle.figure(profile), config=CONFIG, key=f"icicle_{profile.label}",
        alt=f"Profile of {title}: functions by their share of the time.",
    )  # fmt: skip
    with st.expander("Functions by their own time", icon=":material/table:"):
        st.dataframe(
            causes.functions(profile), column_config=NUMBERS, hide_index=True, key=f"functions_{profile.label}",
            alt=f"The functions in which {title} spends its time.",
        )  # fmt: skip
