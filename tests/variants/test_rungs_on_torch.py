"""That the states between Keras on PyTorch and PyTorch do what they should, and nothing that they should not.

Every state trains three batches under a profiler that notes which Python functions ran. Each change has its mark: a
function that runs exactly where the change is not made yet.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lenet import catalog, problem
from lenet.catalog import Ladder
from lenet.settings import Settings
from tests.helpers import in_stack

MARKS = {
    "Progress bar": "keras/src/utils/progbar.py update",
    "Shuffle and gather": "torch/utils/data/sampler.py __iter__",
    "Metrics": "keras/src/metrics/accuracy_metrics.py __init__",
    "One-hot labels": "keras/src/utils/numerical_utils.py to_categorical",
    "Softmax": "torch/nn/functional.py softmax",
    "Keras's fit": "keras/src/backend/torch/trainer.py fit",
    "Keras's optimizer": "keras/src/optimizers/base_optimizer.py apply",
    "Keras's loss": "keras/src/losses/loss.py __call__",
    "Channels last": "channels_last",
    "Keras's layers": "keras/src/layers/convolutional/base_conv.py call",
}
PROBE = """
import importlib, json, sys, threading
import numpy as np
import keras

entries, shapes, settings = json.loads(sys.argv[1])
images, labels = np.zeros((12, 28, 28, 1), np.float32), np.arange(12) % 10
found = {}
for name, module, owns_loop in entries:
    calls = set()
    keras.config.set_image_data_format("channels_last")
    # Keras draws its progress bar in a thread of its own.
    look = lambda frame, event, _: event == "call" and calls.add(frame.f_code)
    threading.setprofile(look)
    sys.setprofile(look)
    weights = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    variant = importlib.import_module(module).LeNet(weights, settings)
    if owns_loop:
        variant.fit(images, labels, 1, lambda loss: None, lambda: None)
    else:
        for first in range(0, 12, 4):
            variant.step(images[first : first + 4], labels[first : first + 4])
    sys.setprofile(None)
    threading.setprofile(None)
    found[name] = [code.co_filename.replace("\\\\", "/") + " " + code.co_name for code in calls]
    found[name].append(variant.facts()["layout"])
print("FOUND" + json.dumps(found))
"""


def misplaced(ladder: Ladder, ran: dict[str, list[str]]) -> list[str]:
    """Where a change's mark is missing from a state that has not made it, or found in one that has."""
    wrong = []
    for walk, made in ((ladder.forward(), lambda k, n: k < n), (ladder.backward() or [], lambda k, n: k >= n)):
        for n, state in enumerate(walk):
            for k, change in enumerate(ladder.changes):
                found = any(call.endswith(MARKS[change.title]) for call in ran[state])
                if found == made(k, n):
                    wrong.append(f"{state}: {change.title} {'found' if found else 'missing'}")
    return wrong


def example() -> Ladder:
    changes = (
        catalog.Change("Progress bar", "silent", "bar"),
        catalog.Change("Softmax", "logits", "softmax"),
        catalog.Change("Keras's fit", "end"),
    )
    return Ladder("example", "", "start", changes)


def test_the_check_knows_right_from_wrong() -> None:
    bar, softmax, fit = (MARKS[change.title] for change in example().changes)
    right = {
        "start": [bar, softmax, fit],
        "silent": [softmax, fit],
        "logits": [fit],
        "end": [],
        "bar": [bar],
        "softmax": [bar, softmax],
    }
    assert misplaced(example(), right) == []
    assert misplaced(example(), {**right, "silent": [bar, softmax, fit]}) == ["silent: Progress bar found"]
    assert misplaced(example(), {**right, "bar": []}) == ["bar: Progress bar missing"]
    assert misplaced(example(), {**right, "silent": right["logits"]}) == ["silent: Softmax missing"]


@pytest.mark.slow
@pytest.mark.usefixtures("stacks_of_this_machine")
def test_each_state_does_what_its_place_says(tmp_path: Path) -> None:
    ladder = catalog.ladder("keras_torch")
    start = catalog.variant(ladder.start)
    variants = [catalog.variant(entry) for entry in ladder.entries]
    entries = [(variant.name, variant.import_path, variant.owns_loop) for variant in variants]
    asked = Settings.parse({"batch_size": 4, "images_per_epoch": 12})
    argument = [entries, problem.SHAPES, asked.as_dict()]
    assert misplaced(ladder, in_stack.answer(start, asked, PROBE, argument, tmp_path)) == []
