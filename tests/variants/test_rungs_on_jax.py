"""The rungs from Keras's `fit` on JAX change what they say and nothing else, as Keras is really called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lenet import catalog
from lenet.problem import SHAPES
from lenet.settings import Settings
from tests.helpers import in_stack

# Builds every rung, lets it call a `fit` that only notes how it was called, and counts the variables of its metrics.
PROBE = """
import importlib, json, sys
import numpy as np

names, settings = json.loads(sys.argv[1])
images, labels = np.zeros((4, 28, 28, 1), np.float32), np.arange(4)
found = {}
for name in names:
    module = "lenet.variants." + ("" if name == "keras_jax" else "rungs.") + name
    weights = {n: np.zeros(s, np.float32) for n, s in settings["shapes"].items()}
    variant = importlib.import_module(module).LeNet(weights, settings)
    model, calls = variant.model, []
    model.fit = lambda x, y, size, epochs, **options: calls.append((x.shape, y.shape, size, epochs, options))
    variant.fit(images, labels, 3, None, None)
    (x, y, size, epochs, options), = calls
    options.pop("callbacks")
    targets = np.eye(10, dtype=np.float32)[labels] if len(y) == 2 else labels
    model._symbolic_build(data_batch=(images[:2], targets[:2]))
    optimizer = len(model.optimizer.variables)
    found[name] = dict(x=x, y=y, size=size, epochs=epochs, metrics=len(model.metrics_variables), optimizer=optimizer,
                       last=model.layers[-1].activation.__name__, **options)
print("FOUND" + json.dumps(found))
"""
START: dict[str, Any] = {
    "x": [4, 28, 28, 1],
    "y": [4, 10],
    "size": 2,
    "epochs": 3,
    "verbose": 1,
    "metrics": 4,
    "last": "softmax",
    "optimizer": 10,
}
CHANGED: dict[str, dict[str, Any]] = {
    "keras_jax": {},
    "keras_jax_silent": {"verbose": 0},
    "keras_jax_in_order": {"verbose": 0, "shuffle": False},
    "keras_jax_no_metrics": {"verbose": 0, "shuffle": False, "metrics": 2},
    "keras_jax_sparse": {"verbose": 0, "shuffle": False, "metrics": 2, "y": [4]},
    "keras_jax_logits": {"verbose": 0, "shuffle": False, "metrics": 2, "y": [4], "last": "linear"},
    "keras_jax_descent": {"optimizer": 8},
    "keras_jax_descent_functions": {"optimizer": 8},
}


@pytest.mark.slow
@pytest.mark.usefixtures("stacks_of_this_machine")
def test_each_rung_calls_keras_with_one_difference(tmp_path: Path) -> None:
    keras = catalog.variant("keras_jax")
    asked = Settings.parse({"batch_size": 2, "images_per_epoch": 4, "epochs": 3})
    argument = [list(CHANGED), {**asked.as_dict(), "shapes": SHAPES}]
    calls = in_stack.answer(keras, asked, PROBE, argument, tmp_path)
    assert calls == {name: {**START, **changed} for name, changed in CHANGED.items()}
