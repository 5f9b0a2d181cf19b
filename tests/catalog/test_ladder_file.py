"""A ladder of one's own: what a file may say, and one sentence for each mistake in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lenet import catalog
from lenet.catalog import Change, Ladder, ladder_file
from lenet.errors import BadInput

GOOD = """
title = "Three steps"
start = "keras_fit"

[settings]
batch_size = 16

[[changes]]
title = "One"
after = "keras_lean"
without = "keras_xla"

[[changes]]
title = "Two"
after = "tensorflow_function@main+allocator=steady"
"""
HEAD = 'title = "T"\nstart = "keras_fit"\n'
TO_GRAPH = '[[changes]]\ntitle = "A"\nafter = "tensorflow_graph"\n'
SHIPPED = Ladder("shipped", "Shipped", "keras_fit", (Change("One", "tensorflow_function"),))


@pytest.fixture(autouse=True)
def shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The only ladder that ships."""
    monkeypatch.setattr(catalog, "LADDERS", {"shipped": SHIPPED})


def test_a_file_is_a_ladder(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(GOOD)
    ladder = ladder_file.named([str(file)])
    assert (ladder.name, ladder.title, ladder.settings) == ("mine", "Three steps", {"batch_size": 16})
    assert ladder.forward() == ["keras_fit", "keras_lean", "tensorflow_function@main+allocator=steady"]
    assert ladder.backward() == ["tensorflow_function@main+allocator=steady", "keras_xla", "keras_fit"]


def test_a_ladder_goes_by_its_name_or_its_ends() -> None:
    assert ladder_file.named(["shipped"]) is ladder_file.named(["keras_fit", "tensorflow_function"]) is SHIPPED


def test_a_ladder_can_be_raced_in_another_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    changes = (Change("One", "tensorflow_eager+allocator=steady", "keras_xla"), Change("Two", "tensorflow_function"))
    two = Ladder("two", "Two steps", "keras_fit", changes, {"batch_size": 8})
    monkeypatch.setattr(catalog, "LADDERS", {"two": two})
    there = ladder_file.named(["two@tf216"])
    assert there.entries == [
        "keras_fit@tf216",
        "tensorflow_eager@tf216+allocator=steady",
        "tensorflow_function@tf216",
        "keras_xla@tf216",
    ]
    assert (there.name, there.title, there.settings) == ("two@tf216", "Two steps @ tf216", {"batch_size": 8})
    assert ladder_file.named(["keras_fit@tf216", "tensorflow_function@tf216"]) == there
    for other in ("tensorflow_function", "tensorflow_function@main"):
        with pytest.raises(BadInput, match="There is no ladder from keras_fit@tf216 to"):
            ladder_file.named(["keras_fit@tf216", other])
    one_way = Ladder("one", "", "keras_fit", (Change("One", "keras_lean"), Change("Two", "tensorflow_graph")))
    assert one_way.in_stack("tf216").backward() is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "Name a ladder, its two ends, or a TOML file"),
        (["a", "b", "c"], "Name a ladder, its two ends, or a TOML file"),
        (["nowhere"], "There is no ladder 'nowhere'; the ladders are shipped."),
        (["keras_fti", "keras_fit"], "There is no variant 'keras_fti'; did you mean 'keras_fit'?"),
        (["keras_fit", "keras_lean"], "There is no ladder from keras_fit to keras_lean;"),
        (["tensorflow_function", "keras_fit"], "The ladder goes the other way: from keras_fit to tensorflow_function."),
        (["missing.toml"], "missing.toml cannot be read (No such file or directory);"),
    ],
)
def test_a_ladder_that_is_not_there_is_one_sentence(words: list[str], says: str) -> None:
    with pytest.raises(BadInput) as error:
        ladder_file.named(words)
    assert str(error.value).startswith(says) and str(error.value).count("\n") == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title = ", "mine: it is not TOML (invalid value (at end of document))."),
        ("", "mine: it needs at least one [[changes]]"),
        (HEAD, "mine: it needs at least one [[changes]]"),
        (HEAD + "changes = []", "mine: it needs at least one [[changes]]"),
        (HEAD + 'changes = ["keras_lean"]', "mine: change 1 must be a table"),
        (HEAD + "color = 1\n" + TO_GRAPH, "mine: the file has 'color', which means nothing here;"),
        ('title = "T"\n' + TO_GRAPH, 'mine: the file needs start = "..." with some text.'),
        ('title = ""\nstart = "keras_fit"\n' + TO_GRAPH, 'mine: the file needs title = "..." with some text.'),
        (HEAD + '[[changes]]\ntitle = "A"', 'mine: change 1 needs after = "..." with some text.'),
        (HEAD + TO_GRAPH + "before = 3", "mine: change 1 has 'before', which means nothing here;"),
        (HEAD + TO_GRAPH + "without = 3", 'mine: change 1 needs without = "..." with some text.'),
        (HEAD.replace("fit", "fti") + TO_GRAPH, "mine: There is no variant 'keras_fti'; did you mean 'keras_fit'?"),
        (HEAD + TO_GRAPH.replace("graph", "grahp"), "mine: There is no variant 'tensorflow_grahp'; did you mean"),
        (HEAD + TO_GRAPH.replace("graph", "graph+rounds=2"), "mine: 'tensorflow_graph+rounds=2': 'rounds=2' is no"),
        (HEAD + "settings = 3\n" + TO_GRAPH, "mine: settings must be a table"),
        (HEAD + "[settings]\nsize = 3\n" + TO_GRAPH, "mine: [settings] has 'size', which means nothing here;"),
        (HEAD + TO_GRAPH + 'without = "keras_lean"', "mine: the last change needs no `without`"),
        (HEAD + TO_GRAPH + TO_GRAPH, "mine: 'tensorflow_graph' stands there twice;"),
        (HEAD + TO_GRAPH.replace("tensorflow_graph", "keras_fit"), "mine: 'keras_fit' stands there twice;"),
        (
            HEAD + TO_GRAPH + 'without = "keras_xla"\n' + TO_GRAPH.replace("_graph", "_xla")
            + TO_GRAPH.replace("_graph", "_eager"),
            "mine: `without` stands at some changes only;",
        ),
    ],
)  # fmt: skip
def test_each_mistake_in_a_file_is_one_sentence(text: str, says: str) -> None:
    with pytest.raises(BadInput) as error:
        ladder_file.parse(text, "mine", "mine")
    assert str(error.value).startswith(says) and str(error.value).count("\n") == 0


def test_a_file_that_is_no_text_is_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="is not text in UTF-8"):
        ladder_file.read(file)
