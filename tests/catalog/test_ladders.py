"""The ladders: every state exists, every rung is a small diff of its parent, and every rung computes the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lenet import catalog
from lenet.catalog import Ladder, Variant
from lenet.settings import Settings
from tests.variants.test_contract import OWNS_LOOP, STEPS, code_lines, lenet_class, prints, wrong_imports

FOLDER = catalog.VARIANTS_FOLDER / "rungs"
MOST_LINES = 40
"""Of code, in one rung: the one thing it changes, not a program."""
VERBS = {**STEPS, **OWNS_LOOP}
TITLE = re.compile(r"[A-Z].+\.", re.DOTALL)
EFFECT = re.compile(r"^Expected: \S", re.MULTILINE)
SOURCE = re.compile(r"\bSource: \S|[\w-]+/[\w/.-]*\w|https://|(\w+\.){2}\w")


def read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def modules(tree: ast.Module) -> dict[str, str]:
    """What names that a rung's file imports stand for: 'Parent' for 'lenet.variants.keras_fit.LeNet'."""
    found = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("lenet.variants"):
            found.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return found


def parent(source: str) -> str | None:
    """The module whose `LeNet` a source's `LeNet` is one more of; None when it stands on its own."""
    tree = ast.parse(source)
    node = lenet_class(tree)
    if node is None or len(node.bases) != 1:
        return None
    name, _, attribute = ast.unparse(node.bases[0]).partition(".")
    full = modules(tree).get(name, "") + (f".{attribute}" if attribute else "")
    return full.removesuffix(".LeNet") if full.startswith("lenet.") and full.endswith(".LeNet") else None


def file_of(module: str) -> Path:
    return catalog.VARIANTS_FOLDER.parents[1] / (module.replace(".", "/") + ".py")


def line(file: Path) -> list[Path]:
    """A rung's file, its parent's, and so on to the variant that all of it stands on."""
    above = parent(read(file))
    return [file] if above is None else [file, *line(file_of(above))]


def methods(source: str) -> dict[str, str]:
    """The methods of its `LeNet`, each with its arguments."""
    node = lenet_class(ast.parse(source))
    return {n.name: ast.unparse(n.args) for n in node.body if isinstance(n, ast.FunctionDef)} if node else {}


def attributes(source: str) -> set[str]:
    """What its `LeNet` sets in its own body."""
    node = lenet_class(ast.parse(source))
    targets = [target for n in node.body if isinstance(n, ast.Assign) for target in n.targets] if node else []
    return {ast.unparse(target) for target in targets}


def wrong_methods(source: str) -> list[str]:
    """Public methods that are no verb, or a verb with other arguments."""
    public = {name: given for name, given in methods(source).items() if not name.startswith("_") or name == "__init__"}
    return [f"{name}({given})" for name, given in public.items() if given.split(", ") != VERBS.get(name)]


def breaches(source: str, rung: Variant) -> list[str]:
    """Every way in which a rung's source breaks the rules; none is an empty list."""
    tree = ast.parse(source)
    said = ast.get_docstring(tree) or ""
    checks = {
        "no parent": parent(source) is None,
        "says not what it changes": not TITLE.match(said),
        "expects no effect": not EFFECT.search(said),
        "names no source": not SOURCE.search(said),
        "no docstring of its class": not (lenet_class(tree) and ast.get_docstring(lenet_class(tree) or tree)),
        "changes nothing": not methods(source) and not attributes(source),
        f"{code_lines(source)} lines of code": code_lines(source) > MOST_LINES,
    }
    found = [breach for breach, broken in checks.items() if broken]
    return found + wrong_methods(source) + wrong_imports(tree, rung) + prints(tree)


def states(ladder: Ladder) -> Iterator[Variant]:
    return (catalog.variant(entry) for entry in ladder.entries)


def test_every_file_is_listed_and_every_entry_has_a_file() -> None:
    files = {file.resolve() for file in FOLDER.glob("*.py") if file.name != "__init__.py"}
    assert files == {rung.file.resolve() for rung in catalog.RUNGS.values()}
    assert len(files) == len(catalog.RUNGS) > 20
    assert not set(catalog.RUNGS) & set(catalog.VARIANTS)


@pytest.mark.parametrize("rung", catalog.RUNGS.values(), ids=lambda rung: rung.name)
def test_a_rung_is_a_small_diff_of_its_parent_and_says_what_it_changes(rung: Variant) -> None:
    assert breaches(read(rung.file), rung) == []
    assert rung.rung and rung.title and rung.name == rung.file.stem


@pytest.mark.parametrize("rung", catalog.RUNGS.values(), ids=lambda rung: rung.name)
def test_a_rung_has_the_verbs_its_entry_says_and_stands_on_a_variant(rung: Variant) -> None:
    files = line(rung.file)
    has = {name for file in files for name in methods(read(file))}
    assert ("fit" if rung.owns_loop else "step") in has
    assert {"__init__", "wait", "weights", "facts"} <= has
    assert files[-1].resolve() in {variant.file.resolve() for variant in catalog.VARIANTS.values()}


