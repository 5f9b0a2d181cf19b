"""Results: who is faster, and how sure are we?"""

import plotly.graph_objects as go
import streamlit as st

from lenet import instruments
from lenet.analysis.report import Report
from lenet.bench import live
from lenet.bench.service import Service
from lenet.charts import batches, comparison, learning, table
from lenet.charts.figure import CONFIG
from lenet.records import Experiment
from pages.parts import errors, frame, head, pulse, results, results_effective, results_training, verdicts
from pages.parts.service import UNFINISHED, get_report, get_service


def main() -> None:
    """One experiment: the verdicts, then what they stand on, then the circumstances."""
    service = get_service()
    experiment = results.choose(service)
    if experiment is None:
        st.info(
            "There is no experiment yet. Start one on the Race page; its results will stand here.",
            icon=":material/sports_score:",
        )
        st.page_link("pages/race.py", label="Go to the Race page", icon=":material/sports_score:")
        return
    if instruments.of(experiment.request).asks_why:
        st.info("This experiment is no race: what it found stands on the Why page.", icon=":material/stairs:")
        head.link_to_result(experiment)
        return
    drawn = pulse.state(service, experiment.id)
    report = get_report(service, experiment)
    verdicts.show(report)
    if experiment.status in UNFINISHED:
        _watch_instead(experiment)
    if not report.runs.empty:
        _evidence(report)
        results_training.show(report)
        results_effective.show(report)
        _timing(service, experiment)
    results.failures(service.store.runs(experiment.id))
    results.circumstances(report)
    pulse.watch(service, experiment.id, drawn)


def _watch_instead(experiment: Experiment) -> None:
    st.info(
        "This experiment has not ended; what stands here is what its ended runs say so far.",
        icon=":material/hourglass_top:",
    )
    st.page_link(
        "pages/race.py",
        label="Watch it",
        icon=":material/sports_score:",
        query_params={"experiment": str(experiment.id)},
    )


def _evidence(report: Report) -> None:
    if report.pairs:
        _chart(comparison.ratios(report.pairs), "Ratio of batch times of each pair with its 95 % interval.")
        st.caption(
            "Left of the dotted line a pair would be the other way round; an interval across it decides nothing."
        )
    _chart(comparison.totals(report.variants), "Total training time of each variant beside the original's figures.")
    results.originals(report.experiment.request.settings)
    st.subheader("Figures", anchor=False)
    st.dataframe(
        table.variants(report.variants), column_config=results.FORMATS, hide_index=True, key="figures",
        alt="Batch times, throughput, phases, memory and accuracy of each variant.",
    )  # fmt: skip
    if len(report.epochs):
        _chart(learning.accuracy(report.epochs), "Test accuracy of each variant after each epoch.")
    if len(report.batches):
        _chart(batches.distribution(report.batches), "Share of steady batches by the time they took at most.")
        hidden, edge = batches.beyond(report.batches), batches.clip(report.batches)
        st.caption(f"The axis ends at {edge:,.2f} ms; {hidden:,} of {len(report.batches):,} batches took longer.")


def _timing(service: Service, experiment: Experiment) -> None:
    runs = service.store.runs(experiment.id)
    rounds = sorted({run.round for run in runs})
    chosen = st.segmented_control("Rounds", rounds, selection_mode="multi", default=rounds[:1], key="rounds")
    shown = [run for run in runs if run.round in chosen]
    planned = experiment.request.settings.batches
    tapes = [live.LiveRun(run, live.rows(service.store, service.home, run), planned) for run in shown]
    _chart(batches.timing(tapes), "Time of each batch by its number, for every run of the chosen rounds.")


def _chart(chart: go.Figure, alt: str) -> None:
    st.plotly_chart(chart, config=CONFIG, alt=alt)


frame.require()
with errors.shown():
    main()
