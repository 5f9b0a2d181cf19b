"""The engine of a database: what is said when it cannot be made."""

from __future__ import annotations

import sys

import pytest

from lenet.errors import StoreError
from lenet.store.engine import make_engine


def test_without_postgresqls_driver_a_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match="pip install -r requirements-hosted.txt"):
        make_engine("postgresql://somebody@127.0.0.1/nothing")
