"""Counts and profiles on the Why page: is anything re-created on each batch, and where does the time go?"""

from collections.abc import Sequence

import streamlit as st

from lenet import catalog, instruments
from lenet.analysis.why.findings import Found, newest
from lenet.bench.service import Service
from lenet.records import Request
from lenet.views import why as views
from lenet.views.blocks import Section, View
from pages.parts import blocks
from pages.parts.service import get_found
from pages.parts.why import start

USUAL = ("keras_fit", "tensorflow_retracing")
SETTINGS = ("batch_size", "threads", "device", "allocator", "timeout")


def ask(service: Service, installing: Sequence[str]) -> None:
    """Which variants; then count them, or profile them."""
    there = start.available()
    usual = [name for name in USUAL if name in there]
    names = st.multiselect("Variants", there, usual, format_func=catalog.title, key="counted_variants")
    values = start.settings("counted", SETTINGS, {"batch_size": instruments.EVIDENCE_BATCH})

    def count() -> Request:
        return instruments.counts_request(names, values)

    def profile() -> Request:
        return instruments.profile_request(names, values)

    start.offer(service, {"Count": count, "Profile": profile}, installing)


def show(service: Service, findings: Found, view: View) -> None:
    """What was counted of each variant and its profile beside it.

    Of the instrument that was not asked, the newest experiment with one of the same variants.
    """
    mine, others = view.sections, _beside(service, findings)
    blocks.sections((*mine, *others))
    if not others and findings.counts:
        st.caption("There is no profile of these variants yet: the form below makes one.")


def _beside(service: Service, findings: Found) -> tuple[Section, ...]:
    """Sections of the other instrument's newest experiment, each with its sentence, for the variants of this one."""
    request = findings.report.experiment.request
    other = "profile" if request.instrument == "counts" else "counts"
    number = newest(service.store, other, request.variants)
    if number is None:
        return ()
    beside = get_found(service, service.store.experiment(number))
    labels = catalog.labels(request.variants)
    counted = [views.spoken(views.evidence(one), one.sentence) for one in beside.counts if one.label in labels]
    sampled = [views.spoken(views.samples(one), one.sentence) for one in beside.profiles if one.label in labels]
    return (*counted, *sampled)
