"""That Lightning, raced here without logger and checkpoints, neither writes a file nor speaks to a network."""

from __future__ import annotations

from pathlib import Path

import pytest

from lenet import catalog, problem
from lenet.settings import Settings
from tests.helpers import in_stack

SETTINGS = Settings.parse({"batch_size": 4, "images_per_epoch": 12, "epochs": 2})
PROBE = """
import json, sys

sys.dont_write_bytecode = True
outside = {"socket.connect", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen", "os.system"}
seen = []

def audit(event, args):
    if event in outside:
        seen.append(event)
    elif event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+"):
        seen.append(f"{event} {args[0]}")

sys.addaudithook(audit)
import numpy as np
from lenet.variants import lightning_fit

shapes, settings = json.loads(sys.argv[1])
images, labels = np.zeros((12, 28, 28, 1), np.float32), np.arange(12) % 10
model = lightning_fit.LeNet({name: np.zeros(shape, np.float32) for name, shape in shapes.items()}, settings)
calls = []
model.fit(images, labels, 2, lambda loss: calls.append("tick"), lambda: calls.append("end"))
print("FOUND" + json.dumps([seen, calls]))
"""
DETOUR = 'import numpy as np\nopen("left_behind", "w").close()'


@pytest.mark.slow
@pytest.mark.usefixtures("stacks_of_this_machine")
@pytest.mark.parametrize(
    ("probe", "expected"), [(PROBE, []), (PROBE.replace("import numpy as np", DETOUR), ["open left_behind"])]
)
def test_lightning_keeps_to_itself(probe: str, expected: list[str], tmp_path: Path) -> None:
    argument = [problem.SHAPES, SETTINGS.as_dict()]
    seen, calls = in_stack.answer(catalog.variant("lightning_fit"), SETTINGS, probe, argument, tmp_path)
    assert seen == expected
    assert calls == 2 * ["tick", "tick", "tick", "end"]
