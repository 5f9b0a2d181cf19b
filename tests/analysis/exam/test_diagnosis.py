"""A missed exam says which weights are off, and why where a known mistake explains it."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lenet.analysis import verdict
from lenet.analysis.exam import diagnosis, mistakes, paper, parity
from lenet.analysis.exam.diagnosis import COARSE, Diagnosis, first_update, trained
from lenet.analysis.exam.mistakes import KNOWN
from lenet.analysis.exam.network import Network, Program
from lenet.bench import exam as bench_exam
from lenet.bench.launcher import Outcome
from lenet.problem import SHAPES
from lenet.records import Parity
from lenet.settings import Settings
from lenet.variants import numpy_reference
from lenet.views import lists
from tests.analysis.exam.test_parity import REFERENCE, settings
from tests.analysis.exam.test_parity import planted as planted_variant
from tests.analysis.exam.test_parity import trained as sat
from tests.helpers.planted import mistakes as planted
from tests.helpers.planted.mistakes import Update

REMEMBERED = lru_cache(maxsize=80)(diagnosis.trained)


@pytest.fixture(autouse=True)
def remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The programs of the table are trained once for each exam, not for each diagnosis."""
    monkeypatch.setattr(diagnosis, "trained", REMEMBERED)


def exam(shuffles: bool = False, **values: Any) -> Settings:
    variant = dataclasses.replace(REFERENCE, shuffles=shuffles)
    return parity.exam_settings(variant, settings(**{"batch_size": 4, **values}))


def diagnosed(kind: type[Any], asked: Settings) -> Diagnosis:
    """The diagnosis of a program that sits both exams in this process."""
    return Diagnosis(sat(kind, first_update(asked)), sat(kind, asked), asked)


# The programs of the table


def test_without_a_mistake_it_is_the_reference() -> None:
    found, right = trained(Program, exam()), paper.reference_weights(exam())
    assert all(np.array_equal(found[name], right[name]) for name in SHAPES)


NETWORKS = [Program, mistakes.AveragePooling, mistakes.ReLU, mistakes.Sigmoid, mistakes.Linear, mistakes.SoftmaxTwice]


@pytest.mark.parametrize("kind", NETWORKS, ids=lambda kind: kind.__name__)
def test_gradients_of_every_network_equal_finite_differences(kind: type[Program]) -> None:
    generator, network = np.random.default_rng(1), kind.network
    w = {name: generator.normal(0, 0.1, shape) for name, shape in SHAPES.items()}
    images, truth = generator.uniform(0, 1, (2, 28, 28, 1)), np.eye(10)[[3, 7]]

    def loss(name: str, place: Any, shift: float) -> float:
        moved = {**w, name: w[name].copy()}
        moved[name][place] += shift
        p = softmax(logits_of(network, moved, images))
        p = softmax(p) if kind is mistakes.SoftmaxTwice else p
        return float(-np.log((p * truth).sum(axis=1)).mean())

    for name, gradient in network.gradients(w, images, truth).items():
        place = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
        slope = (loss(name, place, 1e-6) - loss(name, place, -1e-6)) / 2e-6
        assert slope == pytest.approx(gradient[place], rel=1e-4), name


def softmax(logits: Any) -> Any:
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True)


def logits_of(network: Network, w: dict[str, Any], images: Any) -> Any:
    seen: list[Any] = []

    def loss(logits: Any, truth: Any) -> Any:
        seen.append(logits)
        return logits

    dataclasses.replace(network, loss=loss).gradients(w, images, None)
    return seen[0]


# Known mistakes, as other people have written them

CAUSES = {
    "LearningRate": "a learning rate of 0.00707, where 0.007 is asked for.",
    "DeafToSettings": "a learning rate of 0.01, where 0.007 is asked for.",
    "MissesABatch": "the last batch left out.",
    "LossSum": "a loss that is the sum over the batch, not the mean.",
    "DroppedBias": "It does not update conv2_bias.",
    "Nesterov": "Nesterov's momentum, not the classical one.",
    "UnitGain": "a momentum that damps the gradient (unit gain).",
    "SoftmaxTwice": "softmax applied twice.",
    "FlippedKernels": "conv2_kernel turned by 180 degrees (a true convolution).",
    "FlattenOrder": "dense1_kernel taken in the order channel, row, column.",
    "KernelAxes": "rows and columns of conv1_kernel exchanged.",
}
IN = {
    "DroppedBias": "conv2_bias", "FlippedKernels": "conv2_kernel", "FlattenOrder": "dense1_kernel",
    "KernelAxes": "conv1_kernel",
}  # fmt: skip


