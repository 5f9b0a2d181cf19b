"""What is read off a record's facts."""

from __future__ import annotations

from typing import Any

import pytest

from lenet.records import packages_of, versions_of, without_versions

FACTS: dict[str, Any] = {
    "device": "cpu", "threads": 2, "version": "3.15.0", "python": "3.11.2", "numpy": "2.4.1",
    "packages": {"tensorflow": "2.21.0", "keras": "3.15.0"},
}  # fmt: skip


def test_versions_are_the_interpreters_numpys_and_the_packages() -> None:
    assert packages_of(FACTS) == {"tensorflow": "2.21.0", "keras": "3.15.0"}
    assert versions_of(FACTS) == {"python": "3.11.2", "numpy": "2.4.1", "tensorflow": "2.21.0", "keras": "3.15.0"}
    assert without_versions(FACTS) == {"device": "cpu", "threads": 2}


@pytest.mark.parametrize("facts", [{}, {"packages": None}, {"packages": {}, "python": ""}, {"packages": {"jax": None}}])
def test_what_was_not_read_is_left_out(facts: dict[str, Any]) -> None:
    assert versions_of(facts) == packages_of(facts) == {}
