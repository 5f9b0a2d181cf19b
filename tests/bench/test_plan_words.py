"""What is said before a start: only what may spoil the result."""

import pytest

from lenet import requests
from lenet.bench.plan_words import cautions
from lenet.records import Request
from lenet.settings import Settings

TWO = ("tensorflow_graph", "keras_fit")


def race(entries=TWO, **values):
    return Request(entries, Settings.parse(values))


@pytest.mark.parametrize(
    ("request_", "gpus", "said"),
    [
        (race(), [], []),
        (race(rounds=1), [], ["One round cannot show"]),
        (race(rounds=2), [], ["Two rounds hardly show"]),
        (race(rounds=2, precision="2%"), [], []),
        (race(device="gpu"), [], ["No GPU was found"]),
        (race(device="gpu"), ["H100"], []),
        (race(TWO[:1], rounds=2, device="gpu"), [], ["Two rounds", "No GPU", "One variant alone"]),
        (requests.counts_request(TWO, {}), [], []),
    ],
)
def test_what_may_spoil_a_result_is_said_before(request_, gpus, said):
    found = cautions(request_, gpus)
    assert len(found) == len(said)
    assert all(sentence.startswith(start) for sentence, start in zip(found, said, strict=True))
