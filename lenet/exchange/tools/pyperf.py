"""An experiment as a suite of pyperf (its JSON, version 1.0): a benchmark per label, a run per process.

A value is one batch that counts, so the mean of pyperf is `mean_ms` of our own JSON. The batches before the
first that counts are warm-ups; those that do not count because they followed a pause are left out, and
their number is said. pyperf takes all values for independent, which batches of one process are not, and
knows no rounds: its `compare_to` is surer than it may be. Each file says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lenet import catalog, program
from lenet.analysis import steady
from lenet.errors import BadInput
from lenet.exchange.tools.chosen import MEANING, Chosen, as_bytes, choose
from lenet.forms import Wanted
from lenet.records import Run

if TYPE_CHECKING:
    from lenet.store import Store

VERSION = "1.0"
ALONE = "lenet_batch"
"""The name of the benchmark in a file of one label: `compare_to` compares what is called the same in two."""
ADVICE = "Batches of one process are not independent, and programs took turns: `lenet show` has ratios with intervals."


def suite(store: Store, wanted: Wanted) -> bytes:
    """The content of a file that `pyperf` reads."""
    chosen = choose(store, wanted)
    runs = {run.id: run for run in store.runs(wanted.experiment)}
    benchmarks = [
        {
            "metadata": _told({"name": ALONE if wanted.label else label, **_of_label(chosen, label)}),
            "runs": [_run(store, chosen, runs[one["run_id"]]) for one in chosen.runs(label)],
        }
        for label in chosen.labels
    ]
    return as_bytes({"version": VERSION, "metadata": _told(_of_all(chosen)), "benchmarks": benchmarks})


def _run(store: Store, chosen: Chosen, run: Run) -> dict[str, Any]:
    counted = chosen.batches(run.id)
    first = int(counted["batch"].iloc[0])
    before = steady.milliseconds(store.batches(run.id)[:first]) / 1e3
    values = (counted["ms"] / 1e3).tolist()
    if not all(value > 0 for value in values):
        raise BadInput(f"A batch of {run.label} took no time by this machine's clock, which pyperf does not take.")
    left_out = run.batch_count - first - len(values)
    return {
        "warmups": [[1, value] for value in before.tolist()],
        "values": values,
        "metadata": _told({**_of_run(run), "lenet_batches_after_pauses_left_out": left_out}),
    }


def _of_all(chosen: Chosen) -> dict[str, Any]:
    experiment = chosen.report.experiment
    machine = experiment.machine
    return {
        "unit": "second",
        "description": f"A value is one batch that counts: {MEANING}. {ADVICE}",
        "hostname": machine.get("host"),
        "cpu_model_name": machine.get("cpu"),
        "cpu_count": machine.get("cores"),
        "platform": machine.get("platform"),
        "lenet_bench_version": program.version(),
        "lenet_experiment": experiment.id,
        "lenet_uid": experiment.uid,
    }


def _of_label(chosen: Chosen, label: str) -> dict[str, Any]:
    settings = catalog.settings_of(label, chosen.report.experiment.request.settings)
    packages = {f"{name}_version": version for name, version in chosen.versions(label).items()}
    mine = {f"lenet_{name}": value for name, value in settings.as_dict().items()}
    return {**packages, **mine, "lenet_label": label}


def _of_run(run: Run) -> dict[str, Any]:
    took = (run.ended - run.started).total_seconds() if run.started and run.ended else None
    return {
        "date": run.started and f"{run.started:%Y-%m-%d %H:%M:%S.%f}",
        "duration": took,
        "load_avg_1min": run.load.get("load_1min"),
        "mem_max_rss": run.peak_memory or None,
        "lenet_round": run.round,
    }


def _told(values: dict[str, Any]) -> dict[str, Any]:
    """The values that are known, as pyperf takes them: numbers, and text in one line."""
    plain = {name: value if isinstance(value, int | float) else _line(value) for name, value in values.items()}
    return {name: value for name, value in plain.items() if value != ""}


def _line(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split())