def test_every_rung_is_on_a_ladder() -> None:
    climbed = {state.name for ladder in catalog.LADDERS.values() for state in states(ladder)}
    assert set(catalog.RUNGS) <= climbed


@pytest.mark.parametrize("ladder", catalog.LADDERS.values(), ids=lambda ladder: ladder.name)
def test_a_ladder_can_be_climbed(ladder: Ladder) -> None:
    assert not catalog.variant(ladder.start).rung and ladder.title and ladder.changes
    assert len({state.stack for state in states(ladder)}) == 1
    for entry in ladder.entries:
        catalog.settings_of(entry, Settings.parse(ladder.settings))
    titles = [change.title for change in ladder.changes]
    assert len(set(titles)) == len(titles) and max(map(len, titles)) <= 30


@pytest.mark.parametrize("ladder", catalog.LADDERS.values(), ids=lambda ladder: ladder.name)
def test_both_walks_meet_at_the_ends_and_nowhere_else(ladder: Ladder) -> None:
    forward, backward = ladder.forward(), ladder.backward()
    assert (forward[0], forward[-1]) == (ladder.start, ladder.end) and len(set(forward)) == len(forward)
    if backward is None:
        assert not any(change.without for change in ladder.changes)
    else:
        assert (backward[0], backward[-1]) == (ladder.end, ladder.start)
        assert len(backward) == len(forward) and set(forward) & set(backward) == {ladder.start, ladder.end}


def test_the_two_programs_of_the_issue_are_the_ends_of_a_ladder_in_both_directions() -> None:
    walked = {(ladder.start, ladder.end) for ladder in catalog.LADDERS.values() if ladder.backward()}
    assert {
        ("keras_fit", "tensorflow_function"),
        ("keras2_fit", "tensorflow1_graph"),
        ("keras_torch", "pytorch_eager"),
        ("keras_jax", "jax_jit"),
    } <= walked


GOOD = '''"""PyTorch, silent: says nothing.

Expected: nothing.
Source: torch/optim/sgd.py.
"""

from lenet.variants.pytorch_eager import LeNet as Parent


class LeNet(Parent):
    """Silent."""

    def step(self, images, labels):
        return super().step(images, labels)
'''
RUNG = catalog.VARIANTS["pytorch_eager"].as_rung("pytorch_silent", "PyTorch, silent")


@pytest.mark.parametrize(
    "source",
    [
        GOOD,
        GOOD.replace("nothing.\nSource: torch/optim/sgd.py.", "nothing (pytorch/pytorch #45408)."),
        GOOD.replace("nothing.\nSource: torch/optim/sgd.py.", "nothing (torch.nn.CrossEntropyLoss)."),
        GOOD.replace("def step(self, images, labels):\n        return super().step(images, labels)", "network = None"),
    ],
)
def test_a_good_rung_has_no_breach(source: str) -> None:
    assert breaches(source, RUNG) == []
    assert parent(source) == "lenet.variants.pytorch_eager"


@pytest.mark.parametrize(
    ("old", "new", "breach"),
    [
        ("class LeNet(Parent)", "class LeNet", "no parent"),
        ("class LeNet(Parent)", "class LeNet(object)", "no parent"),
        (
            "from lenet.variants.pytorch_eager import LeNet as Parent",
            "from torch.nn import Module as Parent",
            "no parent",
        ),
        ("Expected: nothing.\n", "", "expects no effect"),
        ("Source: torch/optim/sgd.py.", "Somebody said so.", "names no source"),
        ('    """Silent."""\n', "", "no docstring of its class"),
        ("    def step(self, images, labels):\n        return super().step(images, labels)\n", "", "changes nothing"),
        ("        return super", "        images = 0\n" * 40 + "        return super", "44 lines of code"),
        ("(self, images, labels):", "(self, images):", "step(self, images)"),
        ("def step(self, images, labels)", "def quick(self)", "quick(self)"),
        ("from lenet", "import keras\nfrom lenet", "imports keras"),
        ("return super", "return print(images) or super", "prints"),
    ],
)
def test_a_breach_is_caught(old: str, new: str, breach: str) -> None:
    assert old in GOOD
    assert breach in breaches(GOOD.replace(old, new, 1), RUNG)


def test_a_parent_is_found_by_its_module_too() -> None:
    by_module = GOOD.replace("from lenet.variants.pytorch_eager import LeNet as Parent", "from lenet.variants import x")
    assert parent(by_module.replace("(Parent)", "(x.LeNet)")) == "lenet.variants.x"
    assert parent(by_module.replace("(Parent)", "(y.LeNet)")) is None
