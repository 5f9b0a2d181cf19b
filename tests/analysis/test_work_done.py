"""What differs in work, said where a tutorial's program is compared with a bare one."""

from __future__ import annotations

from itertools import combinations

from lenet import catalog
from lenet.analysis import work_done
from tests.helpers.tapes import race, raced


def beside(*labels: str) -> list[str]:
    report = race({label: [raced([2.0 + at] * 420)] * 3 for at, label in enumerate(labels)})
    assert len(report.pairs) == len(list(combinations(labels, 2)))
    said = work_done.beside((pair.slow, pair.fast) for pair in report.pairs)
    assert list(report.beside[: len(said)]) == said
    return said


def test_a_pair_has_one_sentence() -> None:
    assert beside("tensorflow_function", "keras_fit") == [
        "Their work differs: Keras fit shuffles, counts accuracy and draws a progress bar, but TensorFlow bare "
        "function does not."
    ]


def test_pairs_that_differ_in_the_same_share_a_sentence() -> None:
    assert beside("jax_jit", "keras_fit", "keras_jax", "pytorch_eager") == [
        "Their work differs: each of Keras fit and Keras on JAX shuffles, counts accuracy and draws a progress bar, "
        "but JAX by hand and PyTorch bare loop do not."
    ]


def test_what_only_the_bare_one_does_is_said_too() -> None:
    assert beside("tensorflow_dataset", "flax_nnx") == [
        "Their work differs: TensorFlow dataset feeds by a tf.data pipeline, but Flax NNX does not."
    ]


def test_of_other_kinds_or_of_equal_work_nothing_is_said() -> None:
    assert beside("keras_fit", "keras_xla") == beside("jax_jit", "flax_nnx") == beside("keras_fit", "keras_jax") == []
    assert beside("keras_fit", "keras_fit_silent") == beside("keras_fit", "no_longer_there") == []


def test_shuffling_is_said_by_its_own_field() -> None:
    assert not [one.name for one in catalog.VARIANTS.values() if "shuffles" in one.work]
    assert all(rung.written_as == "control" and not rung.work for rung in catalog.RUNGS.values())
