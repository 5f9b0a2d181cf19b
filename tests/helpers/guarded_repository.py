"""A repository with a program of its own and a change to it, as a pull request has them."""

from __future__ import annotations

import subprocess
from pathlib import Path

FOLDER, NAME = "bench", "my_step"
PROGRAM = '''"""A training step of this repository's own."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # this checkout's own library

from mylib import SHARE

from lenet.variants.numpy_reference import LeNet as Reference

VARIANT = {"title": "My step", "packages": ["numpy"]}


class LeNet(Reference):
    def step(self, images, labels):
        begin = time.perf_counter()
        loss = super().step(images, labels)
        until = time.perf_counter() + SHARE * (time.perf_counter() - begin)
        while time.perf_counter() < until:
            pass
        return loss
'''
LIBRARY = '"""The library that the step uses."""\n\nSHARE = {share}\n'


def make(root: Path, share: float) -> tuple[Path, Path]:
    """A repository and a checkout of its first version beside it: (base, new). In the new version each batch
    takes `share` longer: its library was changed, not the program itself."""
    new, base = root / "new", root / "base"
    new.mkdir(parents=True)
    _write(new, 0.0)
    _git(new, "init", "--quiet", "--initial-branch=main")
    _commit(new, "A step")
    _git(new, "worktree", "add", "--quiet", "--detach", str(base))
    _write(new, share)
    _commit(new, "Another step")
    return base, new


def _write(root: Path, share: float) -> None:
    (root / FOLDER).mkdir(exist_ok=True)
    (root / FOLDER / f"{NAME}.py").write_text(PROGRAM, "utf-8")
    (root / "mylib.py").write_text(LIBRARY.format(share=share), "utf-8")


def _commit(root: Path, message: str) -> None:
    _git(root, "add", ".")
    who = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")
    _git(root, *who, "commit", "--quiet", "--allow-empty", "--message", message)


def _git(root: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(root), *words], check=True)
