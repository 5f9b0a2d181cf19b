"""A bisection's state is what is stored: it reads its own races there, goes on from them, and believes no others."""

from __future__ import annotations

import dataclasses
import json
import socket
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from lenet.analysis.bisect import Answer, Found, Race, Same
from lenet.bench import bisect
from lenet.bench.bisect import Asked, Bisection
from lenet.errors import BadInput
from lenet.home import Home
from lenet.records import Request
from lenet.stacks import own_stacks, release_stacks
from lenet.stacks.place import Place
from lenet.store import Store
from lenet.views import bisection as views
from tests.helpers import stored

RELEASES = ("2.0.0", "2.0.1", "2.1.0", "2.2.0", "2.3.0", "2.4.0")
VALUES = {"rounds": 4, "threads": 1, "images_per_epoch": 32 * stored.BATCHES}
ASKED = Asked("numpy", RELEASES, "numpy_reference", VALUES)
HERE = {**stored.MACHINE, "host": socket.gethostname()}
MS = dict(zip(RELEASES, (4.0, 4.0, 4.0, 4.0, 5.0, 5.0), strict=True))


def race(store: Store, request: Request, ms: Mapping[str, float] = MS, **values: object) -> int:
    """Store a race of a bisection as if it had been raced here."""
    times = {entry: ms[release] for entry, release in request.plan["releases"]["entries"]}
    return stored.add(store, request, times, **{"machine": HERE, **values})  # type: ignore[arg-type]


def searched(store: Store, home: Home, asked: Asked = ASKED, ms: Mapping[str, float] = MS) -> tuple[Bisection, Answer]:
    found = Bisection(asked, store, home)
    while isinstance(answer := found.look(), Race):
        race(store, found.request(answer), ms)
    return found, answer


def between(answer: Answer) -> tuple[str, str]:
    assert isinstance(answer, Found)
    return RELEASES[answer.change.first], RELEASES[answer.change.last]


def test_the_release_is_found_and_said_with_its_ratio_and_what_to_do_next(store: Store, home: Home) -> None:
    found, answer = searched(store, home)
    assert between(answer) == ("2.2.0", "2.3.0") and len(found.read) == 4
    shown = views.view(found, answer)
    assert shown.headlines[0].startswith("numpy 2.3.0 is the first release that is slower: a batch of NumPy reference")
    assert "times as long as with 2.2.0." in shown.headlines[0]
    assert shown.next and [step.command for step in shown.next.steps if "counts" in step.command] == [
        "python -m lenet why counts numpy_reference@numpy-2.2.0-main numpy_reference@numpy-2.3.0-main"
    ]
    told = json.loads(json.dumps(views.as_json(found, answer)))
    assert (told["outcome"], told["between"]["after"]) == ("found", "2.3.0")
    assert 1.2 < told["between"]["ratio"] < 1.3 and told["experiments"] == [1, 2, 3, 4]


def test_the_ladder_of_the_variant_is_named_before_and_after_the_change(store: Store, home: Home) -> None:
    asked = dataclasses.replace(ASKED, package="tensorflow", releases=("2.0.0", "2.1.0"), variant="keras_fit")
    found, answer = searched(store, home, asked)
    assert isinstance(answer, Same)
    found, answer = searched(store, home, dataclasses.replace(asked, releases=("2.2.0", "2.3.0")))
    shown = views.view(found, answer)
    ladders = [step.command for step in shown.next.steps if "ladder" in step.command] if shown.next else []
    assert [command.partition("@")[2] for command in ladders] == ["tensorflow-2.2.0-main", "tensorflow-2.3.0-main"]


def test_each_step_asks_whether_a_release_is_beyond_half_of_the_change(store: Store, home: Home) -> None:
    found, _ = searched(store, home)
    lines = [one.request.settings.lines for one in found.read]
    assert lines[0] == (0.02,)
    assert all(line[0] == pytest.approx(1.25**0.5 - 1, abs=0.01) for line in lines[1:])


def test_whoever_asks_again_goes_on_where_it_was(store: Store, home: Home) -> None:
    first = Bisection(ASKED, store, home)
    step = first.look()
    assert isinstance(step, Race)
    race(store, first.request(step))
    race(store, first.request(Race((0, 2, 5))), status="cancelled")
    second, answer = searched(store, home)
    assert between(answer) == ("2.2.0", "2.3.0")
    assert [one.id for one in second.read] == [1, 3, 4, 5]
    assert [one.id for one in searched(store, home)[0].read] == [1, 3, 4, 5]


