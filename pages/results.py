"""Results: who is faster, and how sure are we?"""

from collections.abc import Sequence

import orjson
import streamlit as st

from lenet import instruments
from lenet.analysis import export
from lenet.analysis.report import Report
from lenet.bench import live
from lenet.bench.service import Service
from lenet.records import UNFINISHED, Experiment, Run
from lenet.views import race
from lenet.views.blocks import Block
from pages.parts import blocks, choice, errors, frame, head, pulse
from pages.parts.service import addressed, get_report, get_service

ROUNDS = "rounds"


def main() -> None:
    """One experiment: the verdicts, then the evidence, then the circumstances."""
    service = get_service()
    experiment = choice.experiment(service, instruments.on_page("results"), addressed(service))
    if experiment is None:
        choice.nothing_yet("its results will stand here.")
        return
    if instruments.of(experiment.request).asks_why:
        st.info("This experiment is no race; its result is on the Why page.", icon=":material/stairs:")
        head.link_to_result(experiment)
        return
    drawn = pulse.of_result(service, experiment.id)
    report = get_report(service, experiment)
    runs = service.store.runs(experiment.id)
    view = race.view(report, runs, _tapes(service, experiment, runs))
    blocks.answer(view)
    if experiment.status in UNFINISHED:
        _watch_instead(experiment)
    blocks.sections(view.sections, {"timing": lambda block: _timing(runs, block)})
    blocks.circumstances(view)
    _download(report)
    pulse.watch(lambda: pulse.of_result(service, experiment.id), drawn)


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


def _tapes(service: Service, experiment: Experiment, runs: Sequence[Run]) -> list[live.LiveRun]:
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


def _download(report: Report) -> None:
    st.download_button(
        "Download as JSON",
        lambda: orjson.dumps(export.as_json(report), option=orjson.OPT_INDENT_2),
        f"experiment-{report.experiment.id}.json",
        "application/json",
        on_click="ignore",
        icon=":material/download:",
        key="download",
    )


frame.require()
with errors.shown():
    main()
