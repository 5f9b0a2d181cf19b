"""The progress of an experiment of the Why page."""

import streamlit as st

from lenet.analysis import live as analysis
from lenet.bench import live
from lenet.bench.plan_words import duration
from lenet.bench.queue import Queue
from lenet.records import Experiment


def draw(service: Queue, experiment: Experiment) -> None:
    """Show a bar with stage, round and batches, and a link to the Race page with every run."""
    request = experiment.request
    runs = live.snapshot(service.store, service.home, experiment.id)
    now = analysis.progress(runs, request.settings.rounds, len(request.variants))
    stage = live.stage(service.home, experiment.id)
    doing = f"{stage[0].upper()}{stage[1:]} …" if stage else f"Round {now.round} of {now.rounds}"
    expected = live.outlook(service.home, experiment.id)
    left = f"about {duration(expected.seconds_left)} left" if expected and expected.seconds_left else ""
    batches = f"{now.done:,} of {now.planned:,} batches of round {now.round}" if now.planned else ""
    st.progress(now.share, text=" · ".join(filter(None, (doing, batches, f"{now.share:.0%} of all", left))))
    st.page_link(
        "pages/race.py",
        label="Watch every run on the Race page",
        icon=":material/sports_score:",
        query_params={"experiment": str(experiment.id)},
    )
