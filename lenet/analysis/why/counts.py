"""Judge whether a program re-creates anything on each batch or at an epoch's start, from a run that was
counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

import pandas as pd

from lenet import catalog
from lenet.analysis.report import Report
from lenet.analysis.words import counted, listed
from lenet.records import Run

NOTHING = {
    "traces": "traced no function",
    "compilations": "compiled nothing",
    "graphs": "made no graph",
    "graph_operations": "added no operation to a graph",
    "modules": "made no layer, loss or optimizer",
    "iterators": "made no iterator over its data",
}
"""The counts that mean re-creation, each with the words for its absence."""
SOMETHING = {
    "traces": ("traced {} function", "traced {} functions"),
    "compilations": ("compiled {} program", "compiled {} programs"),
    "graphs": ("made {} graph", "made {} graphs"),
    "graph_operations": ("added {} operation to its graph", "added {} operations to its graph"),
    "modules": ("made {} layer, loss or optimizer", "made {} layers, losses or optimizers"),
    "iterators": ("made {} iterator over its data", "made {} iterators over its data"),
}
NAMES = {
    "traces": "Functions traced",
    "compilations": "Compilations",
    "graphs": "Graphs made",
    "graph_operations": "Graph operations added",
    "modules": "Layers, losses, optimizers made",
    "iterators": "Iterators made",
    "session_runs": "Session runs",
    "fetches": "Tensors fetched",
    "autograd_nodes": "Autograd nodes recorded",
    "bytes_in": "Bytes handed to the framework",
    "bytes_out": "Bytes read back",
    "python_calls": "Python calls",
    "c_calls": "C calls from Python",
    "other_python_calls": "Python calls in other threads",
    "other_c_calls": "C calls in other threads",
    "blocks": "Python memory blocks kept",
    "traced_bytes": "Bytes of memory kept",
}
COLUMNS = ["what", "framework", "per_batch", "least", "most", "total", "per_epoch", "told_by"]

Count = dict[str, Any]


@dataclass(frozen=True)
class Counted:
    """One run: does it re-create anything on steady batches (None: unknown), and the evidence."""

    label: str
    recreated: bool | None
    at_epochs: str | None
    """What each epoch's start makes anew beyond a batch: 'made 2 iterators over its data', '' for
    nothing; None where no start of an epoch was counted."""
    sentence: str
    table: pd.DataFrame
    """COLUMNS; a row without numbers is a count that is not available: `told_by` has the reason."""
    called: pd.DataFrame
    """name, where, per_batch: the most called Python and C functions of the training thread."""


def of_experiment(report: Report, runs: Sequence[Run]) -> tuple[Counted, ...]:
    """The result of an experiment of the instrument `counts`, run by run."""
    return tuple(build(run) for run in runs)


def build(run: Run) -> Counted:
    """The verdict on a run of the instrument `counts`."""
    evidence = {**run.evidence}
    if not evidence:
        reason = run.reason or "nothing was counted."
        return Counted(run.label, None, None, f"Cannot say: {reason}", pd.DataFrame(columns=COLUMNS), _called({}))
    evidence["counts"] = sorted(evidence["counts"], key=_place)
    decisive = [count for count in evidence["counts"] if count["what"] in NOTHING]
    recreated = any(count["total"] for count in decisive) if decisive else None
    sentence = _sentence(run.label, recreated, evidence) + _between(decisive, evidence)
    return Counted(run.label, recreated, _at_epochs(decisive), sentence, _table(evidence), _called(evidence))


def _starts(count: Count) -> list[float]:
    """What each start of an epoch counted beyond a batch, without the second epoch's: there a program
    may do for the first time what it does not repeat."""
    return list(count.get("borders", ()))[1:]


def _at_epochs(decisive: Sequence[Count]) -> str | None:
    made = {count["what"]: mean(_starts(count)) for count in decisive if _starts(count)}
    return _phrases(made) if made else None


def _once(decisive: Sequence[Count]) -> str:
    made = {count["what"]: count["borders"][0] - mean(_starts(count)) for count in decisive if _starts(count)}
    return _phrases(made)


def _phrases(made: dict[str, float]) -> str:
    phrases = [_phrase(what, round(number, 2)) for what, number in made.items() if number > 0]
    return listed(phrases) if phrases else ""


def _between(decisive: Sequence[Count], evidence: dict[str, Any]) -> str:
    made = _at_epochs(decisive)
    if made is None:
        return ""
    calls = next(median(_starts(count)) for count in evidence["counts"] if count["what"] == "python_calls")
    beside = f", with {_number(calls)} Python calls more than a batch" if calls > 0 else ""
    once = f" Once, before the second epoch, it {said} besides." if (said := _once(decisive)) else ""
    return f" At the start of a later epoch it {made or 'made nothing anew'}{beside}.{once}"


def _place(count: Count) -> int:
    return list(NAMES).index(count["what"]) if count["what"] in NAMES else len(NAMES)


def _sentence(label: str, recreated: bool | None, evidence: dict[str, Any]) -> str:
    title, batches = catalog.title(label), evidence["batches"]
    over = f"over {counted(batches, 'batch', 'batches')}{_within(evidence)}"
    if recreated is None:
        reason = f"{title} uses nothing that tells of traces, compilations or graphs"
        return f"Cannot say: {reason}; {over} {_calls(evidence)}."
    decisive = [count for count in evidence["counts"] if count["what"] in NOTHING and bool(count["total"]) == recreated]
    phrases = [_made(count, batches) if recreated else NOTHING[count["what"]] for count in decisive]
    answer = "Yes" if recreated else "No"
    text = f"{answer}: {over} {title} {listed(phrases)}; {_calls(evidence)}."
    return text + _by_design(evidence)


def _within(evidence: dict[str, Any]) -> str:
    epochs = evidence.get("epochs", 1)
    return f" of {epochs} epochs" if epochs > 1 else ""


def _phrase(what: str, number: float) -> str:
    one, many = SOMETHING[what]
    return (one if number == 1 else many).format(_number(number))


def _made(count: Count, batches: int) -> str:
    total = count["total"]
    if count["least"] == count["most"]:
        each = f"{_number(count['most'])} in each batch"
    else:
        each = f"{_number(total / batches)} per batch"
    return f"{_phrase(count['what'], total)} ({each})"


def _calls(evidence: dict[str, Any]) -> str:
    typical = {count["what"]: count["typical"] for count in evidence["counts"]}
    parts = [f"{_number(typical['python_calls'])} Python calls", f"{_number(typical['c_calls'])} calls into C"]
    if runs := typical.get("session_runs"):
        parts.insert(0, f"{_number(runs)} session {'run' if runs == 1 else 'runs'}")
    return f"a typical batch made {listed(parts)}"


def _by_design(evidence: dict[str, Any]) -> str:
    nodes = [count["typical"] for count in evidence["counts"] if count["what"] == "autograd_nodes"]
    if not nodes or not nodes[0]:
        return ""
    return f" By design autograd recorded the {_number(nodes[0])} nodes of its backward pass anew in each batch."


def _table(evidence: dict[str, Any]) -> pd.DataFrame:
    rows = [
        {
            "what": NAMES.get(count["what"], count["what"]),
            "framework": count["framework"],
            "per_batch": count["typical"],
            "least": count.get("least"),
            "most": count.get("most"),
            "total": count["total"],
            "per_epoch": median(starts) if (starts := _starts(count)) else None,
            "told_by": count["by"],
        }
        for count in evidence["counts"]
    ]
    rows += [
        {
            "what": NAMES.get(silence["what"], silence["what"]),
            "framework": silence["framework"],
            "told_by": f"not told: {silence['why']}",
        }
        for silence in evidence["untold"]
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _called(evidence: dict[str, Any]) -> pd.DataFrame:
    # Functions are told of the first epoch alone; counts of before 2026-11-27 had no other.
    batches = evidence.get("called_in", evidence.get("batches", 1))
    rows = [(call["name"], call["where"], call["calls"] / batches) for call in evidence.get("called", [])]
    return pd.DataFrame(rows, columns=["name", "where", "per_batch"])


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.3g}" if value < 100 else f"{value:,.0f}"
