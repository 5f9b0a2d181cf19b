"""The ratio on its number line: while a race runs, and as it stands at its end."""

import streamlit as st

from lenet.analysis import so_far
from lenet.analysis.report import Report
from lenet.analysis.so_far import SoFar
from lenet.bench import live
from lenet.bench.queue import Queue
from lenet.charts import number_line, track
from lenet.records import Experiment
from lenet.views import live as words
from pages.parts import live_chart


def running(service: Queue, experiment: Experiment, rounds: live.Rounds) -> None:
    """The ratio in a sentence, and the number line on which its interval shrinks."""
    known = so_far.load(service.store, experiment, rounds.now)
    with st.container(border=True, key="ratio"):
        if known is None:
            st.html(track.sentence(words.NOTHING_YET, words.NOTHING_YET_WHY))
            return
        alone = len(set(experiment.request.variants)) <= 2
        st.html(track.sentence(words.headline(known.pair, alone=alone), words.standing(known.pair), known.pair.slow))
        _line(experiment, known)


def ended(service: Queue, experiment: Experiment, report: Report) -> None:
    """The number line as it stands, without a sentence; nothing where no ratio is known."""
    known = so_far.at_the_end(report, live.snapshot(service.store, service.home, experiment.id), service.store)
    if known is not None:
        with st.container(border=True, key="ratio"):
            _line(experiment, known)


def _line(experiment: Experiment, known: SoFar) -> None:
    live_chart.draw(
        number_line.payload(known.pair, known.past),
        key=f"live_ratio_{experiment.id}",
        alt=f"Number line: {known.pair.verdict}",
        height=number_line.HEIGHT,
    )
