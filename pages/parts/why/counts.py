"""Counts and profiles on the Why page: is anything re-created, and where does the time go?"""

from collections.abc import Sequence

import streamlit as st

from lenet import catalog, instruments, requests
from lenet.analysis.why.counts import Counted
from lenet.analysis.why.findings import Findings, newest
from lenet.analysis.why.profile import Profile
from lenet.bench.service import Service
from lenet.instruments import COUNTS, PROFILE
from lenet.records import Request
from lenet.settings import asked_by
from lenet.views import why as views
from lenet.views.blocks import View
from pages.parts import blocks
from pages.parts.service import get_findings
from pages.parts.text import plain
from pages.parts.why import start

USUAL = ("keras_fit", "tensorflow_retracing")
SETTINGS = asked_by("counts", "profile")


def ask(service: Service, installing: Sequence[str]) -> None:
    """Show the form: variants, and buttons that count or profile them."""
    names = start.variants("counted_variants", USUAL)
    values = start.settings("counted", SETTINGS, {"batch_size": requests.EVIDENCE_BATCH})

    def count() -> Request:
        return requests.counts_request(names, values)

    def profile() -> Request:
        return requests.profile_request(names, values)

    start.offer(service, {"Count": count, "Profile": profile}, installing)


def show(service: Service, findings: Findings, view: View) -> None:
    """Show each variant's counts and its profile, each with its answer in a sentence.

    What this experiment did not measure comes from the newest one of the other instrument that
    has one of the same variants.
    """
    blocks.end(view)
    counts, profiles = _both(service, findings)
    for label in dict.fromkeys([*counts, *profiles]):
        if label in counts:
            section = views.spoken(views.evidence(counts[label]), counts[label].sentence)
            st.header(plain(section.title), anchor=False)
            blocks.body(f"counts_{label}", section, {})
        if label in profiles:
            section = views.spoken(views.samples(profiles[label]), profiles[label].sentence)
            st.subheader(plain(section.title), anchor=False)
            blocks.body(f"profile_{label}", section, {})
        else:
            st.caption(f"There is no profile of {catalog.title(label)} yet: the form below makes one.")
    blocks.sections(view.failed)


def _both(service: Service, findings: Findings) -> tuple[dict[str, Counted], dict[str, Profile]]:
    """The counts and the profiles by label, of the labels of the shown experiment."""
    request = findings.report.experiment.request
    other = PROFILE if instruments.of(request) is COUNTS else COUNTS
    number = newest(service.store, other.name, request.variants)
    beside = get_findings(service, service.store.experiment(number)) if number else findings
    labels = catalog.labels(request.variants)
    counts = {c.label: c for c in (findings.counts or beside.counts) if c.label in labels}
    profiles = {p.label: p for p in (findings.profiles or beside.profiles) if p.label in labels}
    return counts, profiles
