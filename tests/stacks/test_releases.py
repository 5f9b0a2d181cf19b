"""Which releases are meant, as a real pip finds them in a folder of wheels."""

from __future__ import annotations

from pathlib import Path

import pytest

from lenet.errors import BadInput, LeNetError, Unavailable, Unreachable
from lenet.stacks import releases
from tests.helpers import wheels

OFFLINE = "WARNING: Retrying ... NewConnectionError ...\nERROR: No matching distribution found for planted\n"
NO_PIP = "/usr/bin/python3: No module named pip\n"
ODD = "ERROR: pip is on strike\n"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = ("0.9", "1.0", "1.0.1", "1.1rc1", "1.1", "1.10", "2.0rc1", "1.1+cpu")
    wheels.write(tmp_path / "wheels", "planted", dict.fromkeys(there, ""))
    wheels.only_from(tmp_path / "wheels", monkeypatch)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1.0..1.10", ("1.0", "1.0.1", "1.1", "1.10")),
        ("1..3", ("1.0", "1.0.1", "1.1", "1.10")),
        ("1.1rc1 .. 1.10", ("1.1rc1", "1.1", "1.10")),
        ("1.10..2.0rc1", ("1.10", "2.0rc1")),
    ],
)
def test_between_two_are_all_that_pip_finds(index: None, text: str, found: tuple[str, ...]) -> None:
    assert releases.named("planted", text) == found


def test_a_list_is_taken_as_it_stands_in_the_order_of_releases() -> None:
    assert releases.named("planted", "1.10, 1.2,1.9rc1,1.2") == ("1.2", "1.9rc1", "1.10")


@pytest.mark.parametrize(
    ("package", "text", "sentence"),
    [
        ("--index-url=x", "1..2", "is no package"),
        ("planted", "1..2..3", "names no releases"),
        ("planted", "1..", "'' is no release"),
        ("planted", "new,old", "'new' is no release"),
        ("planted", "2..1", "2 comes after 1; name the older release first: 1..2"),
        ("planted", "1.0", "has 1 release of planted, and two at least are needed"),
        ("planted", "1.0,1.0.0", "has 1 release of planted"),
        ("planted", "", "has 0 releases of planted"),
    ],
)
def test_what_names_no_two_releases_is_one_sentence(package: str, text: str, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        releases.named(package, text)


def test_a_package_that_pip_does_not_find_is_said(index: None) -> None:
    with pytest.raises(BadInput, match="pip finds no release of 'missing'"):
        releases.named("missing", "1..2")


@pytest.mark.parametrize(
    ("said", "kind", "sentence"),
    [
        (OFFLINE, Unreachable, "check the network"),
        (NO_PIP, Unavailable, "has no pip"),
        (ODD, LeNetError, "pip is on strike"),
    ],
)
def test_why_pip_says_nothing_is_told_apart(
    monkeypatch: pytest.MonkeyPatch, said: str, kind: type[LeNetError], sentence: str
) -> None:
    monkeypatch.setattr(releases, "_asked", lambda command: said)
    with pytest.raises(kind, match=sentence):
        releases.named("planted", "1..2")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("3.10", "3.10.0", True), ("2.13.0", "2.13.0+cpu", True), ("1.0", "1.0.1", False), ("odd", "odd", True)],
)
def test_two_spellings_of_a_release_are_the_same(one: str, other: str, same: bool) -> None:
    assert releases.same(one, other) is same
