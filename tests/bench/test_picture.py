"""The picture of a race: made of what is new, once for everybody, and gone with the race."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import numpy as np
import pytest

from lenet.analysis.growing.window import Window
from lenet.bench import follow, live, pictures
from lenet.bench.exhibit import Exhibit
from lenet.bench.follow import Follower
from lenet.bench.picture import Painter, unpacked
from lenet.bench.pictures import Pictures
from lenet.bench.queue import Queue
from lenet.errors import StoreError
from lenet.home import Home
from lenet.records import Experiment, Parity, Request
from lenet.settings import Settings
from lenet.store import Store, open_store
from lenet.worker import tape
from tests.charts.test_charts import decoded

PAIR = ("tensorflow_graph", "keras_fit")
SETTINGS = Settings.parse({"batch_size": 1, "images_per_epoch": 60_000, "epochs": 2})


class Raced:
    """A race without training: `train` writes batches to its tapes."""

    def __init__(self, store: Store, home: Home) -> None:
        self.store, self.home = store, home
        self.number = store.add_experiment(Request(PAIR, SETTINGS), "far:1:0")
        store.claim(self.number, {"cores": 2}, "far:1:0")
        for name in PAIR:
            store.add_parity(Parity(f"key {name}", name, True, 1e-8, "conv1_bias", 1e-5))
        store.set_parity_keys(self.number, {name: f"key {name}" for name in PAIR})
        self.writers: dict[str, tape.Writer] = {}
        self.runs: dict[str, int] = {}
        self.round = 0

    @property
    def experiment(self) -> Experiment:
        return self.store.experiment(self.number)

    def begin_round(self) -> None:
        self.round += 1
        for name in PAIR:
            folder = self.home.experiment(self.number) / f"r{self.round}-{name}"
            folder.mkdir(parents=True)
            tape.create(folder / "tape", SETTINGS.batches)
            self.writers[name] = tape.Writer(folder / "tape")
            self.runs[name] = self.store.add_run(
                self.number, round=self.round, label=name, variant=name, stack="main", source_hash="",
                folder=folder.name,
            )  # fmt: skip

    def train(self, batches: int) -> None:
        for place, writer in enumerate(self.writers.values()):
            for at in range(writer.count, writer.count + batches):
                length = 4_000_000 + 1_000_000 * place
                start = length * at + 200_000_000 * (at // 15)
                writer.append(start, start + length, 2.3 / (1 + at))

    def end_round(self) -> None:
        for run in self.store.runs(self.number):
            if run.status == "running":
                self.store.end_run(run.id, "finished", batches=live.read_tape(self.home, run))


@pytest.fixture
def raced(home: Home, store: Store) -> Raced:
    return Raced(store, home)


def painted(raced: Raced) -> Any:
    return unpacked(Painter(raced.store, raced.home, raced.experiment).paint())


def test_a_picture_says_what_its_tapes_say(raced: Raced) -> None:
    assert not painted(raced)["charts"] and "Which one is faster?" in painted(raced)["ratio"]["sentence"]
    raced.begin_round()
    raced.train(400)
    shown = painted(raced)
    assert "Keras fit" in shown["ratio"]["sentence"] and shown["ratio"]["line"]["traces"]
    assert "400 of 120,000" not in shown["strip"] and "2 of 2 agree" in shown["strip"]
    assert "800 of 240,000 batches of round 1" in shown["progress"]["text"]
    thin = shown["charts"]["timing"]["traces"][0]
    assert decoded(thin["x"]).tolist() == list(range(1, 401)) and decoded(thin["y"]).min() >= 4


def test_a_look_reads_only_what_is_new(raced: Raced, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    whole = live.read_tape

    def counted(*given: Any) -> Any:
        rows = whole(*given)
        read.append(len(rows))
        return rows

    monkeypatch.setattr(live, "read_tape", counted)
    monkeypatch.setattr(follow, "CHUNK", 1000)
    raced.begin_round()
    raced.train(4500)
    follower = Follower(raced.store, raced.home, raced.experiment)
    assert [run.count for run in follower.look().now] == [4500, 4500]
    assert max(read) == 1000
    read.clear()
    raced.train(170)
    assert [run.count for run in follower.look().now] == [4670, 4670]
    assert sum(read) <= 2 * 171, "a running mean needs the loss before"


def test_looks_in_between_leave_no_trace(raced: Raced) -> None:
    follower = Follower(raced.store, raced.home, raced.experiment)
    for number in range(3):
        raced.begin_round()
        for batches in (1, 30, 500):
            raced.train(batches)
            followed = follower.look()
        if number < 2:
            raced.end_round()
    late = Follower(raced.store, raced.home, raced.experiment).look()
    for before, after in ((followed.now, late.now), (followed.last, late.last), (followed.first, late.first)):
        assert [run.run.round for run in before] == [run.run.round for run in after] != []
        for one, other in zip(before, after, strict=True):
            assert (one.count, one.median_ms, one.seconds) == pytest.approx(
                (other.count, other.median_ms, other.seconds)
            )
            assert one.slices.means() == pytest.approx(other.slices.means())
            for curve in ("timing", "loss"):
                mine, theirs = (np.vstack(getattr(run, curve).outline.points()) for run in (one, other))
                assert mine == pytest.approx(theirs)


def test_one_picture_is_made_for_all_who_ask_within_a_second(raced: Raced, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    paint = Painter.paint
    monkeypatch.setattr(Painter, "paint", lambda self: made.append(1) or paint(self))
    monkeypatch.setattr(pictures, "SECONDS", 3600.0)
    raced.begin_round()
    raced.train(100)
    with contextlib.closing(Queue(raced.home)) as queue:
        shown, experiment, seen = Pictures(queue), raced.experiment, []
        threads = [threading.Thread(target=lambda: seen.append(shown.newest(experiment))) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(seen) == 20 and len({id(one) for one in seen}) == 1 and len(made) == 1


def test_a_page_far_from_the_race_shows_what_its_runner_painted(raced: Raced, tmp_path: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(pictures, "SECONDS", 0.0)
    raced.begin_round()
    raced.train(300)
    exhibit = Exhibit(raced.store, raced.home)
    exhibit.show(raced.experiment)
    monkeypatch.setenv("LENET_DATABASE_URL", f"sqlite:///{raced.home.root}/lenet.db")
    far = Home(tmp_path / "far")
    far.root.mkdir()
    with contextlib.closing(Queue(far)) as queue:
        shown = Pictures(queue)
        first = shown.newest(raced.experiment)
        assert len(unpacked(first)["charts"]) == 2
        assert shown.newest(raced.experiment) is first, "nothing new has been painted"
        assert shown.zoomed(raced.experiment, {"timing": Window(10, 20)}) == b"", "its tapes are not here"
        raced.train(100)
        exhibit.show(raced.experiment)
        assert "800 of" in unpacked(shown.newest(raced.experiment))["progress"]["text"]


def test_a_reader_who_zooms_sees_every_batch_where_the_tapes_are(raced: Raced) -> None:
    raced.begin_round()
    raced.train(9000)
    with contextlib.closing(Queue(raced.home)) as queue:
        shown = Pictures(queue)
        thin = unpacked(shown.newest(raced.experiment))["charts"]["timing"]["traces"][0]
        window = {"timing": Window(4000, 4100), "loss": Window(10.0, 10.5)}
        fine = unpacked(shown.zoomed(raced.experiment, window))
    inside = [x for x in decoded(thin["x"]) if 4000 <= x <= 4100]
    assert len(inside) < 60
    assert set(range(4000, 4101)) <= set(decoded(fine["timing"][0]["x"]).astype(int))
    assert len(fine["loss"]) == 2 and len(decoded(fine["loss"][0]["x"])) > 50


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: Any, home: Home) -> Any:
    url = home.database_url if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    with contextlib.closing(open_store(url)) as store:
        yield Raced(store, home)


def test_nothing_is_left_when_a_race_ends_whoever_ends_it(either: Raced) -> None:
    exhibit = Exhibit(either.store, either.home)
    exhibit.show(either.experiment)
    version, body = either.store.live(either.number)
    assert version == 1 and unpacked(body)["strip"]
    assert either.store.live(either.number, known=1) is None
    running = either.experiment
    either.store.end_experiment(either.number, "interrupted", "Its process is gone.")
    assert either.store.live(either.number) is None
    exhibit.show(running)
    assert either.store.live(either.number) is None, "a late picture of a race that is over is not kept"


def test_a_race_that_nobody_runs_any_more_is_not_shown_anew(either: Raced) -> None:
    either.store.end_experiment(either.number, "cancelled")
    either.store.show_live(either.number, 7, b"late")
    assert either.store.live(either.number) is None


def test_a_picture_has_no_figure_that_json_lacks(raced: Raced) -> None:
    raced.begin_round()
    for writer in raced.writers.values():
        for at in range(60):
            writer.append(at, at, float("nan"))
    assert np.isfinite(painted(raced)["progress"]["share"])
    assert "NaN" not in Painter(raced.store, raced.home, raced.experiment).paint().decode("latin1")


def test_a_database_that_refuses_is_said_once_more(raced: Raced, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise StoreError("The disk is full; free some space.")

    with contextlib.closing(Queue(raced.home)) as queue:
        shown = Pictures(queue)
        monkeypatch.setattr(queue.store, "live", refuse)
        with pytest.raises(StoreError):
            shown.newest(raced.experiment)
        monkeypatch.undo()
        assert unpacked(shown.newest(raced.experiment))["strip"]
