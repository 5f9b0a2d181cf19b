"""Parts of the Results page: which experiment, its failures, its circumstances."""

from dataclasses import asdict

import orjson
import streamlit as st

from lenet import catalog
from lenet.analysis import export
from lenet.analysis.issue7439 import original
from lenet.analysis.report import Report
from lenet.bench.service import Service
from lenet.charts import table
from lenet.instruments import on_page
from lenet.records import Experiment, Run
from lenet.settings import OPTIONS, Settings
from pages.parts.service import addressed
from pages.parts.text import plain

CHOICE = "experiment_choice"
FORMATS = {
    "Variant": st.column_config.TextColumn(pinned=True),
    "Images/s": st.column_config.NumberColumn(format="%,.0f"),
    "Peak memory (MiB)": st.column_config.NumberColumn(format="%,.0f"),
    "Test accuracy (%)": st.column_config.NumberColumn(format="%.2f"),
    **{
        name: st.column_config.NumberColumn(format="%.3f")
        for name in ("p95 (ms)", "p99 (ms)", "Steady (s)", "First batch (s)", "Build (s)", "Import (s)")
    },
}


def choose(service: Service) -> Experiment | None:
    """Let the user choose an experiment, newest first; the address always names it. None when there is none yet."""
    known = {e.id: e for e in service.store.experiments(instruments=on_page("results"))}
    chosen = addressed(service) or next(iter(known.values()), None)
    if chosen is None:
        return None
    known.setdefault(chosen.id, chosen)
    st.session_state[CHOICE] = chosen.id
    st.selectbox("Experiment", list(known), format_func=lambda n: _name(known[n]), key=CHOICE, on_change=_to_address)
    return chosen


def _to_address() -> None:
    st.query_params["experiment"] = str(st.session_state[CHOICE])


def _name(experiment: Experiment) -> str:
    titles = ", ".join(catalog.title(label) for label in catalog.labels(experiment.request.variants))
    return f"{experiment.id} · {titles} · {experiment.created:%Y-%m-%d %H:%M} UTC · {experiment.status}"


def originals(settings: Settings) -> None:
    """Say where the original's figures come from, and whether ours may stand beside them."""
    full = (settings.batch_size, settings.batches) == (original.BATCH_SIZE, original.BATCHES)
    size = "the same number of batches" if full else f"{settings.batches:,} batches, so compare shapes, not seconds"
    st.caption(
        f"Grey: what the issue reported in 2017 at {original.EPOCHS} epochs ({original.BATCHES:,} batches of "
        f"{original.BATCH_SIZE} images), one run each, on another machine. Source: {original.SOURCE}. "
        f"A run here trained {size}."
    )


def failures(runs: list[Run]) -> None:
    """Every run that did not finish: its reason and the end of its log."""
    failed = [run for run in runs if run.status not in ("finished", "running")]
    if failed:
        st.subheader("Runs that did not finish", anchor=False)
    for run in failed:
        status = run.status.replace("_", " ")
        said = f"Round {run.round}, {catalog.title(run.label)}: {status}. {run.reason}"
        st.error(plain(said), icon=":material/warning:")
        if run.log:
            with st.expander(f"End of its log ({run.batch_count:,} batches were made and kept)"):
                st.code(run.log, language=None)


def circumstances(report: Report) -> None:
    """Settings, exams, machine and versions, folded away."""
    experiment = report.experiment
    with st.expander("Settings", icon=":material/tune:"):
        st.table(_described(experiment.request.settings))
    with st.expander("Same answer? The exam against the reference", icon=":material/fact_check:"):
        st.dataframe(table.exams(report.parities), hide_index=True, alt="The exam of each variant.")
    with st.expander("Machine and versions", icon=":material/memory:"):
        st.json(experiment.machine)
        st.json({f"{row.title}, round {row.round}": row.facts for row in report.runs.itertuples()}, expanded=1)
    st.download_button(
        "Download as JSON",
        lambda: orjson.dumps(export.as_json(report), option=orjson.OPT_INDENT_2),
        f"experiment-{experiment.id}.json",
        "application/json",
        on_click="ignore",
        icon=":material/download:",
        key="download",
    )


def _described(settings: Settings) -> dict[str, str]:
    return {
        OPTIONS[name].label: f"{value:,} {OPTIONS[name].unit}"
        if isinstance(value, int) and name != "seed"
        else f"{value}"
        for name, value in asdict(settings).items()
    }
