"""Every value a user can get wrong, and the sentence it gets."""

from __future__ import annotations

import dataclasses

import pytest

from lenet.errors import BadInput
from lenet.settings import CORES, OPTIONS, Settings, default_threads


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
    assert default_threads() == len(CORES) if len(CORES) <= 2 else len(CORES) - 1


def test_every_setting_explains_itself():
    assert set(OPTIONS) == {field.name for field in dataclasses.fields(Settings)}
    assert all(option.label and option.help.endswith(".") for option in OPTIONS.values())
    assert Settings.parse(Settings.parse({"epochs": 2}).as_dict()) == Settings.parse({"epochs": 2})