@pytest.mark.parametrize(
    "other",
    [
        {"values": {**VALUES, "batch_size": 8}},
        {"python": "3.6"},
        {"package": "scipy"},
        {"variant": "numpy_reference@mine"},
    ],
)
def test_what_was_raced_otherwise_counts_for_nothing(store: Store, home: Home, other: dict[str, object]) -> None:
    searched(store, home)
    found = Bisection(dataclasses.replace(ASKED, **other), store, home)  # type: ignore[arg-type]
    assert found.look() == Race((0, 5)) and not found.read


def test_races_of_another_machine_and_of_before_count_for_nothing(store: Store, home: Home) -> None:
    request = Bisection(ASKED, store, home).request(Race((0, 5)))
    race(store, request, machine={**HERE, "host": "elsewhere"})
    assert Bisection(ASKED, store, home).look() == Race((0, 5))
    number = race(store, request)
    assert Bisection(ASKED, store, home).look() != Race((0, 5))
    assert Bisection(ASKED, store, home, after=number).look() == Race((0, 5))


def test_a_release_that_crashes_or_misses_its_exam_is_left_out_and_said(store: Store, home: Home) -> None:
    first = Bisection(ASKED, store, home)
    race(store, first.request(Race((0, 5))))
    entry = "numpy_reference@numpy-2.1.0-main"
    step = first.look()
    assert step == Race((0, 2, 5))
    race(store, first.request(step), failed=(entry,), status="failed")
    again = first.look()
    assert again == Race((0, 3, 5))
    race(store, first.request(again), wrong=("numpy_reference@numpy-2.2.0-main",))
    found, answer = searched(store, home)
    assert between(answer) == ("2.0.1", "2.3.0")
    shown = views.view(found, answer)
    assert shown.headlines[0].startswith("One of numpy 2.1.0, 2.2.0 and 2.3.0 is the first release that is slower")
    assert [caution.split(" was left out. ")[0] for caution in shown.cautions] == ["2.1.0", "2.2.0"]


def test_a_stack_that_cannot_be_built_is_left_out(store: Store, home: Home) -> None:
    found = Bisection(ASKED, store, home)
    found.unbuilt["2.4.0"] = "pip knows better."
    assert found.look() == Race((0, 4))


def test_ends_that_are_equal_are_said_with_what_would_have_been_seen(store: Store, home: Home) -> None:
    found, answer = searched(store, home, ms=dict.fromkeys(RELEASES, 4.0))
    assert isinstance(answer, Same)
    said = " ".join(views.view(found, answer).answers)
    assert "no further apart than 2 %, so there is nothing to bisect" in said and "--all" in said
    assert "would have been seen nine times in ten" in said


def test_a_package_that_the_variant_does_not_need_is_refused() -> None:
    with pytest.raises(BadInput, match="numpy_reference needs numpy, not torch"):
        dataclasses.replace(ASKED, package="torch").check()


def test_only_what_bisecting_made_and_nobody_used_for_long_is_pruned(store: Store, home: Home) -> None:
    old, now = datetime.now(UTC) - timedelta(days=40), datetime.now(UTC)
    for name, made_by, built in (
        ("mine", "", old), ("new", "bisect", now), ("old", "bisect", old),
        ("raced", "bisect", old), ("waits", "bisect", old),
    ):  # fmt: skip
        own_stacks.add(home, own_stacks.make(name, ["numpy==2.0.0"], made_by=made_by))
        Place(home, name).folder.mkdir(parents=True)
        Place(home, name).write_record({"when": built.isoformat()})
    stored.add(store, Request(("numpy_reference@raced",), ASKED.settings()), {"numpy_reference@raced": 4.0})
    store.add_experiment(Request(("numpy_reference@waits",), ASKED.settings()), "")
    assert bisect.unused(store, home, now - timedelta(days=30)) == ["old"]


def test_room_is_counted_before_anything_is_built(home: Home) -> None:
    room = bisect.room(ASKED, home, 4, 10**6)
    assert room.stacks == 4 and room.each and room.each > 10**6
    assert "4 stacks at most to build" in room.sentence
    with pytest.raises(BadInput, match="more than the 1 MB of --disk"):
        room.check()


def test_the_release_that_the_variants_stack_has_needs_no_stack(home: Home) -> None:
    import numpy

    assert ASKED.stack(home, numpy.__version__).name == "main"
    made = ASKED.stack(home, "2.0.0")
    assert (made.name, made.on, made.made_by) == ("numpy-2.0.0-main", "main", release_stacks.MAKER)
    alone = dataclasses.replace(ASKED, python="3.6").stack(home, "1.19.5")
    assert (alone.name, alone.on, alone.python) == ("numpy-1.19.5-py3.6", "", "3.6")