@pytest.mark.parametrize("shuffles", [False, True])
@pytest.mark.parametrize("name", CAUSES)
def test_the_cause_of_a_planted_mistake_is_named(name: str, shuffles: bool) -> None:
    found = diagnosed(getattr(planted, name), exam(shuffles))
    assert found.words.endswith(CAUSES[name])
    assert found.layer == IN.get(name, found.layer)


@pytest.mark.parametrize("words", KNOWN)
def test_every_mistake_of_the_table_is_told_from_all_others(words: str) -> None:
    found = diagnosed(KNOWN[words], exam())
    assert found.words.endswith(f"It computes like a program with {words}.")


@pytest.mark.parametrize("values", [{"batch_size": 1}, {"momentum": 0.5}, {"seed": 3}, {"batch_size": 32}])
def test_a_cause_is_found_whatever_the_race_asks_for(values: dict[str, Any]) -> None:
    for name in ("LearningRate", "SoftmaxTwice", "DroppedBias"):
        assert diagnosed(getattr(planted, name), exam(**values)).words.endswith(CAUSES[name])


# Mistakes of which there is no program in the table


class Decay(Update):
    """Weights that are held small."""

    by = 5e-4

    def gradient(self, images: Any, labels: Any) -> Any:
        found = super().gradient(images, labels)
        return {name: g + self.by * self.parameters[name] for name, g in found.items()}


class StrongDecay(Decay):
    by = 0.01


class KernelDecay(Decay):
    """Kernels only, as most programs do."""

    by = 2e-3

    def gradient(self, images: Any, labels: Any) -> Any:
        found = Update.gradient(self, images, labels)
        return {n: g + self.by * self.parameters[n] * n.endswith("kernel") for n, g in found.items()}


@pytest.mark.parametrize("kind", [Decay, StrongDecay, KernelDecay])
def test_weight_decay_is_named_with_its_size(kind: type[Decay]) -> None:
    words = diagnosed(kind, exam()).words
    size = float(words.partition("a weight decay of ")[2].rstrip("."))
    assert size == pytest.approx(kind.by, rel=0.1)


class HalfOfOne(Update):
    """The gradient of one weight is off by half."""

    names: tuple[str, ...] = ("dense1_kernel",)
    by = 0.5

    def gradient(self, images: Any, labels: Any) -> Any:
        found = super().gradient(images, labels)
        return {name: g * self.by if name in self.names else g for name, g in found.items()}


class HalfBehind(HalfOfOne):
    """The gradient is halved on its way back through dense1, and so for all behind it."""

    names = tuple(name for name in SHAPES if not name.startswith("dense2"))


class Frozen(HalfOfOne):
    names = ("conv1_kernel", "conv1_bias")
    by = 0.0


class Still(HalfOfOne):
    names = tuple(SHAPES)
    by = 0.0


FACTORS = [
    (HalfOfOne, "dense1_kernel", "It updates dense1_kernel 0.5 times as much as it should."),
    (HalfBehind, "dense1", " 0.5 times as much as it should."),
    (Frozen, "conv1", "It does not update conv1_"),
    (Still, "", "It updates no weight."),
]


@pytest.mark.parametrize(("kind", "layer", "said"), FACTORS)
def test_what_is_off_by_a_factor_is_said(kind: type[HalfOfOne], layer: str, said: str) -> None:
    found = diagnosed(kind, exam())
    assert found.layer.startswith(layer) and set(found.off) == set(kind.names)
    assert said in found.words
    if len(kind.names) < len(SHAPES):
        assert all(found.words.count(name) == 2 for name in kind.names), "listed, then explained"


def test_all_that_is_off_is_listed_with_how_much() -> None:
    words = diagnosed(HalfOfOne, exam()).words
    assert words.startswith("Its first update is off: dense1_kernel by 50 %; the other 7 are right.")
    words = diagnosed(planted.SoftmaxTwice, exam()).words
    assert all(f"{name} by " in words for name in SHAPES)
    words = diagnosed(planted.LearningRate, exam()).words
    assert words.startswith("Its first update is off by 1 % in every weight.")


