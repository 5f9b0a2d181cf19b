"""`python -m audit.guarded`: does `lenet guard` let an equal change pass, and does it find one that makes a
training step 5 % slower?

Ten guards of a change that changes nothing, then two of one that makes each batch take 5 % longer, with the
options that a CI would use. Ten minutes at most.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from audit import words
from lenet import program
from lenet.analysis import ratio_words

RUNS = {0.0: 10, 0.05: 2}
"""How often each share by which the new side takes longer is guarded."""
OPTIONS = ("--slower", "3%", "--batch-size", "8", "--threads", "1", "--budget", "40")
PROGRAM = """VARIANT = {{
    "title": "A step",
    "packages": ["numpy"],
    "environment": {{"LENET_PLANTED_IN": "numpy_reference", "LENET_PLANTED_SHARE": "{share}"}},
}}

from audit.slower import LeNet
"""
STATUSES = {0: "passed", 1: "slower", 2: "bad input", 3: "not sure"}


def main() -> None:
    """Guard, and print a row per guard."""
    print("\n".join([words.head("python -m audit.guarded"), "", _row("each batch takes", "outcome", "new / base [95 %]",
                                                                     "rounds", "s")]))  # fmt: skip
    print(_row(*["---"] * 5))
    with tempfile.TemporaryDirectory(prefix="lenet-guarded-") as name:
        for share, times in RUNS.items():
            base, new = (_written(Path(name) / f"{side} {share}", own) for side, own in (("base", 0), ("new", share)))
            for _ in range(times):
                print(_row(f"{100 * share:g} % longer", *guarded(base, new, Path(name))), flush=True)


def guarded(base: Path, new: Path, folder: Path) -> Iterator[str]:
    """Guard a change as a shell does: its outcome, the ratio of each race, the rounds of each, and its seconds."""
    found = folder / "found.json"
    sides = ("--base-variants-from", str(base), "--new-variants-from", str(new))
    command = [sys.executable, "-m", "lenet", "guard", *sides, *OPTIONS, "--json", str(found)]
    found.unlink(missing_ok=True)
    begin = time.monotonic()
    done = subprocess.run(
        command, cwd=program.PROJECT, env={**os.environ, "LENET_HOME": str(folder / "home")}, capture_output=True
    )
    seconds = time.monotonic() - begin
    races = [race for one in json.loads(found.read_text("utf-8"))["variants"] for race in one["races"]]
    ratios = [comparison for race in races for comparison in race["comparisons"]]
    yield STATUSES[done.returncode]
    yield ", ".join(ratio_words.text(one["ratio"], one["low"], one["high"]) for one in ratios)
    yield ", ".join(str(one["rounds"][0]) for one in ratios)
    yield f"{seconds:.0f}"


def _written(folder: Path, share: float) -> Path:
    folder.mkdir()
    (folder / "a_step.py").write_text(PROGRAM.format(share=share), "utf-8")
    return folder


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
