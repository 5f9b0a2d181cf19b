"""The overhead law on the Why page: its form and its result."""

from collections.abc import Sequence

import streamlit as st

from lenet import requests
from lenet.analysis.why.findings import Findings
from lenet.bench.queue import Queue
from lenet.records import Request
from lenet.settings import asked_by
from lenet.views.blocks import View
from pages.parts import blocks
from pages.parts.why import start

ENDS = ("keras_fit", "tensorflow_function")


def ask(service: Queue, installing: Sequence[str]) -> None:
    """Show the form: variants, and batch sizes."""
    names = start.variants("law_variants", ENDS)
    sizes = st.text_input("Batch sizes", ", ".join(map(str, requests.BATCH_SIZES)), key="law_sizes")
    values = start.settings("law", asked_by("law"), requests.LAW)

    def build() -> Request:
        return requests.law_request(names, requests.sizes_in(sizes), values)

    start.offer(service, {"Start": build}, installing)


def show(service: Queue, findings: Findings, view: View) -> None:
    """Show the points with their lines, and tables of both."""
    blocks.answer(view)
    blocks.sections(view.sections)
