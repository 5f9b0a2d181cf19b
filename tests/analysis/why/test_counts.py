"""Is anything re-created each batch? What is counted is known beforehand; who counts is never who times."""

from __future__ import annotations

import dataclasses
import sys
import threading
import time
import types

import numpy as np
import psutil
import pytest

from lenet import catalog, requests
from lenet.analysis.live import board
from lenet.analysis.why import counts
from lenet.bench.service import Service
from lenet.records import Run
from lenet.worker import probes, tape
from lenet.worker.calls import Calls
from lenet.worker.probes.probe import Probe
from tests.helpers import exams
from tests.helpers.growing import growing

SMALL = {"batch_size": 4, "threads": 1, "timeout": 120}
SHORT = {"images_per_epoch": 4 * 31}
"""For real frameworks: 11 batches of the first epoch count, and 30 of each of the other three."""


@pytest.fixture
def service(home, doubles):
    service = Service(home)
    yield service
    service.close()


def counted(service, name, **settings):
    """The run of one variant under the counter."""
    number = service.submit(requests.counts_request([name], {**SMALL, **settings}))
    service.wait(number, 600)
    return service.store.runs(number)[0]


def found(run):
    """{what: count} of a run that finished."""
    assert run.status == "finished", run.reason + run.log
    return {count["what"]: count for count in run.evidence["counts"]}


def test_calls_are_counted_exactly_and_are_the_variants_own(service):
    run = counted(service, "calls_known")
    calls = found(run)
    # 40 of the first epoch; of the others all but their first, with which an epoch starts.
    assert (run.evidence["first"], run.evidence["batches"], run.evidence["epochs"]) == (20, 217, 4)
    # step, nothing, wait; one nothing more in every tenth batch: from 30 to 240, 22 of them.
    assert calls["python_calls"]["total"] == 217 * 3 + 22
    assert (calls["python_calls"]["typical"], calls["python_calls"]["most"]) == (3, 4)
    assert calls["c_calls"]["total"] == 2 * 217 and calls["c_calls"]["least"] == calls["c_calls"]["most"] == 2
    called = {call["name"]: call["calls"] for call in run.evidence["called"]}
    assert called == {"step": 40, "nothing": 44, "wait": 40, "len": 40, "abs": 40}


def test_what_an_epochs_start_does_beyond_a_batch_is_counted_without_the_workers_part(service):
    """Five calls after an epoch and three before the next; not the hundred in which weights are asked for."""
    calls = found(counted(service, "fits_anew"))
    assert calls["python_calls"]["borders"] == [8, 8, 8]
    # The function itself and `wait`; `epoch_end` and `tick` are the worker's.
    assert calls["python_calls"]["least"] == calls["python_calls"]["most"] == 2
    assert found(counted(service, "calls_known"))["python_calls"]["borders"] == [0, 0, 0]


def test_counts_do_not_change_from_run_to_run(service):
    first, second = counted(service, "calls_known"), counted(service, "calls_known")
    exact = ("python_calls", "c_calls", "other_python_calls", "other_c_calls")
    assert [found(first)[what] for what in exact] == [found(second)[what] for what in exact]
    assert first.evidence["called"] == second.evidence["called"]


def test_a_loop_of_its_own_and_its_threads_are_counted_apart(service):
    calls = found(counted(service, "fits_in_threads"))
    # In the new thread: work, rest, and Python's own end of a thread.
    assert calls["other_python_calls"]["least"] >= 2
    assert calls["other_python_calls"]["total"] >= 80
    assert calls["python_calls"]["least"] > 1


def test_the_clock_is_off_while_counting_and_no_batch_is_kept(service):
    run = counted(service, "plain")
    assert found(run) and run.batch_count == 0 and len(service.store.batches(run.id)) == 0


def test_a_run_that_is_counted_can_be_watched_live(service):
    """Its tape says 0 everywhere; the leader board then knows no speed."""
    run = counted(service, "plain")
    settings = service.store.experiment(run.experiment_id).request.settings
    live = growing(dataclasses.replace(run, status="running"), np.zeros(30, tape.DTYPE), 60, settings)
    (row,) = board([live]).itertuples()
    assert row.batches == 30 and np.isnan(row.images_per_second)


