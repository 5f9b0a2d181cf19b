"""The contract of a variant, over the whole catalogue and without importing any of them."""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from importlib import metadata

import pytest

from lenet import catalog
from lenet.analysis.steady import RESUME_DROP, WARMUP
from lenet.catalog import Variant

STEPS = {
    "__init__": ["self", "weights", "settings"],
    "step": ["self", "images", "labels"],
    "wait": ["self", "loss"],
    "weights": ["self"],
    "facts": ["self"],
}
OWNS_LOOP = {name: arguments for name, arguments in STEPS.items() if name != "step"} | {
    "fit": ["self", "images", "labels", "epochs", "tick", "epoch_end"]
}
MOST_LINES = 60
"""One slide. Blank lines, comments and docstrings are not counted: nobody should save on those."""
NOT_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def docstrings(tree: ast.Module) -> set[int]:
    """The lines that docstrings stand on."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node):
            first = node.body[0]
            lines.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return lines


def code_lines(source: str) -> int:
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NOT_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - docstrings(ast.parse(source)))


def imported(tree: ast.Module) -> set[str]:
    """Top-level packages that are imported, at whatever depth."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").partition(".")[0])
    return names


def lenet_class(tree: ast.Module) -> ast.ClassDef | None:
    return next((n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "LeNet"), None)


def wrong_verbs(tree: ast.Module, expected: dict[str, list[str]]) -> list[str]:
    """Where the class differs from the verbs: one that is missing, one too many, other arguments."""
    found = lenet_class(tree)
    if found is None:
        return ["no class LeNet"]
    verbs = {n.name: ast.unparse(n.args).split(", ") for n in found.body if isinstance(n, ast.FunctionDef)}
    public = {name for name in verbs if not name.startswith("_") or name == "__init__"}
    missing = [f"no {name}" for name in expected if name not in public]
    extra = [f"{name} is no verb" for name in sorted(public - set(expected))]
    other = [f"{name} takes {verbs[name]}" for name in expected if name in public and verbs[name] != expected[name]]
    return missing + extra + other


def wrong_imports(tree: ast.Module, variant: Variant) -> list[str]:
    allowed = set(sys.stdlib_module_names) | set(variant.packages) | {"numpy", "lenet"}
    return [f"imports {name}" for name in sorted(imported(tree) - allowed)]


def wrong_name(stem: str) -> list[str]:
    """A file called like a package would be imported in its place when its folder comes first on the path."""
    taken = stem in sys.stdlib_module_names or stem in metadata.packages_distributions()
    return [f"{stem} is the name of a package"] if taken else []


def prints(tree: ast.Module) -> list[str]:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return ["prints" for call in calls if ast.unparse(call.func) in {"print", "sys.stdout.write"}]


def breaches(source: str, variant: Variant) -> list[str]:
    """Every way in which a source breaks the contract; none is an empty list."""
    tree = ast.parse(source)
    found = wrong_verbs(tree, OWNS_LOOP if variant.owns_loop else STEPS)
    found += wrong_imports(tree, variant) + wrong_name(variant.file.stem) + prints(tree)
    if code_lines(source) > MOST_LINES:
        found.append(f"{code_lines(source)} lines of code")
    node = lenet_class(tree)
    if not ast.get_docstring(tree) or (node and not ast.get_docstring(node)):
        found.append("no docstring")
    return found


def test_every_file_is_listed_and_every_entry_has_a_file() -> None:
    files = {file.resolve() for file in catalog.VARIANTS_FOLDER.glob("*.py") if file.name != "__init__.py"}
    listed = {variant.file.resolve() for variant in catalog.VARIANTS.values()}
    assert files == listed and len(listed) == len(catalog.VARIANTS)


@pytest.mark.parametrize("variant", catalog.VARIANTS.values(), ids=lambda variant: variant.name)
def test_a_variant_keeps_the_contract(variant: Variant) -> None:
    assert breaches(variant.file.read_text(encoding="utf-8"), variant) == []
    assert variant.packages and variant.title and variant.name == variant.file.stem


