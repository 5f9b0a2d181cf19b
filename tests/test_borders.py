"""The borders between the parts of the program: who may import what, and how old a Python the guests may meet."""

from __future__ import annotations

import ast
import functools
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.helpers.places import ROOT

FRAMEWORKS = frozenset({"tensorflow", "keras", "tf_keras", "torch", "jax", "flax", "cntk"})
HEAVY = FRAMEWORKS | {"streamlit", "ray"}
GUESTS = ("lenet/variants/", "lenet/worker/")
"""What runs in a stack of its own, down to Python 3.6."""

HOMES: dict[str, tuple[str, ...]] = {
    "streamlit": ("app.py", "hosted.py", "pages/"),
    "sqlalchemy": ("lenet/store/",),
    "alembic": ("lenet/store/",),
    "psycopg": ("lenet/store/",),
    "sqlite3": ("lenet/store/",),
    "prometheus_client": ("lenet/hosting/",),
    "ray": ("lenet/fleet/engine/",),
    **dict.fromkeys(FRAMEWORKS, ("lenet/variants/",)),
}
"""Where a package may be imported; everywhere else it may not."""

PROBE = """
import importlib, json, sys
heavy, names = set(json.loads(sys.argv[1])), json.loads(sys.argv[2])
for name in names:
    importlib.import_module(name)
    found = sorted(heavy & set(sys.modules))
    if found:
        sys.exit("importing {} loads {}".format(name, ", ".join(found)))
print(len(names))
"""


def sources() -> list[Path]:
    """Every Python file of the program."""
    return [
        ROOT / "app.py",
        ROOT / "hosted.py",
        *sorted(ROOT.glob("pages/**/*.py")),
        *sorted(ROOT.glob("lenet/**/*.py")),
    ]


def place(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def imports(source: str) -> Iterator[str]:
    """Full names of all modules that `source` imports, at whatever depth, also by a literal `import_module`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            assert node.module
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            yield from (str(arg.value) for arg in node.args[:1] if isinstance(arg, ast.Constant))


def strangers(where: str, source: str) -> set[str]:
    """Packages that the file at `where` imports though their home is elsewhere."""
    packages = {name.partition(".")[0] for name in imports(source)}
    return {name for name in packages & set(HOMES) if not where.startswith(HOMES[name])}


def hosts(where: str, source: str) -> set[str]:
    """Modules of the parent side that the guest at `where` imports: another interpreter could not read them."""
    if not where.startswith(GUESTS):
        return set()
    ours = {name for name in imports(source) if name.startswith("lenet.")}
    return {name for name in ours if not f"{name.replace('.', '/')}/".startswith(GUESTS)}


def back_doors(where: str, source: str) -> set[str]:
    """Variants that the parent-side file at `where` imports; only the reference is free of frameworks."""
    if where.startswith(GUESTS):
        return set()
    reference = "lenet.variants.numpy_reference"
    return {name for name in imports(source) if name.startswith("lenet.variants.") and not name.startswith(reference)}


def relative(source: str) -> bool:
    """Does it import relatively? The rules above read full names."""
    return any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(ast.parse(source)))


@functools.cache
def writers() -> frozenset[str]:
    """The methods of the store that change the database, and those of a queue: by name."""
    bodies: dict[str, str] = {}
    for file in sorted(ROOT.glob("lenet/store/*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                functions = (one for one in node.body if isinstance(one, ast.FunctionDef))
                bodies.update({one.name: ast.unparse(one) for one in functions})
    found = {"_writing"}
    while (
        more := {
            name
            for name, body in bodies.items()
            if any(f"{own}.{one}(" in body for one in found for own in ("self", "super()"))
        }
        - found
    ):
        found |= more
    return frozenset({name for name in found if not name.startswith("_")} | {"submit", "stop", "force"})


def around_the_desk(where: str, source: str) -> set[str]:
    """What the page at `where` changes without asking the desk, which alone knows who may."""
    if not where.startswith("pages/"):
        return set()
    names = {name for name in imports(source) if name == "lenet.exchange.import_bundle"}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in writers():
            asked = ast.unparse(node.func.value)
            if asked not in ("get_desk()", "st"):
                names.add(f"{asked}.{node.func.attr}")
    return names


def vermin(*files: Path) -> subprocess.CompletedProcess[str]:
    """Do these files run under Python 3.6? No backports are assumed: a guest has NumPy and its framework."""
    run = "import sys, vermin; sys.exit(vermin.main())"
    options = ["-t=3.6-", "--violations", "--no-tips", "--no-parse-comments"]
    command = [sys.executable, "-c", run, *options, *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def probe(names: Iterable[str], folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Import modules one after the other in a fresh process; it fails at the first that loads something heavy."""
    command = [sys.executable, "-c", PROBE, json.dumps(sorted(HEAVY)), json.dumps(list(names))]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=folder)


