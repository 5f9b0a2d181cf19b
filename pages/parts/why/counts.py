"""Counts and profiles on the Why page: is anything re-created, and where does the time go?"""

from collections.abc import Sequence

import streamlit as st

from lenet import catalog, instruments, requests
from lenet.analysis.why.findings import Findings, newest
from lenet.bench.queue import Queue
from lenet.instruments import COUNTS, PROFILE
from lenet.records import Request
from lenet.settings import asked_by
from lenet.views import experiment
from lenet.views import why as views
from lenet.views.blocks import View
from pages.parts import blocks
from pages.parts.service import get_findings
from pages.parts.text import plain
from pages.parts.why import start

USUAL = ("keras_fit", "tensorflow_retracing")
SETTINGS = asked_by("counts", "profile")


def ask(service: Queue, installing: Sequence[str]) -> None:
    """Show the form: variants, and buttons that count or profile them."""
    names = start.variants("counted_variants", USUAL)
    values = start.settings("counted", SETTINGS, {"batch_size": requests.EVIDENCE_BATCH})

    def count() -> Request:
        return requests.counts_request(names, values)

    def profile() -> Request:
        return requests.profile_request(names, values)

    start.offer(service, {"Count": count, "Profile": profile}, installing)


def show(service: Queue, findings: Findings, view: View) -> None:
    """Show each variant's counts and its profile, each with its answer in a sentence.

    What this experiment did not measure comes from the newest one of the other instrument that
    has one of the same variants.
    """
    blocks.end(view)
    counted, profiled = _both(service, findings)
    labels = catalog.labels(findings.report.experiment.request.variants)
    counts = {one.label: one for one in counted.counts if one.label in labels}
    profiles = {one.label: one for one in profiled.profiles if one.label in labels}
    for label in dict.fromkeys([*counts, *profiles]):
        if label in counts:
            section = views.spoken(views.evidence(counts[label]), counts[label].sentence)
            st.header(plain(section.title), anchor=False)
            _say_which(counted)
            blocks.body(f"counts_{label}", section, {})
        if label in profiles:
            section = views.spoken(views.samples(profiles[label]), profiles[label].sentence)
            st.subheader(plain(section.title), anchor=False)
            _say_which(profiled)
            blocks.body(f"profile_{label}", section, {})
        else:
            st.caption(f"There is no profile of {plain(catalog.title(label))} yet: the form below makes one.")
    blocks.sections(view.failed)


def _say_which(findings: Findings) -> None:
    """Say which experiment the figures are of: counts and profile are two."""
    report = findings.report
    st.caption(
        plain(
            f"{instruments.of(report.experiment.request).title}: experiment {report.experiment.id}, "
            f"{experiment.line(report)}"
        )
    )


def _both(service: Queue, findings: Findings) -> tuple[Findings, Findings]:
    """The findings that hold the counts, and those that hold the profiles, of the same variants."""
    request = findings.report.experiment.request
    other = PROFILE if instruments.of(request) is COUNTS else COUNTS
    number = newest(service.store, other.name, request.variants)
    beside = get_findings(service, service.store.experiment(number)) if number else findings
    return (findings, beside) if other is PROFILE else (beside, findings)
