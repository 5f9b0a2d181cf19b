"""Every value a user can get wrong, and the sentence it gets."""

from __future__ import annotations

import dataclasses
import importlib
from typing import get_args, get_type_hints

import click
import pytest

from lenet import catalog, instruments, quota
from lenet.analysis import circumstances
from lenet.analysis.circumstances import Circumstance
from lenet.analysis.exam import paper, parity
from lenet.analysis.issue7439 import answer
from lenet.analysis.noise import floor_words
from lenet.cli import noise, run, why
from lenet.errors import BadInput
from lenet.facets import EVERY, TIMED, Facets, Instrument
from lenet.settings import OPTIONS, Settings, asked_by, default_threads


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("batch_size", "0", "Batch size must be a whole number from 1 to 60000, not '0'."),
        ("batch_size", "-1", "Batch size must be a whole number from 1 to 60000, not '-1'."),
        ("batch_size", "60001", "Batch size must be a whole number from 1 to 60000, not '60001'."),
        ("batch_size", "x", "Batch size must be a whole number from 1 to 60000, not 'x'."),
        ("batch_size", "", "Batch size must be a whole number from 1 to 60000, not ''."),
        ("batch_size", "3.5", "Batch size must be a whole number from 1 to 60000, not '3.5'."),
        ("batch_size", None, "Batch size must be a whole number from 1 to 60000, not None."),
        ("batch_size", True, "Batch size must be a whole number from 1 to 60000, not True."),
        ("epochs", "0", "Epochs must be a whole number from 1 to 1000, not '0'."),
        ("learning_rate", "nan", "Learning rate must be a number above 0 to 1000, not 'nan'."),
        ("learning_rate", "inf", "Learning rate must be a number above 0 to 1000, not 'inf'."),
        ("learning_rate", "-0.1", "Learning rate must be a number above 0 to 1000, not '-0.1'."),
        ("learning_rate", "0", "Learning rate must be a number above 0 to 1000, not '0'."),
        ("momentum", "1.5", "Momentum must be a number from 0 to 1, not '1.5'."),
        ("device", "tpu", "Device must be one of cpu, gpu, not 'tpu'."),
        ("speed", "1", "There is no setting 'speed'; the settings are batch_size, epochs,"),
    ],
)
def test_a_bad_value_gets_one_sentence(name, value, sentence):
    with pytest.raises(BadInput) as caught:
        Settings.parse({name: value})
    assert str(caught.value).startswith(sentence)


def test_a_batch_must_fit_into_the_epoch():
    with pytest.raises(BadInput, match="A batch of 65 does not fit into 64 images per epoch"):
        Settings.parse({"batch_size": 65, "images_per_epoch": 64})
    assert Settings.parse({"batch_size": 64, "images_per_epoch": 64}).batches == 1


@pytest.mark.parametrize("value", ["32", 32, 32.0, " 32 ", "32.0"])
def test_text_and_numbers_are_the_same(value):
    parsed = Settings.parse({"batch_size": value})
    assert parsed.batch_size == 32 and isinstance(parsed.batch_size, int)


def test_the_defaults_are_the_issues():
    settings = Settings.parse({})
    assert (settings.batch_size, settings.learning_rate, settings.momentum) == (32, 0.01, 0.9)
    assert settings.batches == 60_000 // 32


def test_a_last_partial_batch_is_left_out():
    assert Settings.parse({"batch_size": 7, "images_per_epoch": 30, "epochs": 2}).batches == 8


def test_no_threads_given_means_this_machines_default_and_is_recorded_as_a_number():
    assert Settings.parse({}).threads == default_threads() >= 1


@pytest.mark.parametrize(
    ("cores", "allowed", "threads"),
    [(1, None, 1), (2, None, 2), (8, None, 7), (8, 16.0, 7), (8, 4.0, 3), (8, 2.5, 2), (8, 1.5, 1), (8, 0.3, 1),
     (2, 1.0, 1)],
)  # fmt: skip
def test_the_default_threads_are_those_that_mask_and_quota_allow_but_one_for_the_app(
    monkeypatch: pytest.MonkeyPatch, cores: int, allowed: float | None, threads: int
) -> None:
    monkeypatch.setattr("lenet.settings.CORES", tuple(range(cores)))
    monkeypatch.setattr(quota, "cores", lambda: allowed)
    assert Settings.parse({}).threads == threads
    assert Settings.parse({"threads": 6}).threads == 6, "who names a number has it"