def parent_modules() -> list[str]:
    """Every module that the app's process may import (Alembic alone runs the migrations, and what imports Ray is a
    process of its own)."""
    skipped = (*GUESTS, "lenet/store/migrations/", "lenet/fleet/engine/", "lenet/__main__.py")
    files = [file for file in sorted(ROOT.glob("lenet/**/*.py")) if not place(file).startswith(skipped)]
    return [place(file).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for file in files]


@pytest.mark.parametrize("file", sources(), ids=place)
def test_every_file_keeps_to_its_side(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    assert strangers(place(file), source) == set()
    assert hosts(place(file), source) == set()
    assert back_doors(place(file), source) == set()
    assert around_the_desk(place(file), source) == set()
    assert not relative(source)


def test_the_borders_are_about_files_that_are_there() -> None:
    places = [place(file) for file in sources()]
    for home in {home for homes in HOMES.values() for home in homes} | set(GUESTS):
        assert any(where.startswith(home) for where in places), home
    used = {name.partition(".")[0] for file in sources() for name in imports(file.read_text(encoding="utf-8"))}
    assert {"streamlit", "sqlalchemy", "alembic", "tensorflow", "ray"} <= used


@pytest.mark.parametrize(
    ("where", "source", "found"),
    [
        ("lenet/bench/x.py", "import streamlit as st", {"streamlit"}),
        ("lenet/store/x.py", "def f():\n    from streamlit.runtime import get_instance", {"streamlit"}),
        ("lenet/analysis/x.py", "if True:\n    import os, sqlalchemy.orm", {"sqlalchemy"}),
        ("pages/x.py", "from alembic import command", {"alembic"}),
        ("app.py", "import streamlit, tensorflow", {"tensorflow"}),
        ("lenet/worker/x.py", "try:\n    import keras\nexcept ImportError:\n    pass", {"keras"}),
        ("lenet/stacks/x.py", "import importlib\nimportlib.import_module('torch.nn')", {"torch"}),
        ("lenet/stacks/x.py", "jax = __import__('jax')", {"jax"}),
        ("lenet/fleet/x.py", "def f():\n    import ray", {"ray"}),
        ("lenet/fleet/engine/x.py", "from ray.util import state", set()),
        ("lenet/store/x.py", "import sqlalchemy, sqlite3", set()),
        ("lenet/variants/x.py", "import tensorflow.compat.v1 as tf", set()),
        ("pages/x.py", "import streamlit\nfrom lenet.bench import torchlight", set()),
    ],
)
def test_a_stranger_is_caught(where: str, source: str, found: set[str]) -> None:
    assert strangers(where, source) == found


@pytest.mark.parametrize(
    ("where", "source", "found"),
    [
        ("lenet/worker/x.py", "from lenet.settings import Settings", {"lenet.settings", "lenet.settings.Settings"}),
        ("lenet/variants/x.py", "from lenet import catalog", {"lenet.catalog"}),
        ("lenet/variants/x.py", "import lenet.workers", {"lenet.workers"}),
        ("lenet/variants/x.py", "from lenet.variants.tensorflow_function import LeNet", set()),
        ("lenet/worker/x.py", "from lenet.worker import tape", set()),
        ("lenet/bench/x.py", "from lenet.settings import Settings", set()),
    ],
)
def test_a_guest_that_reaches_into_the_house_is_caught(where: str, source: str, found: set[str]) -> None:
    assert hosts(where, source) == found


@pytest.mark.parametrize(
    ("where", "source", "found"),
    [
        ("pages/x.py", "service.store.delete(3)", {"service.store.delete"}),
        ("pages/parts/x.py", "def f():\n    get_service().submit(request)", {"get_service().submit"}),
        ("pages/x.py", "store.end_experiment(3, 'cancelled')", {"store.end_experiment"}),
        ("pages/x.py", "from lenet.exchange import import_bundle", {"lenet.exchange.import_bundle"}),
        ("pages/x.py", "get_desk().delete(3)\nst.stop()\nservice.store.experiments()", set()),
        ("lenet/bench/x.py", "self.store.delete(3)", set()),
    ],
)
def test_a_page_that_goes_around_the_desk_is_caught(where: str, source: str, found: set[str]) -> None:
    assert around_the_desk(where, source) == found


def test_the_writers_are_known() -> None:
    assert {"add_experiment", "end_experiment", "claim", "delete", "annotate", "add_audit", "end_run"} <= writers()
    assert not {"experiment", "experiments", "runs", "annotation", "search"} & writers()


def test_a_variant_in_the_apps_process_is_caught() -> None:
    late = "def f():\n    from lenet.variants import keras_fit"
    assert back_doors("lenet/bench/x.py", late) == {"lenet.variants.keras_fit"}
    assert back_doors("lenet/analysis/x.py", "from lenet.variants.numpy_reference import LeNet") == set()
    assert back_doors("lenet/variants/x.py", late) == set()


def test_a_relative_import_is_caught() -> None:
    assert relative("def f():\n    from . import catalog")
    assert not relative("from lenet import catalog")


def test_guests_run_under_python_3_6() -> None:
    guests = [file for file in sources() if place(file).startswith(GUESTS)]
    result = vermin(ROOT / "lenet/__init__.py", *guests, *sorted(ROOT.glob("tests/helpers/doubles/*.py")))
    assert result.returncode == 0, result.stdout
    assert "error:" not in result.stdout, result.stdout  # a file it cannot read does not change its exit status


@pytest.mark.parametrize(
    "source",
    [
        "from __future__ import annotations\n",
        "if (n := 3) > 2:\n    pass\n",
        "import dataclasses\n",
        "import time\nnow = time.perf_counter_ns()\n",
        "import subprocess\nsubprocess.run(['true'], capture_output=True)\n",
        "def f(a, /):\n    return f'{a=}'\n",
    ],
)
def test_something_too_new_for_a_guest_is_caught(source: str, tmp_path: Path) -> None:
    file = tmp_path / "guest.py"
    file.write_text(source)
    assert vermin(file).returncode == 1


def test_the_apps_process_loads_no_framework_and_lenet_no_streamlit() -> None:
    names = parent_modules()
    assert {"lenet.catalog", "lenet.store.store", "lenet.bench.service", "lenet.cli.main"} <= set(names)
    result = probe(names)
    assert (result.returncode, result.stdout) == (0, f"{len(names)}\n"), result.stderr


def test_a_framework_loaded_behind_ones_back_is_caught(tmp_path: Path) -> None:
    (tmp_path / "tensorflow.py").touch()
    (tmp_path / "between.py").write_text("import tensorflow\n")
    (tmp_path / "innocent.py").write_text("import between\n")
    result = probe(["json", "innocent", "io"], tmp_path)
    assert (result.returncode, result.stderr) == (1, "importing innocent loads tensorflow\n")
    assert probe(["json", "io"], tmp_path).stdout == "2\n"
