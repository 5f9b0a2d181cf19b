"""That the rungs of the ladder `progress_bar` draw where they say, and that another process reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lenet import catalog, problem
from lenet.settings import Settings
from tests.helpers import in_stack

SETTINGS = Settings.parse({"batch_size": 4, "images_per_epoch": 12})
PROBE = """
import importlib, json, os, subprocess, sys, time
import numpy as np

name, shapes, settings, caught = json.loads(sys.argv[1])
program = importlib.import_module("lenet.variants.rungs." + name)
popen, readers, screens = subprocess.Popen, [], []

def catching(words, **named):
    readers.append(popen(words, **dict(named, stdout=open(caught, "wb"))))
    return readers[-1]

subprocess.Popen = catching
if hasattr(program, "READER"):
    keep = "sys.stdout.buffer.write(b''.join(socket.recv_multipart())); sys.stdout.flush()"
    program.READER = program.READER.replace("socket.recv_multipart()", keep)

def tick(loss):
    screens.append([type(sys.stdout).__name__, sys.stdout.isatty()])

def epoch_end():
    end = time.monotonic() + 60
    while not os.path.getsize(caught) and time.monotonic() < end:
        time.sleep(0.01)

weights = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
images, labels = np.zeros((12, 28, 28, 1), np.float32), np.arange(12) % 10
before = sys.stdout
program.LeNet(weights, settings).fit(images, labels, 1, tick, epoch_end)
ended = [reader.poll() is not None for reader in readers]
print("FOUND" + json.dumps([screens, ended, sys.stdout is before]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "screen"),
    [("keras_fit_terminal", ["TextIOWrapper", True]), ("keras_fit_notebook", ["OutStream", False])],
)
def test_the_bar_is_drawn_where_the_rung_says_and_read_by_another_process(
    name: str, screen: list[object], tmp_path: Path
) -> None:
    caught = tmp_path / "caught"
    rung = catalog.variant(name)
    argument = [name, problem.SHAPES, SETTINGS.as_dict(), str(caught)]
    found = in_stack.answer(rung, SETTINGS, PROBE, argument, tmp_path)
    assert found == [[screen] * 3, [True], True]
    text = caught.read_text(encoding="utf-8", errors="replace")
    assert "accuracy" in text and "/3" in text
