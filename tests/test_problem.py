"""The embedded MNIST and the exam paper made from it: known bytes, known order, and every kind of damage told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lenet import data, problem
from lenet.errors import DataError
from lenet.settings import Settings


def settings(**values: float) -> Settings:
    return Settings.parse({"batch_size": 32, "images_per_epoch": 100, **values})


def digest(array: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]


def test_mnist_is_what_it_is_known_to_be() -> None:
    mnist = data.load()
    assert mnist.train_images.shape == (60_000, 28, 28, 1) and mnist.train_images.dtype == np.uint8
    assert mnist.test_images.shape == (10_000, 28, 28, 1) and mnist.test_images.dtype == np.uint8
    assert mnist.train_labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert np.bincount(mnist.train_labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(mnist.test_labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert round(float(mnist.train_images.mean()), 4) == 33.3184


def test_the_same_settings_make_the_same_problem() -> None:
    first, again = problem.make(settings()), problem.make(settings())
    assert digest(first.images) == digest(again.images) and digest(first.labels) == digest(again.labels)
    assert {name: digest(array) for name, array in first.weights.items()} == {
        name: digest(array) for name, array in again.weights.items()
    }
    other = problem.make(settings(seed=1))
    assert digest(other.images) != digest(first.images)
    assert digest(other.weights["conv1_kernel"]) != digest(first.weights["conv1_kernel"])


def test_the_problem_of_a_seed_never_changes() -> None:
    """Stored runs are compared with later ones: neither we nor NumPy may change what seed 7439 means."""
    paper = problem.make(settings())
    assert digest(paper.images) == "4b263e46c08f349d"
    assert digest(paper.labels.astype("<i8")) == "13e8c8d3b1815ad4"
    assert digest(np.concatenate([array.ravel() for array in paper.weights.values()])) == "dc51356f1b1ee65c"


def test_images_keep_their_labels() -> None:
    mnist, paper = data.load(), problem.make(settings(images_per_epoch=60_000))
    assert len(paper.images) == 60_000
    assert np.bincount(paper.labels).tolist() == np.bincount(mnist.train_labels).tolist()
    known = {digest(image): label for image, label in zip(mnist.train_images, mnist.train_labels, strict=True)}
    sample = range(0, 60_000, 97)
    assert all(known[digest(paper.images[i])] == paper.labels[i] for i in sample)
    assert paper.labels[:50].tolist() != mnist.train_labels[:50].tolist()


def test_a_last_partial_batch_is_left_out_and_fewer_images_are_a_beginning() -> None:
    short, long = problem.make(settings()), problem.make(settings(images_per_epoch=640))
    assert len(short.images) == 96 and len(long.images) == 640
    assert np.array_equal(short.images, long.images[:96]) and np.array_equal(short.labels, long.labels[:96])


def test_initial_weights_are_glorot_uniform_with_zero_biases() -> None:
    weights = problem.make(settings()).weights
    assert {name: array.shape for name, array in weights.items()} == problem.SHAPES
    assert all(array.dtype == np.float32 for array in weights.values())
    fans = {"conv1": (25, 500), "conv2": (500, 1250), "dense1": (800, 500), "dense2": (500, 10)}
    for layer, (fan_in, fan_out) in fans.items():
        limit = (6 / (fan_in + fan_out)) ** 0.5
        kernel = weights[f"{layer}_kernel"]
        assert 0.95 * limit < np.abs(kernel).max() <= limit * (1 + 1e-6)
        assert abs(kernel.mean()) < 0.1 * limit
        assert not weights[f"{layer}_bias"].any()


def test_a_worker_reads_what_was_written(tmp_path: Path) -> None:
    paper = problem.make(settings())
    paper.write(tmp_path / "problem.npz")
    with np.load(tmp_path / "problem.npz", allow_pickle=False) as read:
        assert np.array_equal(read["images"], paper.images) and np.array_equal(read["labels"], paper.labels)
        assert [name for name in read.files if name.startswith("weights/")] == [f"weights/{n}" for n in problem.SHAPES]
        assert np.array_equal(read["weights/conv2_kernel"], paper.weights["conv2_kernel"])


def rewritten(change: Callable[[dict[str, np.ndarray]], object]) -> Callable[[Path], object]:
    """Damage: the right arrays with `change` made to them, in a file that is a sound archive."""

    def write(file: Path) -> None:
        with np.load(data.FILE) as arrays:
            parts = dict(arrays)
        change(parts)
        np.savez(file, **parts)

    return write


def flip_label(parts: dict[str, np.ndarray]) -> None:
    parts["y_test"][4321] ^= 1


def swap_images(parts: dict[str, np.ndarray]) -> None:
    parts["x_train"][[0, 1]] = parts["x_train"][[1, 0]]


def flipped_byte(at: Callable[[bytes], int]) -> Callable[[Path], object]:
    def write(file: Path) -> None:
        content = bytearray(data.FILE.read_bytes())
        content[at(content)] ^= 0xFF
        file.write_bytes(content)

    return write


DAMAGE: dict[str, Callable[[Path], object]] = {
    "missing": lambda file: None,
    "empty": lambda file: file.touch(),
    "a folder": lambda file: file.mkdir(),
    "not a zip": lambda file: file.write_text("<html>404: not found</html>"),
    "a Git LFS pointer": lambda file: file.write_text("version https://git-lfs.github.com/spec/v1\nsize 11490434\n"),
    "one array, no archive": lambda file: np.save(file.open("wb"), np.zeros(3)),
    "truncated": lambda file: file.write_bytes(data.FILE.read_bytes()[:5_000_000]),
    "a byte of the images": flipped_byte(lambda content: 3_000_000),
    "compression method": flipped_byte(lambda content: content.rindex(b"PK\x01\x02") + 10),
    "encrypted": flipped_byte(lambda content: content.index(b"PK\x01\x02") + 8),
    "an array is missing": rewritten(lambda parts: parts.pop("y_train")),
    "a label flipped": rewritten(flip_label),
    "two images swapped": rewritten(swap_images),
    "another type": rewritten(lambda parts: parts.update(y_train=parts["y_train"].astype(np.int64))),
    "fewer images": rewritten(lambda parts: parts.update(x_test=parts["x_test"][:-1])),
    "pickled": rewritten(lambda parts: parts.update(y_test=np.array([{}, []], dtype=object))),
}


@pytest.mark.parametrize("kind", DAMAGE)
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_damage_is_told_in_one_sentence(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "mnist.npz"
    DAMAGE[kind](file)
    with pytest.raises(DataError, match=r"mnist\.npz is damaged \(.+\); restore it with `git checkout") as caught:
        data.load.__wrapped__(file)
    assert "\n" not in str(caught.value)


def test_a_sound_copy_passes(tmp_path: Path) -> None:
    rewritten(lambda parts: None)(tmp_path / "mnist.npz")
    copy = data.load.__wrapped__(tmp_path / "mnist.npz")
    assert np.array_equal(copy.test_labels, data.load().test_labels)
