"""What a PyTorch user usually gets wrong is named: ten mistakes and more, each one line of a real program."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lenet import catalog, stacks
from lenet.analysis.exam import paper, shapes
from lenet.analysis.exam.diagnosis import Diagnosis, first_update
from lenet.bench import deaths, environment
from tests.analysis.exam.test_diagnosis import exam, remembered
from tests.helpers import exams
from tests.helpers.places import ROOT

__all__ = ["remembered"]

VARIANT = catalog.variant("pytorch_eager")
TEN = {
    "TransposedKernel": "rows and columns of conv1_kernel exchanged.",
    "FlattenOrder": "dense1_kernel taken in the order channel, row, column.",
    "SoftmaxTwice": "softmax applied twice.",
    "Sum": "a loss that is the sum over the batch, not the mean.",
    "Dampening": "by as much as the momentum (dampening).",
    "Nesterov": "Nesterov's momentum, not the classical one.",
    "Smoothing": "labels smoothed by 0.1.",
    "AveragePooling": "the mean of each pooling window, not its maximum.",
    "Padding": "this usually means that both convolutions pad their images, which LeNet's do not.",
    "Normalized": "pixels normalized by MNIST's mean and deviation.",
}
MORE = {
    "HalfDampened": "a momentum that damps all gradients but the first by 0.5 (dampening).",
    "NoMomentum": "no momentum.",
    "OtherMomentum": "a momentum of 0.8, where 0.9 is asked for.",
    "ReshapedDense": "dense2_kernel reshaped, not transposed.",
    "LoadedAlone": "the numbers of dense1_kernel in another order than it was given them: look at `weights`.",
}


@pytest.fixture(scope="module")
def sat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with what each program had learned, all of them trained by one process."""
    folder: Path = tmp_path_factory.mktemp("mistakes")
    asked = exam()
    paper.make(first_update(asked)).write(folder / "first.npz")
    paper.make(asked).write(folder / "last.npz")
    command = [str(stacks.interpreter(VARIANT.stack)), "-m", "tests.helpers.planted.in_torch", str(folder)]
    subprocess.run(command, env=environment.of(VARIANT, asked), cwd=ROOT, timeout=300, check=True)
    return folder


@pytest.fixture(autouse=True)
def in_torch(stacks_of_this_machine: None) -> None:
    exams.need(VARIANT)


def learned(folder: Path, kind: str, when: str) -> dict[str, Any]:
    with np.load(folder / f"{kind}-{when}.npz") as file:
        return dict(file)


def said(folder: Path, kind: str) -> str:
    first, last = learned(folder, kind, "first"), learned(folder, kind, "last")
    if "error" in first:
        return deaths.by_error({"type": "RuntimeError", "message": str(first["error"]), "place": "x.py, line 9"})
    return Diagnosis(first, last, exam()).words


@pytest.mark.slow
@pytest.mark.parametrize("kind", {**TEN, **MORE})
def test_a_usual_mistake_is_named(kind: str, request: pytest.FixtureRequest) -> None:
    words = said(request.getfixturevalue("sat"), kind)
    assert words.endswith({**TEN, **MORE}[kind]), words


@pytest.mark.slow
def test_what_is_right_is_not_called_wrong(request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue("sat")
    found = Diagnosis(learned(folder, "Right", "first"), learned(folder, "Right", "last"), exam())
    assert found.off == {}


MESSAGES = {
    "mat1 and mat2 shapes cannot be multiplied (4x1250 and 800x500)": "the first convolution pads its images, or",
    "shape must be (1800, 500), got (800, 500)": "the second convolution pads its images",
    "got 20000, wanted 800": "neither convolution is pooled",
    "mat1 and mat2 shapes cannot be multiplied (4x123 and 800x500)": "",
    "no 1250 without what was asked for": "",
    "either 1250 or 1800, not 800": "",
    "version 3.800.1250": "",
}


@pytest.mark.parametrize("message", MESSAGES)
def test_a_shape_tells_its_cause_where_only_one_makes_it(message: str) -> None:
    found = shapes.cause(message)
    assert MESSAGES[message] in found and bool(found) == bool(MESSAGES[message])
