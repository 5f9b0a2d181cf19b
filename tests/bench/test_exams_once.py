"""Before a race every exam is sat once, however many entries it is the exam of, and named once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lenet import catalog, requests
from lenet.bench import exam
from lenet.bench.exams import Exams
from lenet.home import Home
from lenet.records import Parity, Request
from lenet.settings import Settings
from lenet.store import open_store


def answered(home: Home, request: Request, status: str, sat: list[str], said: list[str]) -> dict[str, exam.Sitting]:
    """The answers of an experiment whose exams all end in `status`. sat: what sat which size, and
    whether it was told the answer to the first paper."""

    def sit(variant: Any, settings: Settings, folder: Path, started: Any, first: Any = None) -> exam.Sitting:
        sat.append(f"{variant.name} {settings.batch_size}{' after' if first else ''}")
        return exam.Sitting(
            Parity(exam.key(variant, settings), variant.name, status == "finished", 0.0, "", 1e-5, "", status)
        )

    store = open_store(home.database_url)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(exam, "sit", sit)
        number = store.add_experiment(request, "me:1:0")
        found = Exams(store.experiment(number), store, home.root, lambda worker: None, said.append).answers()
        assert set(store.parity_keys(number)) <= set(catalog.labels(request.variants))
    store.close()
    return found


@pytest.mark.parametrize("status", ["finished", "crashed"])
def test_a_laws_larger_batches_sit_one_exam(home: Home, doubles: Any, status: str) -> None:
    sat: list[str] = []
    said: list[str] = []
    law = requests.law_request(("plain", "slower"), (1, 4, 8, 16, 64), {"rounds": 1})
    found = answered(home, law, status, sat, said)
    assert set(found) == set(law.variants) and {sitting.answer.status for sitting in found.values()} == {status}
    # Batches of eight are the first paper of all larger ones, and they come first.
    sizes = ("1", "4", "8", "16 after", "64 after")
    assert sorted(sat) == sorted(f"{name} {size}" for name in ("plain", "slower") for size in sizes)
    assert all(one.endswith(" after") for one in sat[6:])
    assert said == ["checking that Plain and Slower compute the same thing"]


def test_a_first_paper_that_is_known_is_not_sat_again(home: Home, doubles: Any) -> None:
    sat: list[str] = []
    said: list[str] = []
    answered(home, Request(("plain",), Settings.parse({"batch_size": 8})), "finished", sat, said)
    answered(home, Request(("plain",), Settings.parse({"batch_size": 32})), "finished", sat, said)
    answered(home, Request(("plain",), Settings.parse({"batch_size": 64})), "finished", sat, said)
    answered(home, Request(("plain",), Settings.parse({"batch_size": 32})), "finished", sat, said)
    assert sat == ["plain 8", "plain 32 after", "plain 64 after"]


def test_what_is_known_is_not_sat_again_and_what_failed_is(home: Home, doubles: Any) -> None:
    sat: list[str] = []
    said: list[str] = []
    alone = Request(("plain", "plain"), Settings.parse({}))
    answered(home, alone, "crashed", sat, said)
    assert said == ["checking that Plain computes what the reference computes"]
    answered(home, alone, "finished", sat, said)
    assert answered(home, alone, "crashed", sat, said)["plain"].answer.status == "finished"
    assert (sat, len(said)) == (["plain 8", "plain 32 after"] * 2, 2)
