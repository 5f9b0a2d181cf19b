"""A profile of steady batches: what was planted is named with its share; no profiler, no way in, no half result."""

from __future__ import annotations

import dataclasses
import stat
import sys
import sysconfig
import time
from collections import Counter

import psutil
import pytest

from lenet import catalog, requests
from lenet.analysis.why import layers, profile
from lenet.bench import sampler
from lenet.bench.service import Service
from lenet.charts import icicle
from lenet.records import Run

SMALL = {"batch_size": 4, "threads": 1, "timeout": 120}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only root may attach a profiler")


@pytest.fixture
def service(home, doubles):
    service = Service(home)
    yield service
    service.close()


def profiled(service, name, batches=400, **settings):
    """The run of one variant under the profiler."""
    request = requests.profile_request([name], {**SMALL, "images_per_epoch": 4 * batches, **settings})
    number = service.submit(request)
    service.wait(number, 600)
    return service.store.runs(number)[0]


def test_the_sampled_time_is_the_batches_and_not_the_pauses(service):
    run = profiled(service, "slower", batches=500)
    assert run.status == "finished", run.reason + run.log
    assert run.evidence["batches"] == 479 and run.batch_count == 0
    shown = profile.build(run)
    # A batch is a sleep; nothing of what comes before or after it may be in the profile. How much of
    # the time the batches are is the machine's affair too: a worker that waits for a core waits between two.
    root, step = shown.nodes.itertuples()
    assert root.parent == "" and "step (tests/helpers/doubles/plain.py" in step.label
    assert step.share > 0.5
    assert "pause" not in " ".join(run.evidence["frames"])
    assert shown.layers["layer"][0] == layers.PROGRAM and "% Program" in shown.sentence


def test_a_loop_of_its_own_is_profiled_too(service):
    shown = profile.build(profiled(service, "fits"))
    assert any("fit (tests/helpers/doubles/fits.py" in label for label in shown.nodes["label"])


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("raises", "failed", "the fifth batch is bad"),
        ("dies_late", "crashed", "SIGKILL"),
        ("hangs_late", "timed_out", "no progress for 3 s"),
    ],
)
def test_a_bad_end_is_stored_as_in_a_race_and_leaves_no_process(service, name, status, reason):
    run = profiled(service, name, timeout=3)
    assert (run.status, run.evidence) == (status, {}) and reason in run.reason
    assert not psutil.Process().children(recursive=True)
    shown = profile.build(run)
    assert shown.nodes.empty and shown.sentence == f"There is no profile of {catalog.title(name)}: {run.reason}"
    assert len(icicle.figure(shown).data[0].ids) == 0


def test_stopping_ends_the_profiler_too(service):
    number = service.submit(requests.profile_request(["slower"], {**SMALL, "images_per_epoch": 4 * 5000}))
    _until(lambda: any("py-spy" in child.name() for child in psutil.Process().children()))
    service.stop(number)
    assert service.wait(number, 30).status == "cancelled"
    assert [run.status for run in service.store.runs(number)] == ["cancelled"]
    assert not psutil.Process().children(recursive=True)


def _until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_without_a_profiler_it_says_what_to_install(service, monkeypatch):
    monkeypatch.setattr(sampler.shutil, "which", lambda *a, **k: None)
    run = profiled(service, "plain")
    assert run.status == "failed" and "pip install py-spy" in run.reason


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'Error: Permission Denied: Try running again with elevated permissions'; exit 1", "SYS_PTRACE"),
        ("echo 'Error: Failed to find python version'; exit 1", "Failed to find python version"),
        ("exit 1", "it said nothing"),
        ("echo 'Sampling process 200 times a second'; read line", "saw no batch"),
    ],
)
def test_a_profiler_that_cannot_look_says_why(service, monkeypatch, tmp_path, script, reason):
    fake = tmp_path / "py-spy"
    fake.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sampler, "executable", lambda: str(fake))
    run = profiled(service, "plain")
    assert run.status == "failed" and reason in run.reason and run.evidence == {}
    assert not psutil.Process().children(recursive=True)


def test_too_few_batches_for_a_profile_is_said(service):
    run = profiled(service, "plain", batches=21)
    assert run.status == "failed" and "at least 22" in run.reason


def test_py_spy_is_found_beside_python():
    assert sampler.executable().startswith(sysconfig.get_path("scripts"))


# Parsing, layers and the tree


RAW = """thread (7): MainThread;main (lenet/worker/__main__.py:10);fit (keras/src/trainer.py:3);quick_execute (tensorflow/python/eager/execute.py:30) 60
thread (7): MainThread;main (lenet/worker/__main__.py:10);fit (keras/src/trainer.py:3);write (keras/src/utils/progbar.py:3);flush (codecs.py:1) 30
thread (7): MainThread;main (lenet/worker/__main__.py:10);pause (lenet/worker/clock.py:77);get (queue.py:1) 500
thread (8): commands;_listen (lenet/worker/pipes.py:44) 590
thread (7): MainThread;main (lenet/worker/__main__.py:10);fit (keras/src/trainer.py:3) 10
thread (7): MainThread;main (lenet/worker/__main__.py:10);Clock._end_slice (lenet/worker/clock.py:60);Clock.pause (lenet/worker/clock.py:77) 50
thread (7): MainThread;main (lenet/worker/__main__.py:10);work.<locals>.epoch_end (lenet/worker/__main__.py:50);savez (numpy/npyio.py:1) 70
"""  # noqa: E501