def test_a_race_never_counts(service, monkeypatch):
    """The worker of a race has no hook of Python's set and has not even loaded the counter; a counting one has."""
    monkeypatch.setattr("lenet.bench.exam.sit", lambda *a: pytest.fail("no exam is due"))
    monkeypatch.setattr("lenet.bench.race.Race._exams", lambda self: {})
    monkeypatch.setattr("lenet.bench.race.evaluate", lambda weights: (0.5, 0.9))
    request = requests.counts_request(["tells"], SMALL)
    number = service.submit(dataclasses.replace(request, instrument="race", plan={}))
    service.wait(number, 60)
    hooks, modules = service.store.runs(number)[0].facts["watched"]
    assert hooks == [False, False, False]
    beside = ("clock", "energy", "facts", "family", "memory", "paths", "pipes", "place", "programs", "tape")
    assert modules == [f"lenet.worker.{name}" for name in beside]
    hooks, modules = counted(service, "tells").facts["watched"]
    assert hooks == [True, False, True] and "lenet.worker.counting" in modules


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("raises", "failed", "the fifth batch is bad"),
        ("dies_late", "crashed", "SIGKILL"),
        ("hangs_late", "timed_out", "no progress for 3 s"),
        ("fits_too_little", "failed", "batches"),
    ],
)
def test_a_bad_end_is_stored_as_in_a_race_with_nothing_half_found(service, name, status, reason):
    run = counted(service, name, timeout=3)
    assert (run.status, run.evidence) == (status, {}) and reason in run.reason
    assert service.store.experiment(run.experiment_id).status == "failed"
    verdict = counts.build(run)
    assert verdict.recreated is None and verdict.sentence.startswith("Cannot say: ") and verdict.table.empty
    assert not list(service.home.experiment(run.experiment_id).glob("*"))


def test_stopping_ends_the_process_and_the_next_variant_is_not_started(service):
    number = service.submit(requests.counts_request(["hangs_late", "plain"], SMALL))
    _until(lambda: psutil.Process().children(recursive=True))
    service.stop(number)
    assert service.wait(number, 20).status == "cancelled"
    assert [run.status for run in service.store.runs(number)] == ["cancelled"]
    assert not psutil.Process().children(recursive=True)


def test_too_few_batches_to_count_is_said(service):
    run = counted(service, "plain", images_per_epoch=40)
    assert run.status == "failed" and "too few batches" in run.reason


def test_one_batch_beyond_the_warm_up_is_enough(service):
    run = counted(service, "plain", images_per_epoch=4 * 21)
    assert found(run) and run.evidence["batches"] == 1 + 3 * 20


def _until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


# Probes: a framework stands in for each, so that what is told is known


class FakeGraph:
    """As TensorFlow's: every operation goes through `_add_op`."""

    def __init__(self):
        self.operations = []

    def _add_op(self, operation):
        self.operations.append(operation)


