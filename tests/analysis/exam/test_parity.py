"""Same answer before same clock: the reference is right, the exam catches mistakes, and every variant passes it."""

from __future__ import annotations

import dataclasses
import math
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lenet import catalog, problem
from lenet.analysis.exam import evaluate, paper, parity
from lenet.bench import exam
from lenet.bench.launcher import Outcome
from lenet.catalog import Variant
from lenet.records import Parity
from lenet.settings import Settings
from lenet.variants import numpy_reference
from lenet.worker import tape
from lenet.worker.clock import prepare
from tests.helpers import exams
from tests.helpers.planted.mistakes import MISTAKES, OF_LARGE_BATCHES, DropsBeyondTheEighth, Update
from tests.variants import test_rungs

REFERENCE = catalog.variant("numpy_reference")
VERSIONS = {"numpy": "2.0"}


def settings(**values: Any) -> Settings:
    return Settings.parse({"threads": 1, **values})


def planted(module: str, parent: str) -> Variant:
    return dataclasses.replace(catalog.variant(parent), name=module, module=f"tests.helpers.planted.{module}")


def trained(kind: type[Any], asked: Settings) -> dict[str, np.ndarray]:
    """The weights of a variant after its exam, trained in this process."""
    sheet = paper.make(asked)
    variant, images, size = kind(sheet.weights, asked.as_dict()), prepare(sheet.images), asked.batch_size
    for first in [*range(0, len(images), size)] * asked.epochs:
        variant.wait(variant.step(images[first : first + size], sheet.labels[first : first + size]))
    return variant.weights()


# The reference