def shown(evidence):
    run = Run(1, 1, 1, "keras_fit", "keras_fit", "finished", evidence={"batches": 40, "rate": 200, **evidence})
    return profile.build(run)


def test_only_the_training_thread_outside_pauses_counts():
    stacks = sampler.parse(RAW)
    assert stacks.total() == 100
    result = shown(sampler.compact(stacks))
    assert dict(zip(result.layers["layer"], result.layers["share"], strict=True)) == {
        "TensorFlow runtime": 0.6,
        "Keras callbacks and progress bar": 0.3,  # the standard library works for who calls it
        "Keras fit loop": 0.1,
    }
    assert result.sentence.startswith(
        "Where Keras fit's time goes over 40 batches: 60 % TensorFlow runtime, 30 % Keras callbacks and progress bar, "
        "10 % Keras fit loop (100 samples; a share is good to 4.9 points"
    )


def test_the_tree_adds_up_and_small_frames_are_put_together():
    stacks = Counter({("step (a.py:1)", f"f{number} (b.py:1)"): 1 for number in range(400)})
    stacks[("step (a.py:1)", "large (b.py:1)")] = 600
    nodes = shown(sampler.compact(stacks)).nodes.set_index("id")
    assert nodes["label"].tolist() == ["Keras fit", "step (a.py:1)", "large (b.py:1)", profile.SMALL]
    assert nodes["samples"].tolist() == [1000, 1000, 600, 400]
    assert nodes.loc[nodes.index != "0", "parent"].isin(nodes.index).all()


def test_the_evidence_and_the_chart_are_bounded():
    wild = Counter({tuple(f"f{n}_{depth} (b.py:1)" for depth in range(5)): 2 for n in range(5000)})
    evidence = sampler.compact(wild)
    assert len(evidence["stacks"]) == sampler.MOST_STACKS + 1 and evidence["samples"] == 10_000
    assert sum(samples for samples, _ in evidence["stacks"]) == 10_000
    broad = Counter({tuple(f"f{n}_{depth} (b.py:1)" for depth in range(50)): 100 for n in range(100)})
    assert len(icicle.figure(shown(sampler.compact(broad))).data[0].ids) == icicle.MOST_NODES


def test_the_charts_colours_are_named():
    result = shown(sampler.compact(sampler.parse(RAW)))
    icicled, *marks = icicle.figure(result).data
    named = {mark.name: mark.marker.color for mark in marks}
    assert {"Program", "TensorFlow runtime", "Keras fit loop"} <= set(named) == set(result.nodes["layer"])
    assert set(icicled.marker.colors) == set(named.values())


@pytest.mark.parametrize(
    ("frame", "layer"),
    [
        ("step (lenet/variants/jax_jit.py:50)", "Program"),
        ("fit (keras/src/backend/tensorflow/trainer.py:300)", "Keras fit loop"),
        ("on_train_batch_end (keras/src/callbacks/callback_list.py:10)", "Keras callbacks and progress bar"),
        ("update (keras/utils/generic_utils.py:10)", "Keras callbacks and progress bar"),
        ("update_state (keras/src/metrics/metric.py:10)", "Keras metrics and losses"),
        ("apply (keras/src/optimizers/base_optimizer.py:10)", "Keras optimizer"),
        ("__call__ (keras/src/layers/layer.py:10)", "Keras layers"),
        ("_call_tf_sessionrun (tensorflow/python/client/session.py:1)", "TensorFlow runtime"),
        ("BaseSession._call_tf_sessionrun (tensorflow/python/client/session.py:1)", "TensorFlow runtime"),
        ("run (tensorflow/python/client/session.py:1)", "TensorFlow Python"),
        ("step (torch/optim/sgd.py:1)", "PyTorch optimizer"),
        ("backward (torch/_tensor.py:1)", "PyTorch backward pass"),
        ("_conv_forward (torch/nn/modules/conv.py:1)", "PyTorch"),
        ("cache_miss (jax/_src/pjit.py:1)", "JAX"),
        ("copy (numpy/lib/function_base.py:1)", "NumPy"),
        ("get (queue.py:1)", "Python"),
        (sampler.REST, "Other"),
    ],
)
def test_every_frame_has_its_layer(frame, layer):
    assert layers.of(frame) == layer


@pytest.mark.slow
def test_a_spin_is_named_with_its_share(service, monkeypatch):
    """It lasts as long as the step beside it, so it should have half of what the two have."""
    changes = {"name": "spins", "title": "Spins", "module": "tests.helpers.planted.spins"}
    variant = dataclasses.replace(catalog.variant("tensorflow_function"), **changes)
    monkeypatch.setitem(catalog.VARIANTS, "spins", variant)
    run = profiled(service, "spins", batches=800)
    nodes = profile.build(run).nodes
    (spin,) = nodes[nodes["label"].str.startswith("spin (tests/helpers/planted/spins.py")].itertuples()
    assert 0.25 < spin.share < 0.75  # sampling counts seconds, and on a busy machine these are shared unevenly
    assert spin.layer == layers.PROGRAM
