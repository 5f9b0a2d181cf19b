"""Results: who is faster, and how sure are we?"""

from collections.abc import Sequence

import streamlit as st

from lenet import catalog, instruments
from lenet.analysis import ranking
from lenet.analysis.report import Report
from lenet.bench import live
from lenet.bench.queue import Queue
from lenet.records import UNFINISHED, Experiment, Run
from lenet.views import race
from lenet.views.blocks import Block, View
from pages.parts import blocks, choice, errors, fields, frame, head, outcome, pair, pulse, result_head
from pages.parts import ranking as rows
from pages.parts.service import get_findings, get_report, get_service

ROUNDS = "rounds"
BASELINE = "baseline"


def main() -> None:
    """One experiment: verdict, why and next; the ranking; then the evidence in tabs."""
    service = get_service()
    experiment = choice.experiment(service, instruments.on_page("results"), choice.named(service))
    if experiment is None:
        choice.nothing_yet("its results will stand here.")
    elif instruments.of(experiment.request).asks_why:
        st.info("This experiment is no race; its result is on the Why page.", icon=":material/stairs:")
        head.link_to_result(experiment)
    else:
        drawn = pulse.of_result(service, experiment.id)
        _result(service, experiment)
        pulse.watch(lambda: pulse.of_result(service, experiment.id), drawn)


def _result(service: Queue, experiment: Experiment) -> None:
    report, runs = get_report(service, experiment), service.store.runs(experiment.id)
    about = ranking.subject(report, *pair.addressed())
    view = race.view(report, runs, _tapes(service, experiment, runs), about)
    view = race.advised(view, report, about, service.store, lambda one: get_findings(service, one))
    result_head.draw(service, experiment, view)
    outcome.draw(service, view)
    if experiment.status in UNFINISHED:
        _watch_instead(experiment)
    else:
        head.offer_again(service, experiment)
    _evidence(view, runs, report)


def _evidence(view: View, runs: Sequence[Run], report: Report) -> None:
    own = {"ranking": lambda block: _ranking(report, block), "timing": lambda block: _timing(runs, block)}
    ranked = [section for section in view.sections if any(block.key == "ranking" for block in section.blocks)]
    for section in ranked:
        blocks.body("ranking", section, own)
    shown = [*(section for section in view.sections if section not in ranked), *view.circumstances]
    for number, (tab, section) in enumerate(zip(st.tabs([one.title for one in shown]), shown, strict=True)):
        with tab:
            if section.about:
                st.caption(section.about)
            blocks.body(f"tab_{number}", section, own)


def _watch_instead(experiment: Experiment) -> None:
    st.info(
        "This experiment has not ended; this is what its ended runs say so far.",
        icon=":material/hourglass_top:",
    )
    st.page_link(
        "pages/race.py",
        label="Watch it",
        icon=":material/sports_score:",
        query_params={"experiment": str(experiment.id)},
    )


def _ranking(report: Report, block: Block) -> None:
    """The rows against the baseline, which a click on a row or the choice above them changes."""
    about = ranking.subject(report, *pair.addressed())
    assert about is not None, "a ranking has a pair"
    fields.fill(BASELINE, about.baseline)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("**How many times as long a batch takes as with**", width="content")
        labels = [str(label) for label in report.variants["label"] if label not in report.hindrances]
        st.selectbox(
            "Baseline", labels, format_func=catalog.title, key=BASELINE, label_visibility="collapsed", width=260,
            on_change=lambda: pair.hold(st.session_state[BASELINE]),
        )  # fmt: skip
    st.caption("Click a row to make it 1.00. The axis is logarithmic; intervals are 95 %.")
    label, (page, other) = rows.draw(block.markup, "ranking")
    if label:
        pair.hold(label)
        st.rerun()
    if page:
        st.switch_page(f"pages/{page}.py", query_params=dict(pair.query(about.baseline, other)))


def _tapes(service: Queue, experiment: Experiment, runs: Sequence[Run]) -> list[live.LiveRun]:
    """The runs of the chosen rounds, by default of the first round."""
    chosen = st.session_state.get(ROUNDS, _rounds(runs)[:1])
    planned = experiment.request.settings.batches
    shown = [run for run in runs if run.round in chosen]
    return [live.LiveRun(run, live.rows(service.store, service.home, run), planned) for run in shown]


def _rounds(runs: Sequence[Run]) -> list[int]:
    return sorted({run.round for run in runs})


def _timing(runs: Sequence[Run], block: Block) -> None:
    """The batches one by one, for the rounds that the user chooses."""
    rounds = _rounds(runs)
    st.segmented_control("Rounds", rounds, selection_mode="multi", default=rounds[:1], key=ROUNDS)
    blocks.block("timing", block)


frame.require()
with errors.shown():
    main()