class Coarse(numpy_reference.LeNet):
    """Weights and images are rounded to the eight bits of bfloat16 before each step."""

    def step(self, images: Any, labels: Any) -> Any:
        exact = self.parameters
        rounded = {name: bfloat16(array) for name, array in exact.items()}
        self.parameters = {name: array.copy() for name, array in rounded.items()}
        loss = super().step(bfloat16(images), labels)
        self.parameters = {n: array + self.parameters[n] - rounded[n] for n, array in exact.items()}
        return loss


def bfloat16(array: Any) -> Any:
    bits = np.ascontiguousarray(array, np.float32).view(np.uint32) + 0x8000
    return (bits & 0xFFFF0000).astype(np.uint32).view(np.float32).astype(np.float64)


def test_coarse_rounding_is_said() -> None:
    found = diagnosed(Coarse, exam())
    assert found.off and max(found.off.values()) < COARSE
    assert "It rounds more coarsely than float32" in found.words


def test_what_nothing_explains_is_listed_without_a_cause() -> None:
    found = diagnosed(planted.ScrambledDense, exam())
    assert len(found.off) == 8 and "It " not in found.words and found.words.endswith(" %.")


class Fading(Update):
    """Right at first; its momentum fades from update to update."""

    changes = 0

    def change(self, v: Any, g: Any, rate: float, momentum: float) -> Any:
        self.changes += 1
        return super().change(v, g, rate, momentum * 0.97 ** (self.changes // len(SHAPES)))


def test_what_is_right_at_first_is_said() -> None:
    found = diagnosed(Fading, exam())
    assert found.words.startswith("Its first update is right; later ones are not. Look at its momentum")
    assert found.layer in SHAPES


def test_rounding_to_float32_is_no_mistake() -> None:
    asked = exam()
    right = paper.reference_weights(first_update(asked))
    shaken = {name: array * (1 + np.float32(1e-7)) for name, array in right.items()}
    assert Diagnosis(shaken, paper.reference_weights(asked), asked).off == {}


# Through the real worker


def test_a_missed_exam_is_kept_with_its_cause(tmp_path: Path) -> None:
    variant = planted_variant("nesterov", "numpy_reference")
    result = bench_exam.sit(variant, settings(batch_size=1), tmp_path / "exam").answer
    assert (result.status, result.equivalent) == ("finished", False)
    assert result.reason.endswith("It computes like a program with Nesterov's momentum, not the classical one.")
    assert result.layer in SHAPES and not (tmp_path / "exam").exists()


def test_without_numbers_there_is_nothing_to_look_into(tmp_path: Path) -> None:
    variant = planted_variant("not_a_number", "numpy_reference")
    result = bench_exam.sit(variant, settings(batch_size=1), tmp_path / "exam").answer
    assert (result.reason, result.layer) == ("", "conv2_bias")


STOPPED = Outcome("cancelled", "It was stopped.")
FAILED = Outcome("crashed", "It crashed.")


@pytest.mark.parametrize(
    ("outcome", "status", "reason"), [(STOPPED, "cancelled", STOPPED.reason), (FAILED, "finished", "")]
)
def test_a_look_that_does_not_end_tells_nothing(tmp_path, monkeypatch, outcome, status, reason) -> None:
    right = paper.reference_weights(exam(batch_size=1))
    wrong = {name: array + np.float32(1e-3) for name, array in right.items()}

    def sit(variant, asked, folder, started):
        return (Outcome("finished", ""), wrong) if asked.batches > 1 else (outcome, None)

    monkeypatch.setattr(bench_exam, "_sit", sit)
    result = bench_exam.sit(REFERENCE, settings(batch_size=1), tmp_path).answer
    assert (result.status, result.reason, result.equivalent) == (status, reason, False)


# Where it is read


def test_a_reason_is_told_and_an_answer_of_old_reads_as_it_did() -> None:
    old = Parity("k", "keras_fit", False, 3e-3, "conv1_kernel", 1e-5)
    new = dataclasses.replace(old, layer="conv2_bias", reason="It does not update conv2_bias.")
    assert "(conv1_kernel differs by 3.0e-03, tolerance 1e-05)" in verdict.not_equivalent("keras_fit", old)
    said = verdict.not_equivalent("keras_fit", new)
    assert "(its weights differ by 3.0e-03, tolerance 1e-05)" in said and said.endswith(new.reason)
    rows = lists.exams([(REFERENCE, old), (REFERENCE, new)]).rows
    assert list(rows["result"]) == ["NOT equivalent", f"NOT equivalent. {new.reason}"]
