"""That whoever trains by Keras's `fit` trains as plain `fit` does: looking at each batch must not turn off
the asynchronous callbacks that Keras has on some backends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lenet import catalog, problem, stacks
from lenet.catalog import Variant
from lenet.settings import Settings
from lenet.stacks.table import OPTIONAL
from tests.helpers import in_stack

SETTINGS = Settings.parse({"batch_size": 4, "images_per_epoch": 12})
PROBE = """
import importlib, json, os, sys
os.environ["TORCHDYNAMO_DISABLE"] = "1"  # which thread calls back does not depend on what is compiled
import numpy as np
import keras
if keras.config.backend() == "tensorflow":
    import tensorflow
    tensorflow.config.run_functions_eagerly(True)

modules, shapes, settings = json.loads(sys.argv[1])
images, labels = np.zeros((12, 28, 28, 1), np.float32), np.arange(12) % 10
made, found = [], {}
init = keras.callbacks.CallbackList.__init__

def note(self, *given, **named):
    init(self, *given, **named)
    made.append(getattr(self, "_async_train", False))

keras.callbacks.CallbackList.__init__ = note
weights = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
for name, module in modules.items():
    made.clear()
    seen = []
    program = importlib.import_module(module)
    program.LeNet(weights, settings).fit(images, labels, 1, lambda *given: seen.append(given), lambda: None)
    found[name] = made + [bool(seen)]
made.clear()
plain = keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(10)])
plain.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
plain.fit(images, labels, 4, 1, verbose=1)
print("FOUND" + json.dumps({"variants": found, "plain": made}))
"""
THREADED = {"main": False, "jax": True, "torch": True}
"""Stack -> whether Keras calls back from a thread of its own there."""


KERAS2_PROBE = """
import importlib, json, sys
import numpy as np
import tf_keras

modules, shapes, settings = json.loads(sys.argv[1])
images, labels = np.zeros((12, 28, 28, 1), np.float32), np.arange(12) % 10
made = []
init = tf_keras.callbacks.CallbackList.__init__

def note(self, *given, **named):
    init(self, *given, **named)
    made.append([self._check_timing, self._batch_hooks_support_tf_logs])

tf_keras.callbacks.CallbackList.__init__ = note
weights = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
seen = []
for module in modules.values():
    program = importlib.import_module(module)
    program.LeNet(weights, settings).fit(images, labels, 1, lambda *given: seen.append(given), lambda: None)
plain = tf_keras.Sequential([tf_keras.Input((28, 28, 1)), tf_keras.layers.Flatten(), tf_keras.layers.Dense(10)])
plain.compile(loss=tf_keras.losses.SparseCategoricalCrossentropy(from_logits=True))
plain.fit(images, labels, 4, 1, verbose=1)
print("FOUND" + json.dumps({"made": made, "batches": len(seen)}))
"""


def by_fit(stack: str) -> list[Variant]:
    """Every variant and rung of Keras 3 in the stack that trains by `fit`."""
    found = [one for one in {**catalog.VARIANTS, **catalog.RUNGS}.values() if one.stack == stack and not lacks(one)]
    return [one for one in found if one.owns_loop and one.name.startswith("keras")]


def lacks(variant: Variant) -> bool:
    """Whether a package that is not part of its stack is not there."""
    return not set(variant.packages).isdisjoint(OPTIONAL) and not stacks.availability(variant).available


def answer(variants: list[Variant], probe: str, folder: Path) -> Any:
    argument = [{one.name: one.import_path for one in variants}, problem.SHAPES, SETTINGS.as_dict()]
    return in_stack.answer(variants[0], SETTINGS, probe, argument, folder)


@pytest.mark.slow
@pytest.mark.usefixtures("stacks_of_this_machine")
@pytest.mark.parametrize("stack", THREADED)
def test_what_looks_at_each_batch_leaves_callbacks_as_plain_fit_has_them(stack: str, tmp_path: Path) -> None:
    found = answer(by_fit(stack), PROBE, tmp_path)
    assert found["plain"] == [THREADED[stack]]
    assert found["variants"] == {one.name: [THREADED[stack], True] for one in by_fit(stack)}


OLD_HOOKS = """
class Hooks(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        pass
for name in modules.values():
    importlib.import_module(name).Hooks = lambda epoch_end: Hooks()
weights ="""


@pytest.mark.slow
@pytest.mark.usefixtures("stacks_of_this_machine")
def test_a_hook_for_each_batch_would_be_seen(tmp_path: Path) -> None:
    planted = PROBE.replace("weights =", OLD_HOOKS, 1)
    found = answer([catalog.variant("keras_torch")], planted, tmp_path)
    assert found == {"variants": {"keras_torch": [False, True]}, "plain": [True]}


@pytest.mark.slow
@pytest.mark.usefixtures("stacks_of_this_machine")
def test_keras_2_neither_times_its_callbacks_nor_reads_a_loss_more_often_than_in_plain_fit(tmp_path: Path) -> None:
    variants = [one for one in catalog.VARIANTS.values() if "tf_keras" in one.packages]
    found = answer(variants, KERAS2_PROBE, tmp_path)
    assert found == {"made": [[False, True]] * (len(variants) + 1), "batches": 3 * len(variants)}
