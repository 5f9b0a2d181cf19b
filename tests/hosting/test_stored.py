"""What the API asks of the store, on both databases."""

from __future__ import annotations

import contextlib
import threading
from types import SimpleNamespace

import pytest

from lenet.analysis.across import figures
from lenet.errors import AlreadyHere, Missing
from lenet.exchange import as_parquet, gather
from lenet.home import Home
from lenet.hosting import api, endpoints
from lenet.hosting.config import Hosting
from lenet.records import Request
from lenet.settings import Settings
from lenet.store import open_store, tables
from tests.helpers import stored
from tests.helpers.served import served
from tests.store import conftest as databases

url, own_database, store = databases.url, databases.own_database, databases.store
PAIR = Request(("keras_fit", "tensorflow_graph"), Settings.parse({"rounds": 2, "threads": 1}))
TIMES = {"keras_fit": 5.0, "tensorflow_graph": 4.0}


@pytest.fixture
def elsewhere(tmp_path):
    """An experiment that was raced elsewhere."""
    with contextlib.closing(open_store(tmp_path / "elsewhere.db")) as other:
        yield gather(other, stored.add(other, PAIR, TIMES))


def test_experiments_are_counted_by_status(store):
    assert store.count_by_status() == {}
    stored.add(store, PAIR, TIMES)
    for _ in range(2):
        store.add_experiment(PAIR, "")
    assert store.count_by_status() == {"queued": 2, "finished": 1}


def test_the_figures_of_one_experiment(store):
    first, second = (stored.add(store, PAIR, TIMES) for _ in range(2))
    assert store.figures_of(first) == []
    for number in (first, second):
        figures.keep(store, number)
    assert [(one.experiment_id, one.label) for one in store.figures_of(second)] == [(second, name) for name in TIMES]


def test_the_revision_is_asked_each_time(store):
    assert store.revision() == tables.REVISION
    with store._writing() as connection:
        connection.exec_driver_sql("UPDATE lenet_version SET version_num = '9999'")
    assert store.revision() == "9999"


def test_what_is_not_there_and_what_is_already_are_told_apart(store, elsewhere):
    with pytest.raises(Missing, match="no experiment 7"):
        store.experiment(7)
    from lenet.exchange import import_bundle

    number = import_bundle(store, elsewhere)
    with pytest.raises(AlreadyHere) as already:
        import_bundle(store, elsewhere)
    assert already.value.number == number


def test_senders_at_once_store_one_experiment(store, home: Home, elsewhere):
    queue = SimpleNamespace(store=store, home=home)
    body, replies = as_parquet(elsewhere), []
    with served(api.routes(lambda: queue, Hosting())) as server:

        def send():
            replies.append(server.ask("/api/v1/experiments", "POST", body, Content_Type=endpoints.PARQUET))

        senders = [threading.Thread(target=send) for _ in range(4)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
    assert sorted(reply.status for reply in replies) == [200, 200, 200, 201]
    assert len({reply.json["id"] for reply in replies}) == 1 == len(store.experiments())