def small_problem() -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Random pixels (blank ones would tie in the pooling, where there is no gradient) and biases that are not zero."""
    generator = np.random.default_rng(1)
    weights = {n: generator.normal(0, 0.1, s) for n, s in problem.SHAPES.items()}
    return weights, generator.uniform(0, 1, (3, 28, 28, 1)), np.array([3, 0, 9])


def steepest_error(gradients: dict[str, np.ndarray]) -> float:
    """Largest relative difference of gradients from central differences, over some entries of every parameter."""
    weights, images, labels = small_problem()

    def loss_at(name: str, index: tuple[int, ...], shift: float) -> float:
        moved = {**weights, name: weights[name].copy()}
        moved[name][index] += shift
        logits = numpy_reference.forward(moved, images)[-1]
        return float(np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(3), labels]))

    worst, generator = 0.0, np.random.default_rng(2)
    for name, gradient in gradients.items():
        # The largest entries, where a difference is not lost in rounding, and some others.
        flat = [*np.argsort(-np.abs(gradient), axis=None)[:4], *generator.integers(0, gradient.size, 4)]
        for index in (np.unravel_index(i, gradient.shape) for i in flat):
            slope = (loss_at(name, index, 1e-6) - loss_at(name, index, -1e-6)) / 2e-6
            worst = max(worst, abs(slope - gradient[index]) / np.abs(gradient).max())
    return worst


def test_gradients_equal_finite_differences() -> None:
    _, gradients = numpy_reference.gradients(*small_problem())
    assert {name: array.shape for name, array in gradients.items()} == problem.SHAPES
    assert steepest_error(gradients) < 1e-6


@pytest.mark.parametrize("name", problem.SHAPES)
def test_finite_differences_catch_a_wrong_gradient(name: str) -> None:
    _, gradients = numpy_reference.gradients(*small_problem())
    gradients[name] = gradients[name] * 1.0001
    assert steepest_error({name: gradients[name]}) > 5e-5


def test_forward_is_the_network_written_out() -> None:
    weights, images, _ = small_problem()

    def convolve(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
        rows, columns = x.shape[0] - 4, x.shape[1] - 4
        out = np.empty((rows, columns, kernel.shape[3]))
        for r, c, k in np.ndindex(out.shape):
            out[r, c, k] = np.tanh((x[r : r + 5, c : c + 5] * kernel[..., k]).sum() + bias[k])
        return out

    def pool(x: np.ndarray) -> np.ndarray:
        return np.array(
            [[x[r : r + 2, c : c + 2].max(axis=(0, 1)) for c in range(0, x.shape[1], 2)] for r in range(0, len(x), 2)]
        )

    conv1 = pool(convolve(images[1], weights["conv1_kernel"], weights["conv1_bias"]))
    conv2 = pool(convolve(conv1, weights["conv2_kernel"], weights["conv2_bias"]))
    dense1 = np.tanh(conv2.ravel() @ weights["dense1_kernel"] + weights["dense1_bias"])
    expected = dense1 @ weights["dense2_kernel"] + weights["dense2_bias"]
    assert np.allclose(numpy_reference.forward(weights, images)[-1][1], expected, rtol=0, atol=1e-12)


def test_momentum_is_classical() -> None:
    weights, images, labels = small_problem()
    variant = numpy_reference.LeNet(weights, {"learning_rate": 0.1, "momentum": 0.5, "threads": 1})
    _, first = numpy_reference.gradients(weights, images, labels)
    variant.step(images, labels)
    after = {name: array - 0.1 * first[name] for name, array in weights.items()}
    _, second = numpy_reference.gradients(after, images, labels)
    variant.step(images, labels)
    for name, array in after.items():
        expected = array + 0.5 * -0.1 * first[name] - 0.1 * second[name]
        assert np.allclose(variant.parameters[name], expected, rtol=0, atol=1e-12)


# Evaluation


@pytest.mark.parametrize(("digit", "right"), [(0, 980), (1, 1135), (9, 1009)])
def test_a_network_that_always_says_one_digit_is_right_as_often_as_it_occurs(digit: int, right: int) -> None:
    weights = {name: np.zeros(shape, np.float32) for name, shape in problem.SHAPES.items()}
    weights["dense2_bias"][digit] = 1
    loss, accuracy = evaluate.evaluate(weights)
    assert accuracy == right / 10_000
    assert loss == pytest.approx(math.log(9 + math.e) - right / 10_000, abs=1e-6)


def test_weights_that_have_diverged_are_evaluated_without_an_error() -> None:
    weights = {name: np.full(shape, np.nan, np.float32) for name, shape in problem.SHAPES.items()}
    loss, accuracy = evaluate.evaluate(weights)
    assert math.isnan(loss) and 0 <= accuracy < 0.2


# Comparing


def arrays(**changes: Any) -> dict[str, Any]:
    return {"kernel": np.ones((2, 3), np.float32), "bias": np.zeros(3, np.float32), **changes}


@pytest.mark.parametrize(
    ("weights", "difference", "layer"),
    [
        (arrays(), 0.0, "kernel"),
        (arrays(bias=np.array([0, -0.5, 0.25])), 0.5, "bias"),
        (arrays(kernel=np.full((2, 3), 1.125), bias=np.full(3, 0.0625)), 0.125, "kernel"),
        (arrays(bias=np.array([0, math.nan, 0])), math.inf, "bias"),
        (arrays(bias=np.array([0, math.inf, 0])), math.inf, "bias"),
        (arrays(kernel=np.ones((3, 2))), math.inf, "kernel"),
        (arrays(bias=np.zeros(1)), math.inf, "bias"),
        ({"kernel": np.ones((2, 3))}, math.inf, "bias"),
        (arrays(gamma=np.ones(3)), math.inf, "gamma"),
        ({}, math.inf, "kernel"),
    ],
)
def test_compare(weights: dict[str, Any], difference: float, layer: str) -> None:
    assert parity.compare(weights, arrays()) == (difference, layer)


@pytest.mark.parametrize(("shift", "equivalent"), [(0.0, True), (9e-6, True), (1.2e-5, False), (math.nan, False)])
def test_judge_holds_to_the_tolerance_and_names_the_layer(shift: float, equivalent: bool) -> None:
    asked = settings(batch_size=1)
    reference = paper.reference_weights(parity.exam_settings(REFERENCE, asked))
    answer = {**reference, "dense1_bias": reference["dense1_bias"] + np.float32(shift)}
    result = parity.judge(REFERENCE, asked, "k", answer)
    assert (result.equivalent, result.key, result.variant, result.tolerance) == (equivalent, "k", REFERENCE.name, 1e-5)
    assert result.layer == "dense1_bias" or not shift


# What an exam is


@pytest.mark.parametrize(("size", "batch"), [(1, 1), (8, 8), (9, 8), (1000, 8)])
def test_every_exam_begins_with_20_small_batches(size: int, batch: int) -> None:
    for variant in catalog.VARIANTS.values():
        asked = settings(batch_size=size, epochs=12, images_per_epoch=30_000)
        chosen = parity.exam_settings(variant, parity.first_of(asked))
        expected = parity.LARGEST_BATCH if variant.shuffles else batch
        assert (chosen.batch_size, chosen.batches) == (expected, parity.EXAM_BATCHES)
        assert chosen.batches_per_epoch == (1 if variant.shuffles else parity.EXAM_BATCHES)
        assert parity.has_two_papers(asked) == (size > 8)


@pytest.mark.parametrize(("size", "in_an_epoch"), [(9, 5), (32, 5), (12_000, 5), (12_001, 1), (60_000, 1)])
def test_a_second_paper_has_5_batches_of_the_races_size(size: int, in_an_epoch: int) -> None:
    for variant in catalog.VARIANTS.values():
        chosen = parity.exam_settings(variant, settings(batch_size=size))
        assert (chosen.batch_size, chosen.batches) == (size, 5) and Settings.parse(chosen.as_dict())
        assert chosen.batches_per_epoch == (1 if variant.shuffles else in_an_epoch)


def test_a_small_race_is_examined_and_kept_as_ever() -> None:
    """Answers that are kept from versions that knew one paper stand, for larger races as their first paper."""
    asked = parity.exam_settings(REFERENCE, settings(batch_size=8, images_per_epoch=320)).as_dict()
    expected = {"batch_size": 8, "epochs": 1, "images_per_epoch": 160, "learning_rate": 0.007, "seed": 7439}
    assert {name: asked[name] for name in expected} == expected
    small = parity.key(REFERENCE, settings(batch_size=8), VERSIONS)
    large = [settings(batch_size=size) for size in (9, 32, 128)]
    assert {parity.key(REFERENCE, parity.first_of(asked), VERSIONS) for asked in large} == {small}
    assert len({parity.key(REFERENCE, asked, VERSIONS) for asked in large} - {small}) == 3


def test_sittings_differ_in_their_images_only() -> None:
    first, second = (parity.exam_settings(REFERENCE, settings(), sitting) for sitting in (0, 1))
    assert first.seed == settings().seed != second.seed
    assert dataclasses.replace(second, seed=first.seed) == first
    highest = settings(seed=2**31 - 1)
    assert Settings.parse(parity.exam_settings(REFERENCE, highest, 1).as_dict())


def test_the_key_changes_with_what_the_answer_depends_on() -> None:
    usual = parity.key(REFERENCE, settings(), VERSIONS)
    other = [
        parity.key(catalog.variant("keras_fit"), settings(), VERSIONS),
        parity.key(dataclasses.replace(REFERENCE, tolerance=1e-4), settings(), VERSIONS),
        parity.key(planted("not_a_number", "numpy_reference"), settings(), VERSIONS),
        parity.key(dataclasses.replace(REFERENCE, module="tests.helpers.planted.not_a_number"), settings(), VERSIONS),
        parity.key(REFERENCE, settings(), {"numpy": "2.1"}),
        *(
            parity.key(REFERENCE, settings(**{name: value}), VERSIONS)
            for name, value in {"batch_size": 4, "momentum": 0.5, "seed": 1, "device": "gpu", "threads": 2}.items()
        ),
    ]
    assert len({usual, *other}) == 1 + len(other)


def test_the_key_does_not_change_with_what_the_answer_does_not_depend_on() -> None:
    usual = parity.key(REFERENCE, settings(), VERSIONS)
    for name, value in {"epochs": 3, "rounds": 9, "slice_ms": 0, "learning_rate": 0.5, "allocator": "steady"}.items():
        assert parity.key(REFERENCE, settings(**{name: value}), VERSIONS) == usual, name


def test_the_key_changes_with_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    keras = catalog.variant("keras_fit")
    usual = parity.key(keras, settings(), VERSIONS)
    monkeypatch.setitem(catalog.VARIANTS, "numpy_reference", planted("not_a_number", "numpy_reference"))
    assert parity.key(keras, settings(), VERSIONS) != usual


# Mistakes


@pytest.mark.parametrize("shuffles", [False, True])
@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda kind: kind.__name__)
def test_a_planted_mistake_is_refused(mistake: type[Any], shuffles: bool) -> None:
    asked, variant = settings(batch_size=7), dataclasses.replace(REFERENCE, shuffles=shuffles)
    result = parity.judge(variant, asked, "", trained(mistake, parity.exam_settings(variant, asked)))
    assert not result.equivalent and result.difference > 10 * result.tolerance
    named = {"DroppedBias": "conv2_bias", "TransposedDense": "dense2_kernel"}
    assert result.layer == named.get(mistake.__name__, result.layer) and result.layer in problem.SHAPES


def test_the_learning_rate_is_held_to_one_per_cent_without_momentum_too() -> None:
    asked = settings(batch_size=8, momentum=0)
    result = parity.judge(REFERENCE, asked, "", trained(MISTAKES[0], parity.exam_settings(REFERENCE, asked)))
    assert MISTAKES[0].__name__ == "LearningRate" and result.difference > 3 * result.tolerance


def test_without_a_mistake_the_base_of_the_mistakes_passes() -> None:
    asked = settings(batch_size=7)
    result = parity.judge(REFERENCE, asked, "", trained(Update, parity.exam_settings(REFERENCE, asked)))
    assert result.equivalent and result.difference == 0


# The second paper


@pytest.mark.parametrize(("mistake", "size"), OF_LARGE_BATCHES, ids=lambda one: getattr(one, "__name__", one))
def test_a_program_that_is_right_with_small_batches_only_is_refused(mistake: type[Any], size: int) -> None:
    asked = settings(batch_size=size)
    first = parity.first_of(asked)
    assert parity.judge(REFERENCE, first, "", trained(mistake, parity.exam_settings(REFERENCE, first))).equivalent
    for variant in (REFERENCE, dataclasses.replace(REFERENCE, shuffles=True)):
        result = parity.judge(variant, asked, "", trained(mistake, parity.exam_settings(variant, asked)))
        assert not result.equivalent and result.difference > 10 * result.tolerance


@pytest.mark.parametrize("mistake", [one for one in MISTAKES if one.__name__ != "MissesABatch"])
def test_a_planted_mistake_shows_in_the_second_paper_too(mistake: type[Any]) -> None:
    asked = settings(batch_size=9)
    result = parity.judge(REFERENCE, asked, "", trained(mistake, parity.exam_settings(REFERENCE, asked)))
    assert not result.equivalent and result.difference > 4 * result.tolerance


def sitting(weights_of: Any, sizes: list[int]) -> Any:
    """In place of `bench.exam._sit`: each paper's batch size goes into `sizes`."""

    def sit(variant: Variant, asked: Settings, folder: Path, started: Any) -> Any:
        sizes.append(asked.batch_size)
        return Outcome("finished"), weights_of(asked)

    return sit


