"""A variant takes two places, its file and its entry in the table: shown in a copy of the program."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lenet.program import PROJECT

NAME = "numpy_float32"
ENTRY = f'        Variant("{NAME}", "NumPy float32", ("numpy",), color="ochre", mark=3),\n'
BEFORE = '        Variant(\n            "tensorflow_graph",'
RACE = ["--batch-size", "1", "--images-per-epoch", "60", "--rounds", "2", "--slice-ms", "50", "--threads", "1"]
SOURCE = '''"""NumPy float32: LeNet as one would write it by hand, in the precision that frameworks use."""

import numpy as np


def windows(x, size):
    """Every window of `size` rows, columns and channels of x (n, h, w, c), as (n, h - size + 1, w - size + 1, -1)."""
    rows, columns = x.shape[1] - size + 1, x.shape[2] - size + 1
    views = [x[:, i : i + rows, j : j + columns] for i in range(size) for j in range(size)]
    return np.concatenate(views, axis=3)


def pool(x):
    """The largest of each 2x2 window, and where in x it came from (its first place)."""
    n, h, w, c = x.shape
    fours = x.reshape(n, h // 2, 2, w // 2, 2, c).transpose(0, 1, 3, 5, 2, 4).reshape(n, h // 2, w // 2, c, 4)
    return fours.max(axis=4), np.eye(4, dtype=np.float32)[fours.argmax(axis=4)]


def unpool(gradient, places):
    n, h, w, c = gradient.shape
    fours = (gradient[..., None] * places).reshape(n, h, w, c, 2, 2)
    return fours.transpose(0, 1, 4, 2, 5, 3).reshape(n, 2 * h, 2 * w, c)


class LeNet:
    """Forward, backward and update, written out."""

    def __init__(self, weights, settings):
        self.settings = settings
        self.w = {name: array.astype(np.float32) for name, array in weights.items()}
        self.velocity = {name: np.zeros_like(array) for name, array in self.w.items()}

    def step(self, images, labels):
        w = self.w
        rows1 = windows(images, 5)
        conv1 = np.tanh(rows1 @ w["conv1_kernel"].reshape(25, 20) + w["conv1_bias"])
        pool1, places1 = pool(conv1)
        rows2 = windows(pool1, 5)
        conv2 = np.tanh(rows2 @ w["conv2_kernel"].reshape(500, 50) + w["conv2_bias"])
        pool2, places2 = pool(conv2)
        flat = pool2.reshape(-1, 800)
        dense1 = np.tanh(flat @ w["dense1_kernel"] + w["dense1_bias"])
        logits = dense1 @ w["dense2_kernel"] + w["dense2_bias"]
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        truth = np.arange(len(labels)), labels
        loss = -np.log(p[truth]).mean()

        p[truth] -= 1
        d_dense2 = p / np.float32(len(labels))
        d_dense1 = d_dense2 @ w["dense2_kernel"].T * (1 - dense1**2)
        d_pool2 = (d_dense1 @ w["dense1_kernel"].T).reshape(pool2.shape)
        d_conv2 = unpool(d_pool2, places2) * (1 - conv2**2)
        d_pool1 = np.zeros_like(pool1)
        for i in range(5):
            for j in range(5):
                d_pool1[:, i : i + 8, j : j + 8] += d_conv2 @ w["conv2_kernel"][i, j].T
        d_conv1 = unpool(d_pool1, places1) * (1 - conv1**2)
        self._descend("conv1", rows1, d_conv1)
        self._descend("conv2", rows2, d_conv2)
        self._descend("dense1", flat, d_dense1)
        self._descend("dense2", dense1, d_dense2)
        return loss

    def _descend(self, layer, x, gradient):
        x, gradient = x.reshape(-1, x.shape[-1]), gradient.reshape(-1, gradient.shape[-1])
        for name, g in ((layer + "_kernel", x.T @ gradient), (layer + "_bias", gradient.sum(axis=0))):
            velocity = self.velocity[name]
            velocity *= np.float32(self.settings["momentum"])
            velocity -= np.float32(self.settings["learning_rate"]) * g.reshape(velocity.shape)
            self.w[name] += velocity

    def wait(self, loss):
        return float(loss)

    def weights(self):
        return self.w

    def facts(self):
        return dict(device="cpu", threads=self.settings["threads"], jit=False, layout="channels_last", dtype="float32")
'''


class Copy:
    """A copy of the program, and what its shell says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(PROJECT / "lenet", folder / "lenet")

    def add_file(self) -> None:
        (self.folder / "lenet" / "variants" / f"{NAME}.py").write_text(SOURCE, encoding="utf-8")

    def add_entry(self) -> None:
        table = self.folder / "lenet" / "catalog" / "variants.py"
        text = table.read_text(encoding="utf-8")
        assert text.count(BEFORE) == 1
        table.write_text(text.replace(BEFORE, ENTRY + BEFORE), encoding="utf-8")

    def shell(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`python -m lenet ...` of the copy. The copy is what is imported: the folder comes first on the path."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder)}
        command = [sys.executable, "-m", "lenet", *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=600, check=False
        )


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path / "copy")


@pytest.mark.slow
def test_a_file_and_an_entry_are_all_that_a_variant_takes(copy: Copy, tmp_path: Path) -> None:
    copy.add_file()
    copy.add_entry()
    assert NAME in copy.shell("variants").stdout
    exam = copy.shell("check", NAME)
    assert exam.returncode == 0 and "equivalent" in exam.stdout and "NOT" not in exam.stdout, exam
    race = copy.shell("run", "--variants", f"numpy_reference,{NAME}", *RACE, "--json", str(tmp_path / "race.json"))
    assert race.returncode == 0, race
    told = json.loads((tmp_path / "race.json").read_text(encoding="utf-8"))
    assert [run["status"] for run in told["runs"] if run["label"] == NAME] == ["finished"] * 2
    (pair,) = told["pairs"]
    assert {pair["slow"], pair["fast"]} == {NAME, "numpy_reference"} and pair["verdict"]


@pytest.mark.slow
def test_without_its_entry_a_variant_is_not_found(copy: Copy) -> None:
    copy.add_file()
    assert NAME not in copy.shell("variants").stdout
    exam = copy.shell("check", NAME)
    assert exam.returncode == 2 and f"There is no variant '{NAME}'" in exam.stderr


@pytest.mark.slow
def test_without_its_file_a_variant_does_not_pass(copy: Copy) -> None:
    copy.add_entry()
    exam = copy.shell("check", NAME)
    assert exam.returncode == 1 and f"lenet/variants/{NAME}.py is not there" in " ".join(exam.stdout.split())
    assert "equivalent" not in exam.stdout and "Traceback" not in exam.stdout + exam.stderr
