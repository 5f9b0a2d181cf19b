"""The two sides of a guard: programs of one name in two folders, or one program in two stacks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lenet import catalog
from lenet.catalog import folders, own
from lenet.catalog.sides import ENDING, Both, Sides
from lenet.errors import BadInput

PROGRAM = 'VARIANT = {{"title": "{title}", "packages": ["numpy"]}}\nfrom lenet.variants.numpy_reference import LeNet\n'


@pytest.fixture
def new(tmp_path: Path) -> Iterator[Path]:
    """The folder of the new side, beside one of the base that has other texts; both are looked into."""
    for side, names in (("base", ("both", "gone")), ("new", ("both", "added"))):
        (tmp_path / side).mkdir()
        for name in names:
            (tmp_path / side / f"{name}.py").write_text(PROGRAM.format(title=f"{name} of {side}"), "utf-8")
    with ExitStack() as looking:
        looking.enter_context(folders.also_from([str(tmp_path / "new")]))
        looking.enter_context(folders.set_apart(str(tmp_path / "base"), ENDING))
        yield tmp_path / "new"


def test_programs_of_one_name_are_told_apart(new: Path) -> None:
    before, after = catalog.variant("both_base"), catalog.variant("both")
    assert (before.file.parent.name, after.file.parent.name) == ("base", "new")
    assert (before.title, after.title) == ("both of base (base)", "both of new")
    assert before.module == after.module == "both" and before.source_hash() != after.source_hash()
    assert not before.mistake() and not after.mistake() and own.faults() == []
    assert [*own.recorded(["both", "both_base"])["programs"]] == ["both", "both_base"]


def test_a_long_title_stays_one(new: Path) -> None:
    (new.parent / "base" / "both.py").write_text(PROGRAM.format(title="x" * own.LONGEST_TITLE), "utf-8")
    title = catalog.variant("both_base").title
    assert len(title) == own.LONGEST_TITLE and title.endswith("x (base)")
    assert own.programs_of({"programs": {"both_base": {"title": title, "files": {}}}})


def test_both_are_gone_afterwards(tmp_path: Path) -> None:
    before = os.environ.get("LENET_VARIANTS")
    (tmp_path / "it.py").write_text(PROGRAM.format(title="It"), "utf-8")
    with folders.set_apart(str(tmp_path), ENDING):
        assert own.find("it_base") and not own.find("it")
    assert not own.find("it_base") and os.environ.get("LENET_VARIANTS") == before
    with folders.also_from([str(tmp_path)]):
        assert own.find("it") and not own.find("it_base")
    with pytest.raises(BadInput, match="There is no folder"), folders.set_apart(str(tmp_path / "gone"), ENDING):
        pass


def test_all_that_both_sides_have_is_guarded_and_the_rest_is_named(new: Path) -> None:
    found, left_out = Sides(new_folder=new).of(())
    assert found == [Both("both", "both_base", "both")]
    assert sorted(left_out) == [
        "added is left out, for only the new side has it.", "gone is left out, for only the base side has it.",
    ]  # fmt: skip
    assert Sides("tf216", "main", new).of(["both+batch_size=8"])[0] == [
        Both("both+batch_size=8", "both_base@tf216+batch_size=8", "both@main+batch_size=8")
    ]


def test_one_program_in_two_stacks() -> None:
    assert Sides(new_stack="tf216").of(["keras_fit"]) == ([Both("keras_fit", "keras_fit", "keras_fit@tf216")], [])


@pytest.mark.parametrize(
    ("sides", "names", "sentence"),
    [
        (Sides(), ["keras_fit"], "Both sides of keras_fit are the same; name a stack"),
        (Sides("main", "main"), ["keras_fit"], "Both sides of keras_fit are the same"),
        (Sides("main", "tf216"), ["keras_fti"], "There is no variant 'keras_fti'; did you mean 'keras_fit'?"),
        (Sides("main", "tf216"), [], "Name the variants to guard, such as --variants keras_fit,jax_jit."),
    ],
)
def test_what_cannot_be_two_sides_is_refused(sides: Sides, names: list[str], sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        sides.of(names)
    assert str(refused.value).startswith(sentence)


def test_in_folders_too(new: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="There is no variant 'typo'"):
        Sides(new_folder=new).of(["typo"])
    with pytest.raises(BadInput, match="Both sides of keras_fit are the same"):
        Sides(new_folder=new).of(["keras_fit"])
