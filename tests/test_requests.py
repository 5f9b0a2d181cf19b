"""What each instrument asks of a race."""

from __future__ import annotations

import pytest

from lenet import catalog, requests
from lenet.analysis.steady import WARMUP
from lenet.catalog import Change, Ladder
from lenet.errors import BadInput
from lenet.records import Experiment, Request
from lenet.settings import Settings
from tests.helpers.tapes import experiment

WALKED = Ladder(
    "both",
    "There and back",
    "keras_fit",
    (
        Change("One", "keras_lean", "keras_xla"),
        Change("Two", "tensorflow_graph", "keras_steps_per_execution"),
        Change("Three", "tensorflow_function"),
    ),
    {"rounds": 2},
)


def test_a_ladder_knows_its_two_walks() -> None:
    assert WALKED.forward() == ["keras_fit", "keras_lean", "tensorflow_graph", "tensorflow_function"]
    assert WALKED.backward() == ["tensorflow_function", "keras_xla", "keras_steps_per_execution", "keras_fit"]
    assert len(WALKED.entries) == 6
    one_way = Ladder("one", "", "keras_fit", (Change("One", "keras_lean"), Change("Two", "tensorflow_graph")))
    assert one_way.backward() is None


def test_a_ladder_races_every_state_once_and_its_start_twice() -> None:
    request = requests.ladder_request(WALKED, {"batch_size": "4"})
    assert list(request.variants) == [*WALKED.entries, "keras_fit"]
    assert (request.settings.batch_size, request.settings.rounds, request.settings.allocator) == (4, 2, "steady")
    stored = Experiment(1, request, "finished", experiment(["keras_fit"]).created)
    assert requests.ladder_of(stored) == WALKED


def test_a_law_sweeps_the_batch_size_in_one_experiment() -> None:
    request = requests.law_request(["keras_fit", "tensorflow_function"], [64, 1, 4, 16], {"rounds": "2"})
    settings = [catalog.settings_of(entry, request.settings) for entry in request.variants]
    assert [s.batch_size for s in settings] == [1, 4, 16, 64] * 2
    assert all(s.batches >= requests.FEWEST_BATCHES for s in settings)
    assert request.plan == {"variants": ["keras_fit", "tensorflow_function"], "batch_sizes": [1, 4, 16, 64]}


def test_a_laws_runs_are_about_equally_long_and_use_no_more_images_than_there_are() -> None:
    """What a batch takes grows as its size and the fixed cost of the device, in images' worth of compute."""
    sizes = [1, 32, 999, 1001, 2048, 3000, 4096]
    for device, fixed, single in (("cpu", 16, 24_000 / 17), ("gpu", 1000, 24_000 / 17)):
        request = requests.law_request(["keras_fit"], sizes, {"device": device})
        settings = [catalog.settings_of(entry, request.settings) for entry in request.variants]
        wanted = [max(requests.FEWEST_BATCHES, single * (1 + fixed) / (size + fixed)) for size in sizes]
        assert all(-1 < s.batches - batches < 0.1 * batches for s, batches in zip(settings, wanted, strict=True))
        assert all(s.images_per_epoch <= 60_000 for s in settings)
        assert [s.epochs > 1 for s in settings[-2:]] == [True, True]
    assert catalog.title(request.variants[-1]) == "Keras fit, batch size 4096"


@pytest.mark.parametrize(
    ("variants", "sizes", "values", "says"),
    [
        ([], [1, 2, 4, 8], {}, "at least one variant"),
        (["keras_fit"], [1, 2, 2, 2], {}, "at least 4 different batch sizes"),
        (["keras_fit"], [0, 2, 4, 8], {}, "from 1 to 4096, not 0"),
        (["keras_fit"], [1, 2, 4, 5000], {}, "from 1 to 4096, not 5000"),
        (["keras_fit"], [1, 2, 4, 8], {"batch_size": "8"}, "--batch-sizes"),
        (["keras_fitt"], [1, 2, 4, 8], {}, "did you mean 'keras_fit'"),
        (["keras_fit"], [1, 2, 4, 8], {"rounds": "0"}, "Rounds must be"),
    ],
)
def test_a_wrong_law_is_refused(variants: list[str], sizes: list[int], values: dict[str, str], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        requests.law_request(variants, sizes, values)


@pytest.mark.parametrize(("make", "epochs"), [(requests.counts_request, 4), (requests.profile_request, 1)])
def test_evidence_is_gathered_in_one_round(make: type, epochs: int) -> None:
    request: Request = make(["keras_fit"], {"batch_size": "1000"})  # type: ignore[assignment]
    assert (request.settings.rounds, request.settings.epochs) == (1, epochs)
    assert 0 < request.settings.batches_per_epoch - WARMUP <= 40
    with pytest.raises(BadInput, match="at least one variant"):
        make([], {})


@pytest.mark.parametrize(
    ("entry", "says"),
    [("keras_fit+batch_size", "not a setting of one entry"), ("keras_fit+sync=epoch", "write .name=value")],
)
def test_an_entry_has_few_settings_of_its_own(entry: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        catalog.overrides(entry)


def test_an_entry_reads_and_means_what_it_says() -> None:
    entry = "keras_fit@tf216+batch_size=8+allocator=steady"
    assert catalog.title(f"{entry}~2") == "Keras fit @ tf216, batch size 8, memory allocator steady (2)"
    settings = catalog.settings_of(f"{entry}~2", Settings.parse({}))
    assert (settings.batch_size, settings.allocator) == (8, "steady")
    with pytest.raises(BadInput, match="Batch size must be"):
        catalog.settings_of("keras_fit+batch_size=x", settings)