def test_both_papers_are_sat_and_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(exam, "_sit", sitting(paper.reference_weights, sizes))
    asked = settings(batch_size=32)
    answer = exam.sit(REFERENCE, asked, tmp_path).answer
    assert answer.equivalent and answer.key == exam.key(REFERENCE, asked) and sizes == [8, 32]
    assert parity.held_to(answer) == "1e-5 after 20 updates of 8 images and 1e-5 after 5 updates of 32 images"
    known = exam.sit(REFERENCE, parity.first_of(asked), tmp_path)
    assert parity.held_to(known.answer) == "1e-5 after 20 updates of 8 images"
    assert exam.sit(REFERENCE, asked, tmp_path, first=known).answer == answer and sizes == [8, 32, 8, 32]


def test_who_misses_the_second_paper_alone_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(exam, "_sit", sitting(lambda asked: trained(DropsBeyondTheEighth, asked), sizes))
    answer = exam.sit(REFERENCE, settings(batch_size=9), tmp_path).answer
    assert not answer.equivalent and answer.difference > answer.tolerance and sizes == [8, 9, 9, 9]
    assert "right with batches of 8 images, not with batches of 9" in answer.reason


def test_who_misses_the_first_paper_does_not_sit_the_second(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(exam, "_sit", sitting(lambda asked: trained(MISTAKES[0], asked), sizes))
    asked = settings(batch_size=32)
    answer = exam.sit(REFERENCE, asked, tmp_path).answer
    assert not answer.equivalent and answer.key == exam.key(REFERENCE, asked) and set(sizes) == {8}
    assert parity.held_to(answer) == "1e-5 after 20 updates of 8 images"


def test_an_answer_of_a_version_that_knew_one_paper_says_what_it_was_held_to() -> None:
    old = Parity("k", "keras_fit", True, 1e-8, "conv1_bias", 1e-5)
    assert parity.held_to(old) == "1e-5 after 20 updates of at most 8 images"
    assert parity.held_to(dataclasses.replace(old, status="crashed", equivalent=False)) == ""


@pytest.mark.parametrize(("size", "tolerance"), [(128, 1e-5), (4096, 1e-5), (8192, 2e-5)])
def test_only_very_large_batches_are_held_to_less(size: int, tolerance: float) -> None:
    assert parity.papers(REFERENCE, settings(batch_size=size))[-1].tolerance == tolerance


def test_a_wide_tolerance_is_less_wide_where_weights_move_less() -> None:
    wide, strict = (dataclasses.replace(REFERENCE, tolerance=tolerance) for tolerance in (0.1, 1e-6))
    assert [one.tolerance for one in parity.papers(wide, settings(batch_size=32))] == pytest.approx([0.1, 0.01])
    assert [one.tolerance for one in parity.papers(strict, settings(batch_size=32))] == [1e-6, 1e-6]


# Through the real worker


GROUPS = exams.groups(catalog.VARIANTS.values())
ALONE = ("keras_fit", "pytorch_compiled", "jax_jit", "keras2_fit", "cntk_trainer", "keras2_theano", "tinygrad_jit")
"""One variant of each stack, which sits as before a race: in a fresh process, and compiles all that it needs."""


@pytest.mark.slow
@pytest.mark.usefixtures("stacks_of_this_machine")
@pytest.mark.parametrize("group", GROUPS, ids=exams.group_id)
def test_every_variant_equals_the_reference_in_both_papers(group: exams.Group, tmp_path: Path) -> None:
    exams.need(group[0])
    races = [settings(batch_size=8), settings(batch_size=32)]
    assert test_rungs.mistakes(group, races, tmp_path / "exams") == {}


def test_every_variant_is_examined_and_one_of_each_stack_alone() -> None:
    assert sorted(variant.name for group in GROUPS for variant in group) == sorted(catalog.VARIANTS)
    stacks = {variant.stack for variant in catalog.VARIANTS.values()}
    assert sorted(catalog.variant(name).stack for name in ALONE) == sorted(stacks)


@pytest.mark.slow
@pytest.mark.usefixtures("stacks_of_this_machine")
@pytest.mark.parametrize("name", ALONE)
def test_a_variant_of_each_stack_passes_as_before_a_race(name: str, tmp_path: Path) -> None:
    variant = catalog.variant(name)
    exams.need(variant)
    result = exam.sit(variant, settings(batch_size=8), tmp_path / "exam").answer
    assert (result.status, result.reason) == ("finished", "")
    assert result.equivalent and result.difference <= variant.tolerance, (result.difference, result.layer)
    # What PyTorch compiled went with its run: nothing is left for the next one to find, whole or in halves.
    assert not list(Path(tempfile.gettempdir()).glob("torchinductor*"))


def test_only_the_variant_with_a_reason_has_a_wider_tolerance() -> None:
    wider = {variant.name for variant in catalog.VARIANTS.values() if variant.tolerance > 1e-5}
    assert wider == {"keras2_fit"}


@pytest.mark.slow
@pytest.mark.usefixtures("stacks_of_this_machine")
@pytest.mark.parametrize("threads", [1, 2])
def test_keras_2_differs_by_the_order_of_its_updates_and_nothing_else(threads: int, tmp_path: Path) -> None:
    """Its tolerance is wide because weights change while the backward pass reads them; held back, it is 1e-5."""
    gated = dataclasses.replace(planted("keras2_gated", "keras2_fit"), tolerance=1e-5)
    exams.need(gated)
    races = [settings(threads=threads, batch_size=size) for size in (8, 32)]
    assert test_rungs.mistakes([gated], races, tmp_path / "exams") == {}


# Weights that hardly move, and two epochs of three batches.
STILL = settings(images_per_epoch=96, learning_rate=1e-9, epochs=2)


def own_losses() -> np.ndarray:
    """The loss of each of the three batches."""
    sheet = problem.make(STILL)
    logits = numpy_reference.forward(sheet.weights, prepare(sheet.images))[-1]
    firsts = range(0, len(logits), STILL.batch_size)
    return np.array([numpy_reference.cross_entropy(logits[i : i + 32], sheet.labels[i : i + 32])[0] for i in firsts])


def wrong_losses(variant: Variant, ticked: np.ndarray) -> str:
    """What is wrong with the losses of a run of STILL: a batch's own, or the mean over the epoch so far; '' if none."""
    own = own_losses()
    assert len(ticked) == 2 * len(own) == 6 and np.ptp(own) > 1e-3
    found, seen = ticked.reshape(2, 3), own.mean() if variant.running_loss else own[2]
    if variant.batches_per_call > 1:
        right = np.isnan(found[:, :2]).all() and near(found[:, 2], seen)
    elif variant.running_loss:
        # Means of fewer batches, or of batches that nobody else has; not one of them is the whole mean.
        right = near(found[:, 2], seen) and np.abs(found[:, :2] - own.mean()).min() > 1e-5
    elif variant.shuffles:
        # Its own batches' losses, which nobody else has; their mean is everybody's.
        right = near(found.mean(axis=1), own.mean()) and np.abs(found[:, 2] - own.mean()).min() > 1e-5
    else:
        right = near(found, own)
    return "" if right else f"ticks {found}, where each batch has {own}"


def near(found: np.ndarray, expected: Any) -> bool:
    return np.allclose(found, np.broadcast_to(expected, found.shape), rtol=0, atol=1e-5)


def uncompiled(group: exams.Group) -> exams.Group:
    """The group with PyTorch's compiler off, which needs a minute: whose loss is ticked does not depend on it."""
    off = {"TORCHDYNAMO_DISABLE": "1"}
    return tuple(dataclasses.replace(each, environment={**each.environment, **off}) for each in group)


OWN_LOOPS = exams.groups(variant for variant in catalog.VARIANTS.values() if variant.owns_loop)
"""A variant without a loop of its own does not know of epochs: its exam has said whose loss it returns."""


@pytest.mark.slow
@pytest.mark.usefixtures("stacks_of_this_machine")
@pytest.mark.parametrize("group", OWN_LOOPS, ids=exams.group_id)
def test_the_loss_is_what_the_catalogue_says_from_epoch_to_epoch(group: exams.Group, tmp_path: Path) -> None:
    exams.need(group[0])
    sheet = problem.make(STILL)
    jobs = [exams.write_job(variant, STILL, sheet, tmp_path / "exams" / variant.name) for variant in group]
    exams.examine(uncompiled(group), jobs, STILL)
    for variant in group:
        folder = tmp_path / "exams" / variant.name
        assert exams.facts(folder), (variant.name, exams.log(folder))
        assert wrong_losses(variant, tape.read(folder / "tape")["loss"]) == "", variant.name


def test_wrong_losses_are_seen() -> None:
    own, nan = own_losses().tolist(), math.nan
    so_far, last, mean = [np.mean(own[:n]) for n in (1, 2, 3)], [nan, nan, own[2]], [np.mean(own)] * 3
    right = {"numpy_reference": own, "keras_lean": so_far, "jax_scan": last, "keras2_fit": own[::-1]}
    for name, losses in right.items():
        variant = catalog.variant(name)
        assert wrong_losses(variant, np.array(losses * 2)) == ""
        assert wrong_losses(variant, np.array(losses * 2) + 1e-4), name
        others = [other for other in (own, so_far, last, mean) if other not in (losses, losses[::-1])]
        assert len(others) == 3 and all(wrong_losses(variant, np.array(other * 2)) for other in others), name


@pytest.mark.slow
def test_one_per_cent_of_learning_rate_is_refused_and_the_layer_named(tmp_path: Path) -> None:
    result = exam.sit(planted("learning_rate", "tensorflow_function"), settings(), tmp_path / "exam").answer
    assert (result.status, result.equivalent) == ("finished", False)
    assert 1e-4 < result.difference < 1e-2 and result.layer in problem.SHAPES


def test_a_nan_is_refused_and_the_layer_named(tmp_path: Path) -> None:
    result = exam.sit(planted("not_a_number", "numpy_reference"), settings(batch_size=1), tmp_path / "exam").answer
    assert (result.status, result.equivalent, result.layer) == ("finished", False, "conv2_bias")
    assert result.difference == math.inf


def test_a_miss_is_resat_and_a_hit_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []
    answers = iter([False, True, True])

    def judge(variant: Variant, asked: Settings, key: str, weights: object, sitting: int) -> parity.Parity:
        seeds.append(parity.exam_settings(variant, asked, sitting).seed)
        return parity.Parity(key, variant.name, next(answers), 2e-5, "conv1_kernel", variant.tolerance)

    monkeypatch.setattr(parity, "judge", judge)
    assert exam.sit(REFERENCE, settings(batch_size=1, seed=5), tmp_path / "exam").answer.equivalent
    assert seeds == [5, 6]
    assert not (tmp_path / "exam").exists()