@pytest.mark.parametrize("variant", catalog.VARIANTS.values(), ids=lambda variant: variant.name)
def test_facts_say_what_is_in_force(variant: Variant) -> None:
    node = lenet_class(ast.parse(variant.file.read_text(encoding="utf-8")))
    assert node
    facts = next(n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "facts")
    named = {n.value for n in ast.walk(facts) if isinstance(n, ast.Constant)} | {
        n.arg for n in ast.walk(facts) if isinstance(n, ast.keyword)
    }
    assert {"device", "threads", "jit", "layout", "dtype"} <= named


@pytest.mark.parametrize("variant", catalog.VARIANTS.values(), ids=lambda variant: variant.name)
def test_what_does_not_count_ends_with_a_call(variant: Variant) -> None:
    """Else some batches that count would have a share of a cold call's time."""
    assert WARMUP % variant.batches_per_call == RESUME_DROP % variant.batches_per_call == 0
    assert variant.batches_per_call == 1 or (variant.owns_loop and not variant.shuffles)


GOOD = '''"""A variant."""
import torch


class LeNet:
    """A LeNet."""

    def __init__(self, weights, settings):
        self.w = weights

    def step(self, images, labels):
        return 0

    def wait(self, loss):
        return float(loss)

    def weights(self):
        return self.w

    def facts(self):
        return {}

    def _inner(self):
        pass
'''
TORCH = Variant("torch_eager", "PyTorch bare loop", ("torch",))


def test_a_good_source_has_no_breach() -> None:
    assert breaches(GOOD, TORCH) == []


@pytest.mark.parametrize(
    ("old", "new", "breach"),
    [
        ("class LeNet", "class Net", "no class LeNet"),
        ("def wait(self, loss)", "def _wait(self, loss)", "no wait"),
        ("def step(self, images, labels)", "def step(self, x, y)", "step takes ['self', 'x', 'y']"),
        ("def wait(self, loss)", "def wait(self, loss=None)", "wait takes ['self', 'loss=None']"),
        ("def _inner(self)", "def evaluate(self)", "evaluate is no verb"),
        ("def step(self, images, labels)", "def fit(self, images, labels, epochs, tick, epoch_end)", "no step"),
        ("import torch", "import torch, keras", "imports keras"),
        ("        return 0", "        import jax.numpy\n        return 0", "imports jax"),
        ("import torch", "from tensorflow import nn", "imports tensorflow"),
        ("        return 0", "        print(1)\n        return 0", "prints"),
        ('"""A variant."""', "", "no docstring"),
        ('    """A LeNet."""', "", "no docstring"),
        ("        pass", "        pass\n" * 50, "63 lines of code"),
    ],
)
def test_a_breach_is_caught(old: str, new: str, breach: str) -> None:
    assert old in GOOD
    assert breach in breaches(GOOD.replace(old, new), TORCH)


def test_comments_docstrings_and_blank_lines_are_no_lines_of_code() -> None:
    longer = GOOD.replace("        return 0", "        # A reason.\n\n        return 0").replace(
        '"""A LeNet."""', '"""A LeNet.\n\n    More of it.\n    """'
    )
    assert code_lines(longer) == code_lines(GOOD) == 14
    assert code_lines('"""Doc."""\nx = """\n\n"""\n') == 3


@pytest.mark.parametrize("stem", ["torch", "json", "numpy", "keras"])
def test_a_file_named_like_a_package_is_caught(stem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "packages_distributions", lambda: {"torch": ["torch"], "numpy": [], "keras": []})
    assert breaches(GOOD, Variant(stem, "", ("torch",))) == [f"{stem} is the name of a package"]


def test_a_variant_that_owns_its_loop_has_fit_and_no_step() -> None:
    owner = Variant("torch_fit", "PyTorch fit", ("torch",), owns_loop=True)
    assert "no fit" in breaches(GOOD, owner) and "step is no verb" in breaches(GOOD, owner)
    fit = GOOD.replace("def step(self, images, labels)", "def fit(self, images, labels, epochs, tick, epoch_end)")
    assert breaches(fit, owner) == []
