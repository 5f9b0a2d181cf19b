"""The program's modules import each other in one direction, as `tools/structure.py` counts it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from tests.helpers.places import ROOT


@pytest.fixture(scope="module")
def structure() -> ModuleType:
    """The tool, which is no part of the program and is loaded by its path."""
    spec = importlib.util.spec_from_file_location("structure", ROOT / "tools" / "structure.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rings(structure: ModuleType, root: Path) -> list[list[str]]:
    found: list[list[str]] = structure.cycles(structure.arrows(structure.modules(root)))
    return found


def test_no_two_modules_reach_each_other(structure: ModuleType) -> None:
    assert len(structure.modules(ROOT)) > 300
    assert rings(structure, ROOT) == []


@pytest.mark.parametrize(
    "second",
    [
        "from lenet.first import up\n",
        "import lenet.first\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from lenet.first import up\n",
        "def late() -> None:\n    from lenet import first\n",
    ],
)
def test_a_planted_ring_is_seen(second: str, structure: ModuleType, tmp_path: Path) -> None:
    package = tmp_path / "lenet"
    package.mkdir()
    (tmp_path / "app.py").touch()
    (package / "first.py").write_text("from lenet import second\n")
    (package / "second.py").write_text("up = 1\n")
    assert rings(structure, tmp_path) == []
    (package / "second.py").write_text(second)
    assert rings(structure, tmp_path) == [["lenet.first", "lenet.second"]]
