"""A user's variables that decide: no worker has one unless the record, the exam's key and the circumstances have it."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from lenet import catalog, variables
from lenet.analysis.across import compare, compare_words
from lenet.analysis.circumstances import Circumstance, circumstance, differences
from lenet.analysis.exam import parity
from lenet.bench import environment, exam, plan_words
from lenet.bench import race as race_module
from lenet.bench.service import Service
from lenet.catalog import Variant
from lenet.cli.main import main
from lenet.home import Home
from lenet.records import Experiment, Request
from lenet.settings import Settings
from tests.helpers import passing
from tests.helpers.compared import FIT, HERE, TF, report, tapes
from tests.helpers.tapes import experiment

JAX_JIT = catalog.variant("jax_jit")
REFERENCE = catalog.variant("numpy_reference")
CPU, GPU = Settings.parse({}), Settings.parse({"device": "gpu"})
DROPPED = {
    "JAX_DISABLE_JIT": "1",
    "TF_XLA_FLAGS": "--tf_xla_auto_jit=2",
    "TORCHDYNAMO_DISABLE": "1",
    "TORCH_COMPILE_DISABLE": "1",
    "PYTORCH_JIT": "0",
    "PL_TRAINER_PRECISION": "bf16-mixed",
    "KMP_AFFINITY": "granularity=fine,compact",
    "OMP_PROC_BIND": "close",
    "GOMP_CPU_AFFINITY": "0",
    "MKL_DYNAMIC": "FALSE",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "DNNL_MAX_CPU_ISA": "SSE41",
    "NPY_DISABLE_CPU_FEATURES": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    "NVIDIA_TF32_OVERRIDE": "0",
    "CUDA_LAUNCH_BLOCKING": "1",
    "TF_ENABLE_ONEDNN_OPTS": "0",
}
KEPT = {
    "LD_PRELOAD": "/usr/lib/libjemalloc.so.2",
    "GLIBC_TUNABLES": "glibc.malloc.arena_max=1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}
ON_GPU = {"XLA_PYTHON_CLIENT_MEM_FRACTION": "0.3", "PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True"}
PLAIN = {"PATH": "/bin", "HTTPS_PROXY": "http://proxy", "CUDA_VISIBLE_DEVICES": "1", "TF_CPP_MIN_LOG_LEVEL": "2",
         "NVIDIA_VISIBLE_DEVICES": "all", "LD_LIBRARY_PATH": "/opt/cuda"}  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of this machine's own."""
    for name in list(os.environ):
        if variables.deciding(name):
            monkeypatch.delenv(name)


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch):
    """Set variables by name."""

    def set_all(values: dict[str, str]) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return set_all


# Workers


@pytest.mark.parametrize("name", DROPPED)
@pytest.mark.parametrize("asked", [CPU, GPU], ids=["cpu", "gpu"])
def test_what_decides_reaches_no_worker(setting, name, asked):
    without = environment.of(JAX_JIT, asked)
    setting({name: DROPPED[name]})
    assert environment.of(JAX_JIT, asked) == without
    assert environment.recorded() == {"variables_left_out": [name]}


def test_what_a_machine_needs_reaches_them_and_is_recorded(setting):
    setting({**KEPT, **ON_GPU})
    assert KEPT.items() <= environment.of(JAX_JIT, CPU).items()
    assert not ON_GPU.keys() & environment.of(JAX_JIT, CPU).keys()
    assert {**KEPT, **ON_GPU}.items() <= environment.of(JAX_JIT, GPU).items()
    assert environment.recorded() == {"variables": {**KEPT, **ON_GPU}}


def test_what_decides_nothing_reaches_them_and_is_not_recorded(setting):
    setting({**PLAIN, "OMP_NUM_THREADS": "64", "PYTHONHASHSEED": "1"})
    assert PLAIN.items() <= environment.of(JAX_JIT, GPU).items()
    assert environment.of(JAX_JIT, CPU)["OMP_NUM_THREADS"] == str(CPU.threads)
    assert "PYTHONHASHSEED" not in environment.of(JAX_JIT, CPU)
    assert environment.recorded() == {}


def test_a_variants_own_go_before_the_users(setting):
    setting({"KERAS_BACKEND": "torch", "XLA_FLAGS": "theirs"})
    own = Variant("own", "Own", (), environment={"XLA_FLAGS": "mine", "TF_XLA_FLAGS": "mine"})
    assert environment.of(own, CPU).items() >= own.environment.items()
    assert environment.of(catalog.variant("keras_jax"), CPU)["KERAS_BACKEND"] == "jax"


# Keys


