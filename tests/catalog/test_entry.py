"""How an entry and a label are written: read and written in one place, the same text both ways."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator

import pytest

from lenet import catalog
from lenet.catalog.entry import Entry, is_plain
from lenet.errors import BadInput
from tests.helpers.places import ROOT

WRITTEN = {
    "keras_fit": Entry("keras_fit"),
    "keras_fit~2": Entry("keras_fit", copy=2),
    "keras_fit~12": Entry("keras_fit", copy=12),
    "keras_fit@tf216": Entry("keras_fit", "tf216"),
    "keras_fit@keras-3.1_a": Entry("keras_fit", "keras-3.1_a"),
    "keras_fit+batch_size=8": Entry("keras_fit", own=(("batch_size", "8"),)),
    "keras_fit+threads=1+batch_size=8~3": Entry("keras_fit", own=(("threads", "1"), ("batch_size", "8")), copy=3),
    "keras_fit@a+batch_size=8@b=c": Entry("keras_fit", "a", (("batch_size", "8@b=c"),)),
    "keras_fit@a+batch_size=": Entry("keras_fit", "a", (("batch_size", ""),)),
    "slower_5%": Entry("slower_5%"),
    "../x y": Entry("../x y"),
    "": Entry(""),
}
CUTTERS = ("partition", "rpartition", "split", "rsplit", "index", "find", "rfind", "startswith", "endswith")
MARK = re.compile(r"[@+~]([a-z_]+=)?")
"""What begins a part of an entry: `@`, `+`, `+batch_size=`, `~`."""
CLASS = re.compile(r"\[\^?[@+~]{2,}\]")
"""A regular expression's set of such characters."""
OF_SOMETHING_ELSE = {"lenet/stacks/status.py": ".partition('+')"}
"""By file what ends the code that may stand there: a package's version has a local part (2.4.0+cpu)."""


@pytest.mark.parametrize("text", WRITTEN)
def test_an_entry_is_read_as_it_is_meant_and_written_as_it_was_read(text: str) -> None:
    assert Entry.parse(text) == WRITTEN[text] and str(WRITTEN[text]) == text


def test_every_entry_of_the_catalogue_is_written_as_it_was_read() -> None:
    raced = [entry for ladder in catalog.LADDERS.values() for entry in ladder.in_stack("old").entries]
    labels = catalog.labels([*catalog.VARIANTS, *catalog.RUNGS, *raced, *raced, *raced])
    assert [str(Entry.parse(label)) for label in labels] == labels and len(set(labels)) == len(labels)


@pytest.mark.parametrize("text", ["@", "a@", "a~", "a~1", "a~0", "a~02", "a~b", "a~2~2", "a~2+batch_size=8", "a~2@b"])
def test_what_is_not_written_as_an_entry_is_one_sentence(text: str) -> None:
    with pytest.raises(BadInput, match=re.escape(f"There is no variant {text!r}; write name@stack+setting=value")):
        Entry.parse(text)
    assert catalog.title(text) == text and catalog.of_label(text) is None


def test_a_label_tells_its_entry_and_its_program() -> None:
    label = Entry.parse("keras_fit@tf216+batch_size=8~2")
    assert str(label.without_copy) == "keras_fit@tf216+batch_size=8"
    assert str(label.without_settings) == "keras_fit@tf216"
    assert str(label.nth(3)) == "keras_fit@tf216+batch_size=8~3" and label.nth(1) == label.without_copy
    assert str(label.in_stack("old")) == "keras_fit@old+batch_size=8~2"
    assert str(label.having({"threads": 1})) == "keras_fit@tf216+batch_size=8+threads=1~2"


def test_an_entry_from_elsewhere_is_made_of_names() -> None:
    assert is_plain("keras_fit@tf-2.16+batch_size=8+allocator=steady") and is_plain("gone")
    for text in ("", "keras_fit~2", "keras_fit\n", "a/b", "keras_fit@../x", "kéras", "a+b=c d", "x" * 101):
        assert not is_plain(text)


# No other module cuts or builds what is written so


def meddling(source: str) -> Iterator[str]:
    """Code that takes an entry's text apart, or puts one together."""
    for node in ast.walk(ast.parse(source)):
        if _cuts(node) or _builds(node):
            yield ast.unparse(node)


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _cuts(node: ast.AST) -> bool:
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
        return bool(MARK.fullmatch(_text(node.left)))
    if isinstance(node, ast.Call) and node.args:
        asked, method = _text(node.args[0]), ast.unparse(node.func).rpartition(".")[2]
        return bool(method in CUTTERS and MARK.fullmatch(asked) or CLASS.search(asked))
    return False


def _builds(node: ast.AST) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(_joins(left, right) for left, right in itertools.pairwise(node.values))
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and _joins(node.left, node.right)


def _joins(left: ast.AST, right: ast.AST) -> bool:
    """Whether one of the two is a part of an entry that begins where the other ends."""
    return bool(re.search(f"{MARK.pattern}$", _text(left)) or MARK.match(_text(right)))


def sources() -> dict[str, str]:
    """The text of every file that may meet an entry, by its place; the worker and the variants know none."""
    files = (file for folder in ("lenet", "pages", "audit") for file in sorted(ROOT.glob(f"{folder}/**/*.py")))
    texts = {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in files}
    return {place: text for place, text in texts.items() if not place.startswith(("lenet/worker/", "lenet/variants/"))}


def test_one_module_reads_and_writes_entries() -> None:
    found = {place: list(meddling(text)) for place, text in sources().items()}
    assert found.pop("lenet/catalog/entry.py")
    for place, end in OF_SOMETHING_ELSE.items():
        assert all(code.endswith(end) for code in found.pop(place))
    assert {place: codes for place, codes in found.items() if codes} == {}


@pytest.mark.parametrize(
    "code",
    [
        "name = label.partition('~')[0]",
        "parts = entry.split('+')[1:]",
        "name, _, rest = entry.partition('+batch_size=')",
        "first = [label for label in labels if '~' not in label]",
        "name = re.split(r'[@+~]', label)[0]",
        "copy = f'{start}~2'",
        "folder = place / f'{variant.name}@{variant.stack}'",
        "own = f'{name}+batch_size={size}'",
        "after = 'keras_fit' + '+allocator=steady'",
        "after = name + '+allocator=' + kind",
    ],
)
def test_a_module_that_reads_or_writes_one_itself_is_caught(code: str) -> None:
    assert list(meddling(code))


@pytest.mark.parametrize("code", ["f'{title} @ {stack}'", "f'{share:+.1f} %'", "a + b", "'x' in label", "f'{a} + {b}'"])
def test_other_code_is_not(code: str) -> None:
    assert not list(meddling(code))