def test_every_setting_explains_itself():
    assert set(OPTIONS) == {field.name for field in dataclasses.fields(Settings)}
    assert all(option.label and option.help.endswith(".") for option in OPTIONS.values())
    assert Settings.parse(Settings.parse({"epochs": 2}).as_dict()) == Settings.parse({"epochs": 2})


# What each is for


def test_the_facets_are_those_that_there_are():
    hints = get_type_hints(Facets)
    for name, option in OPTIONS.items():
        for facet in ("exam", "own", "shown"):
            assert getattr(option.facets, facet) in get_args(hints[facet]), (name, facet)
        assert option.facets.asked_by <= EVERY, name


def test_the_instruments_are_those_of_the_records():
    assert get_args(Instrument) == tuple(instruments.INSTRUMENTS)
    assert set(instruments.TIMED) == TIMED


COMPUTED = {"batch_size", "epochs", "images_per_epoch", "learning_rate", "momentum", "seed"}


@pytest.mark.parametrize(
    ("derived", "listed"),
    [
        (paper.COMPUTED, COMPUTED),
        (parity.MATTERS, COMPUTED | {"device", "threads"}),
        (answer.SAME, {"batch_size", "learning_rate", "momentum"}),
        (catalog.OWN_SETTINGS, {"batch_size", "images_per_epoch", "epochs", "allocator", "threads", "cores"}),
        (floor_words.NAMED, {"allocator", "threads", "cores", "device", "sync", "slice_ms"}),
    ],
)
def test_what_is_derived_is_what_was_listed(derived, listed):
    assert len(derived) == len(listed) and set(derived) == listed


def test_circumstances_are_told_in_their_order():
    told = ("device", "threads", "batch_size", "images_per_epoch", "allocator", "slice_ms", "sync", "cores")
    assert told == circumstances.COUNTED


def test_the_head_shows_what_it_showed():
    head = importlib.import_module("pages.parts.head")
    assert head.SHOWN == (
        "batch_size", "epochs", "images_per_epoch", "rounds", "precision", "decide", "most_rounds", "confirm",
        "budget", "twin",
        "threads", "cores", "device", "allocator",
    )  # fmt: skip
    assert head.WHERE_SET == ("twin", "cores")
    assert head.OF_OPEN_END == ("precision", "decide", "most_rounds", "confirm", "budget")


def test_a_title_says_what_it_said():
    own = "+".join(f"{name}=1" for name in catalog.OWN_SETTINGS)
    assert catalog.title(f"keras_fit+{own}") == "Keras fit, batch size 1, threads 1, cores 1, memory allocator 1"


RACED = {"images_per_epoch", "rounds", "slice_ms", "sync", "threads", "cores", "device", "allocator", "seed", "timeout"}
COUNTED = {"batch_size", "threads", "cores", "device", "allocator", "seed", "timeout"}


@pytest.mark.parametrize(
    ("command", "instrument", "listed"),
    [
        (run.run, "race", set(OPTIONS)),
        (why.law, "law", RACED),
        (why.ladder, "ladder", RACED | {"batch_size"}),
        (why.counts, "counts", COUNTED),
        (why.profile, "profile", COUNTED),
        (noise.noise, "noise", RACED | {"batch_size"}),
    ],
)
def test_a_command_asks_for_what_it_asked_for(command: click.Command, instrument: Instrument, listed):
    asked = tuple(option.name for option in command.params if option.name in OPTIONS)
    assert set(asked) == listed
    assert asked == asked_by(instrument), "in the order of the table"


# Kept figures and addresses hold these keys, computed before settings had facets.


@pytest.mark.parametrize(
    ("gpus", "values", "key"),
    [
        ((), {"threads": 2}, "2667688e0835008f"),
        ((), {"threads": 2, "slice_ms": 9, "epochs": 3, "seed": 1, "learning_rate": 0.5}, "2667688e0835008f"),
        (
            ("NVIDIA H100",),
            {
                "device": "gpu", "threads": 1, "allocator": "steady", "slice_ms": 0, "sync": "epoch", "batch_size": 8,
                "images_per_epoch": 5600,
            },
            "ec9bdb3e084b5135",
        ),
    ],
)  # fmt: skip
def test_a_kept_key_stays(gpus, values, key):
    assert Circumstance("one", "a test's", "2", gpus, Settings(**values)).key == key