def test_a_key_without_variables_stays_and_with_them_is_another():
    usual = parity.key(REFERENCE, CPU, {})
    assert parity.key(REFERENCE, CPU, {}, {}) == usual
    others = {parity.key(REFERENCE, CPU, {}, {name: value}) for name, value in KEPT.items()}
    others.add(parity.key(REFERENCE, CPU, {}, {"XLA_FLAGS": "--other"}))
    assert len(others | {usual}) == len(KEPT) + 2


def test_an_exam_is_kept_under_what_is_in_force(setting):
    usual, on_gpu = exam.key(REFERENCE, CPU), exam.key(REFERENCE, GPU)
    setting({**DROPPED, **ON_GPU})
    assert exam.key(REFERENCE, CPU) == usual and exam.key(REFERENCE, GPU) != on_gpu
    setting({"XLA_FLAGS": "--xla_cpu_enable_fast_math=true"})
    assert exam.key(REFERENCE, CPU) != usual


def places(**told: object) -> Iterator[Circumstance]:
    """The circumstances on the CPU and the GPU of a machine that told this."""
    for device in ("cpu", "gpu"):
        made = experiment(["jax_jit"], Settings.parse({"device": device}))
        yield circumstance(dataclasses.replace(made, machine={"host": "one", **told}), "jax_jit")


@pytest.mark.parametrize("told", [{}, {"variables": {}}, {"variables": "strange"}, {"variables": {"HOME": "/"}}])
def test_circumstances_without_variables_stay(told):
    assert [one.key for one in places(**told)] == [one.key for one in places()]


@pytest.mark.parametrize(("name", "value"), [*KEPT.items(), *ON_GPU.items()])
def test_circumstances_with_a_variable_are_others(name, value):
    for usual, other in zip(places(), places(variables={name: value}), strict=True):
        on_cpu_only = name in ON_GPU and other.settings.device == "cpu"
        said = [] if on_cpu_only else [f"Environment variables: none against {name}={value}."]
        assert differences(usual, other) == said
        assert (other.key == usual.key) == on_cpu_only == (f"{name}={value}" not in other.title)


def test_compare_does_not_say_that_nothing_changed():
    times = {TF: tapes(2.0), FIT: tapes(4.0)}
    slow = {TF: tapes(8.0), FIT: tapes(16.0)}
    flagged = {**HERE, "variables": {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}}
    compared = compare.compare(report(1, times), report(2, slow, machine=flagged), [(TF, TF), (FIT, FIT)])
    said = " ".join(compare_words.remarks(compared))
    assert not compared.comparisons and "nothing that is recorded" not in said
    assert "Environment variables: none against XLA_FLAGS=--xla_cpu_multi_thread_eigen=false." in said


# A race


@pytest.fixture
def service(home: Home, doubles: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service that examines nobody."""

    monkeypatch.setattr(exam, "sit", passing.sit)
    monkeypatch.setattr(race_module, "evaluate", lambda weights: (0.5, 0.9))
    made = Service(home)
    yield made
    made.close()


SMALL = {"images_per_epoch": "64", "batch_size": "8", "rounds": "1", "threads": "1"}


def ended(service: Service) -> Experiment:
    """A small race of the double that behaves, after its end."""
    return service.wait(service.submit(Request(("plain",), Settings.parse(SMALL))))


def test_a_record_says_what_was_in_force_and_what_was_not(service, setting):
    setting({"JAX_DISABLE_JIT": "1", "GLIBC_TUNABLES": "glibc.malloc.arena_max=1"})
    made = ended(service)
    assert made.status == "finished", made.reason
    assert made.machine["variables"] == {"GLIBC_TUNABLES": "glibc.malloc.arena_max=1"}
    assert made.machine["variables_left_out"] == ["JAX_DISABLE_JIT"]
    assert json.dumps(made.machine)


def test_a_record_without_any_is_as_it_always_was(service):
    assert not [name for name in ended(service).machine if name.startswith("variables")]


def test_whoever_starts_a_race_is_told_what_no_program_is_given(service, setting):
    assert plan_words.left_out() == ""
    setting({"JAX_DISABLE_JIT": "1", "TF_XLA_FLAGS": "x", **PLAIN})
    said = "Not given to the programs, for they would decide how these compute: JAX_DISABLE_JIT and TF_XLA_FLAGS."
    assert plan_words.left_out() == said
    options = [f"--{name.replace('_', '-')}={value}" for name, value in SMALL.items()]
    result = CliRunner().invoke(main, ["run", "--variants", "plain", *options])
    assert said in " ".join(result.output.split())