@pytest.fixture
def fake_tensorflow(monkeypatch):
    ops, constants, session = (types.ModuleType(name) for name in ("ops", "constant_op", "session"))
    tracing = types.SimpleNamespace(_create_concrete_function=lambda: "concrete")
    graph = type("Graph", (FakeGraph,), {"__init__": FakeGraph.__init__, "_add_op": FakeGraph._add_op})
    ops.Graph, session.tf_session = graph, types.SimpleNamespace(TF_Run=lambda *a: [types.SimpleNamespace(nbytes=4)])
    base = "tensorflow.python."
    modules = {
        "tensorflow": types.SimpleNamespace(__version__="1.2"),
        base + "framework.ops": ops,
        base + "framework.constant_op": constants,
        base + "client.session": session,
        base + "eager.polymorphic_function.tracing_compilation": tracing,
    }
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    for name in ("jax", "torch"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return types.SimpleNamespace(graph=graph, session=session.tf_session, tracing=tracing)


def test_tensorflows_graphs_operations_traces_and_runs_are_told(fake_tensorflow):
    (probe,) = probes.attach()
    graph = fake_tensorflow.graph()
    graph._add_op("one")
    graph._add_op("two")
    fake_tensorflow.tracing._create_concrete_function()
    fake_tensorflow.session.TF_Run(
        None, None, {"x": types.SimpleNamespace(nbytes=100)}, ["loss"], ["train"], None, None
    )
    told = {what: total for what, total in probe.read().items() if total}
    assert told == {
        "graphs": 1,
        "graph_operations": 2,
        "traces": 1,
        "session_runs": 1,
        "fetches": 1,
        "bytes_in": 100,
        "bytes_out": 4,
    }
    assert graph.operations == ["one", "two"] and probe.framework == "TensorFlow 1.2"


def test_what_a_probe_adds_is_not_the_programs():
    """A watched C function is still one C call, its stand-in none; the note here is the test's own: one of each."""
    box = types.SimpleNamespace(length=len)
    noted = []
    Probe("Framework 1", {}, {}).watch(box, "length", lambda arguments, result: noted.append((arguments, result)))
    calls = Calls()
    calls.start()
    box.length("abc")
    assert calls.stop()
    assert noted == [(("abc",), 3)]
    assert calls.read() == {"python_calls": 1, "c_calls": 2, "other_python_calls": 0, "other_c_calls": 0}


def test_two_threads_lose_no_call():
    calls = Calls()
    threads = [threading.Thread(target=_call_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    calls.stop()
    assert calls.read()["other_python_calls"] >= 4 * 5000
    assert sum(tally.by_code.get(_leaf.__code__, 0) for tally in calls.others) == 4 * 5000


def _call_often():
    for _ in range(5000):
        _leaf()


def _leaf():
    pass


# The verdict


def run_with(borders=None, **totals):
    """A finished run in which these were counted over 40 batches; `{what: (total, least, most)}`.

    borders: `{what: [more at each epoch's start]}`; None for a run of one epoch.
    """
    table = {"python_calls": (4000, 100, 100), "c_calls": (800, 20, 20), **totals}
    made = [
        {
            "what": what,
            "framework": "F 1",
            "by": "by",
            "total": total,
            "typical": total / 40,
            "least": low,
            "most": high,
            **({} if borders is None else {"borders": borders.get(what, [0, 0, 0])}),
        }
        for what, (total, low, high) in table.items()
    ]
    evidence = {"first": 20, "batches": 40, "watched": ["F 1"], "counts": made, "untold": [], "called": []}
    evidence["epochs"] = 1 if borders is None else 4
    return Run(1, 1, 1, "keras_fit", "keras_fit", "finished", evidence=evidence)


def test_no_is_said_with_its_evidence():
    verdict = counts.build(run_with(traces=(0, 0, 0), graph_operations=(0, 0, 0)))
    assert verdict.recreated is False
    assert verdict.sentence == (
        "No: over 40 batches Keras fit traced no function and added no operation to a graph; a typical batch made 100 "
        "Python calls and 20 calls into C."
    )


@pytest.mark.parametrize(
    ("totals", "phrase"),
    [
        ({"graph_operations": (40, 1, 1)}, "added 40 operations to its graph (1 in each batch)"),
        ({"traces": (4, 0, 1)}, "traced 4 functions (0.1 per batch)"),
        ({"compilations": (1, 0, 1)}, "compiled 1 program (0.025 per batch)"),
        ({"traces": (0, 0, 0), "graphs": (80, 2, 2)}, "Keras fit made 80 graphs (2 in each batch);"),
    ],
)
def test_yes_is_said_with_how_much(totals, phrase):
    verdict = counts.build(run_with(**totals))
    assert verdict.recreated is True and verdict.sentence.startswith("Yes: ") and phrase in verdict.sentence


@pytest.mark.parametrize(
    ("borders", "made", "said"),
    [
        (None, None, ""),
        ({}, "", "At the start of a later epoch it made nothing anew."),
        (
            {"iterators": [2, 2, 2], "python_calls": [9000, 1400, 1500]},
            "made 2 iterators over its data",
            "At the start of a later epoch it made 2 iterators over its data, with 1,450 Python calls more than a "
            "batch.",
        ),
        (
            {"iterators": [1, 1, 1], "traces": [0, 1, 0]},
            "traced 0.5 functions and made 1 iterator over its data",
            "At the start of a later epoch it traced 0.5 functions and made 1 iterator over its data.",
        ),
        (
            {"traces": [3, 0, 0]},
            "",
            "it made nothing anew. Once, before the second epoch, it traced 3 functions besides.",
        ),
    ],
)
def test_what_an_epochs_start_makes_anew_is_said_apart(borders, made, said):
    verdict = counts.build(run_with(borders, traces=(0, 0, 0), iterators=(0, 0, 0)))
    assert verdict.recreated is False and verdict.at_epochs == made
    assert verdict.sentence.startswith("No: ") and verdict.sentence.endswith(said or "calls into C.")
    assert ("of 4 epochs" in verdict.sentence) is (borders is not None)


def test_where_nothing_could_tell_nobody_says_no():
    verdict = counts.build(run_with())
    assert verdict.recreated is None and verdict.sentence.startswith("Cannot say: Keras fit uses nothing that tells")
    assert list(verdict.table["what"]) == ["Python calls", "C calls from Python"]


# Real frameworks, and what was planted in them


def planted(monkeypatch, name, instead_of="tensorflow_function"):
    """A variant with `tests/helpers/planted/<name>.py` in its place."""
    changes = {"name": name, "title": name, "module": f"tests.helpers.planted.{name}"}
    variant = dataclasses.replace(catalog.variant(instead_of), **changes)
    monkeypatch.setitem(catalog.VARIANTS, name, variant)


@pytest.mark.slow
def test_a_retrace_every_tenth_batch_is_found_with_its_size(service, monkeypatch):
    planted(monkeypatch, "retraces_every_tenth")
    first, second = (counted(service, "retraces_every_tenth", **SHORT) for _ in range(2))
    assert found(first)["traces"]["total"] == 10
    verdict = counts.build(first)
    assert verdict.recreated is True and "(0.099 per batch)" in verdict.sentence
    exact = ("traces", "graphs", "graph_operations", "session_runs", "fetches", "bytes_in", "bytes_out")
    assert [found(first)[what] for what in exact] == [found(second)[what] for what in exact]


@pytest.mark.slow
def test_a_needless_copy_shows_where_it_is_made(service, monkeypatch):
    """It re-creates nothing: the verdict stays no, the bytes handed over double, and the copies are named."""
    planted(monkeypatch, "copies_needlessly")
    clean, copying = (counted(service, name, **SHORT) for name in ("tensorflow_function", "copies_needlessly"))
    assert counts.build(copying).recreated is False
    image_bytes = 4 * 28 * 28 * 4
    assert found(copying)["bytes_in"]["typical"] - found(clean)["bytes_in"]["typical"] == image_bytes
    assert _per_batch(copying, "ndarray.copy") - _per_batch(clean, "ndarray.copy") == 3


def _per_batch(run, name):
    called = counts.build(run).called
    return called.loc[called["name"] == name, "per_batch"].sum()


@pytest.mark.slow
def test_the_controls_say_yes_and_the_programs_of_the_issue_no(service, stacks_of_this_machine):
    exams.need(catalog.variant("keras2_fit"))
    for name in ("tensorflow_retracing", "tensorflow1_growing"):
        verdict = counts.build(counted(service, name, **SHORT))
        assert verdict.recreated is True and "in each batch" in verdict.sentence, verdict.sentence
    for name, at_epochs in (("keras_fit", "made 2 iterators over its data"), ("keras2_fit", "")):
        verdict = counts.build(counted(service, name))
        assert (verdict.recreated, verdict.at_epochs) == (False, at_epochs), verdict.sentence


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [
        ("jax_jit", "jax_compiles_anew", ("traced 101 functions (1 in each batch)", "compiled 101 programs (1 in")),
        ("pytorch_eager", "torch_builds_anew", ("traced ", "compiled 2 programs", "layers, losses or optimizers (1.0")),
    ],
)
def test_what_is_made_anew_on_jax_and_on_pytorch_is_found(
    service, monkeypatch, stacks_of_this_machine, name, wrong, said
):
    exams.need(catalog.variant(name))
    planted(monkeypatch, wrong, name)
    verdict = counts.build(counted(service, wrong, **SHORT))
    assert verdict.recreated is True and all(part in verdict.sentence for part in said), verdict.sentence


@pytest.mark.slow
@pytest.mark.parametrize("name", ["keras_jax", "keras_torch"])
def test_keras_makes_nothing_on_each_batch_and_iterators_at_an_epochs_start_on_other_backends_too(
    service, stacks_of_this_machine, name
):
    exams.need(catalog.variant(name))
    verdict = counts.build(counted(service, name, **SHORT))
    assert (verdict.recreated, verdict.at_epochs) == (False, "made 2 iterators over its data"), verdict.sentence
