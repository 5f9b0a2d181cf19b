"""Charts: what is sent is small, keeps the outliers, and has one readable colour per variant."""

import ast
import base64
import inspect
import json
import tomllib

import numpy as np
import pytest

from lenet import catalog
from lenet.analysis import live as analysis
from lenet.analysis.live_axes import axes
from lenet.bench.picture import packed
from lenet.catalog import Entry
from lenet.charts import code, live
from lenet.charts.colors import PALETTE
from lenet.charts.decimate import extremes, medians
from lenet.records import Run
from lenet.settings import Settings
from lenet.worker import tape
from tests.helpers.growing import growing
from tests.helpers.places import ROOT

CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
LIMIT = 150_000
SETTINGS = Settings.parse({"batch_size": 32, "images_per_epoch": 60_000, "epochs": 12})


def timing(runs, last=()):
    return live.timing(runs, last, axes(runs, runs))


def loss(runs, last=()):
    return live.loss(runs, last, axes(runs, runs))


BOTH = (timing, loss)


def rows_of(milliseconds, losses=None, pause_ms=0.0):
    """Tape rows whose batches take the given times, with a pause between any two."""
    lengths = (np.asarray(milliseconds) * 1e6).astype(np.int64)
    ends = np.cumsum(lengths + int(pause_ms * 1e6))
    rows = np.zeros(len(lengths), tape.DTYPE)
    rows["start"], rows["end"] = ends - lengths, ends
    rows["loss"] = np.linspace(2.3, 0.1, len(lengths)) if losses is None else losses
    return rows


def live_run(label, milliseconds, losses=None, planned=None, pause_ms=0.0, lines=1):
    run = Run(1, 1, 2, label, Entry.parse(label).name, "running")
    rows = rows_of(milliseconds, losses, pause_ms)
    return growing(run, rows, planned or len(milliseconds), SETTINGS, bins=live.bins(lines))


def decoded(text):
    return np.frombuffer(base64.b64decode(text), "<f4")


# Decimation


def test_a_million_points_become_at_most_the_asked_number_and_keep_both_extremes():
    y = np.random.default_rng(1).normal(size=1_000_000)
    y[123_456], y[654_321] = 99.0, -99.0
    keep = extremes(y, 2000)
    assert 1000 < len(keep) <= 2000
    assert {123_456, 654_321} <= set(keep)
    assert (np.diff(keep) > 0).all()


@pytest.mark.parametrize("length", [0, 1, 2, 15, 16, 17, 999, 1000, 1001, 65_537])
def test_every_length_keeps_its_extremes_within_the_budget(length):
    y = np.random.default_rng(length).normal(size=length)
    keep = extremes(y, 16)
    assert len(keep) <= 16
    assert length > 16 or len(keep) == length
    if length:
        assert y[keep].max() == y.max() and y[keep].min() == y.min()


def test_an_outlier_in_every_bin_survives():
    y = np.ones(100_000)
    y[50::1000] = 7.0
    assert (y[extremes(y, 400)] == 7.0).sum() == 100


def test_medians_are_those_of_each_stretch():
    x, y = np.arange(50.0), np.repeat([1.0, 9.0, 2.0], [20, 20, 10])
    y[3] = 1000.0
    xs, ys = medians(x, y, 3)
    assert xs.tolist() == [8.0, 25.0, 41.5]
    assert ys.tolist() == [1.0, 9.0, 2.0]
    assert len(medians(x, y, 100)[0]) == 5
    assert [len(a) for a in medians(x[:0], y[:0], 3)] == [0, 0]


# Live payloads


@pytest.mark.parametrize("lines", [1, 2, 6, len(catalog.VARIANTS)])
def test_a_picture_of_full_size_is_small(lines):
    runs = full(lines)
    drawn = packed({draw.__name__: draw(runs, last=runs) for draw in BOTH})
    assert 20_000 < len(drawn) < LIMIT


def full(lines):
    """Runs of 22,500 batches, each with times and losses of its own."""
    random = np.random.default_rng(3)
    drawn = ((name, random.gamma(20, 0.3, 22_500), random.gamma(20, 0.05, 22_500)) for name in catalog.VARIANTS)
    return [live_run(*one, lines=lines) for one, _ in zip(drawn, range(lines), strict=False)]


def test_the_payload_does_not_grow_with_the_run():
    times = np.random.default_rng(4).gamma(20, 0.3, size=300_000)
    short, long = (len(json.dumps(timing([live_run("keras_fit", times[:n])]))) for n in (20_000, 300_000))
    assert short > 20_000 and long < 1.05 * short


def test_the_timing_chart_holds_the_batches_and_survives_a_first_batch_of_seconds():
    payload = timing([live_run("keras_fit", [2000.0] + [5.0] * 400)])
    thin = payload["traces"][0]
    assert decoded(thin["x"]).tolist() == list(range(1, 402))
    assert decoded(thin["y"])[:2].tolist() == [2000.0, 5.0]
    assert payload["layout"]["yaxis"]["range"] == [0, 10]
    assert payload["traces"][1]["name"] == "Keras fit"


def test_every_axis_of_a_live_chart_is_labelled():
    for draw in BOTH:
        layout = draw([live_run("keras_fit", [1.0])])["layout"]
        assert layout["title"]["text"]
        assert all(layout[axis]["title"]["text"] for axis in ("xaxis", "yaxis"))


def test_the_last_round_stays_pale():
    runs = full(2)
    for draw in BOTH:
        alone, both = draw(runs)["traces"], draw(runs, last=runs)["traces"]
        assert len(both) == len(alone) + len(runs)
        assert {trace["opacity"] for trace in both} == {trace["opacity"] for trace in alone} | {live.PALE}


def test_lines_are_named_where_they_end():
    runs = [live_run("keras_fit", [5.0] * 400), live_run("tensorflow_graph", [2.5] * 400), live_run("keras_xla", [])]
    labels = {label["text"].split("<b>")[1]: label["y"] for label in timing(runs)["layout"]["annotations"]}
    assert labels == {"Keras fit</b>": 0.5, "TensorFlow graph</b>": 0.25}


def test_live_charts_of_nothing_yet_are_empty_not_broken():
    for runs in ([], [live_run("keras_fit", [])]):
        for draw in BOTH:
            json.dumps(draw(runs), allow_nan=False)


# The leader board


def test_the_board_holds_what_the_tapes_hold():
    fast = live_run("tensorflow_graph", [1000.0] + [4.0] * 99, planned=200)
    slow = live_run("keras_train_on_batch", [8.0] * 40, losses=np.full(40, 0.5), planned=200)
    table = analysis.board([slow, fast])
    assert table["label"].tolist() == ["tensorflow_graph", "keras_train_on_batch"]
    assert table["progress"].tolist() == [50.0, 20.0]
    assert table["median_ms"].tolist() == [4.0, 8.0]
    assert table["images_per_second"].tolist() == [8000.0, 4000.0]
    assert table["loss"][1] == 0.5
    assert analysis.round_now([slow, fast]) == 2 and analysis.round_now([]) == 0


def test_an_experiments_progress_counts_rounds_and_what_has_not_started():
    half, whole = live_run("keras_fit", [8.0] * 50, planned=100), live_run("tensorflow_graph", [4.0] * 100)
    now = analysis.progress([half, whole], rounds=4, entries=2)
    assert (now.round, now.rounds, now.done, now.planned) == (2, 4, 150, 200)
    assert now.share == pytest.approx((1 + 0.75) / 4)
    assert analysis.progress([half, whole], rounds=4, entries=4).share == pytest.approx((1 + 0.375) / 4)
    assert analysis.progress([], rounds=4, entries=2).share == 0


def test_the_board_before_the_first_batch_has_no_numbers():
    table = analysis.board([live_run("keras_fit", [], planned=10)])
    assert table["batches"].tolist() == [0]
    assert table[["median_ms", "images_per_second", "loss"]].isna().all(axis=None)
    assert analysis.board([]).empty


def test_training_time_leaves_pauses_and_unread_losses_out():
    run = live_run("tensorflow_graph", [500.0] * 4, [2.0, np.nan, 1.0, 0.5], pause_ms=9000)
    seconds, losses = run.loss.outline.points()
    assert seconds.tolist() == [0.5, 1.5, 2.0]
    assert losses.tolist() == [2.0, 1.0, 0.5]


def test_a_running_mean_is_taken_apart_before_it_is_shown():
    own = np.array([4.0, 2.0, 3.0])
    run = live_run("keras_fit", [1.0] * 3, losses=np.cumsum(own) / [1, 2, 3])
    assert run.loss.outline.points()[1] == pytest.approx(own)


def test_batches_above_the_chart_are_counted():
    runs = [live_run("keras_fit", [50.0] + [4.0] * 999)]
    assert analysis.above(runs, 6.0) == 1


# Colours


def test_the_theme_has_exactly_these_hues() -> None:
    assert tuple(CONFIG["theme"]["chartCategoricalColors"]) == PALETTE
    assert len(set(PALETTE)) == 10


def test_the_settings_of_the_server_that_racing_depends_on():
    assert CONFIG["runner"]["postScriptGC"] is False
    assert CONFIG["server"]["fileWatcherType"] == "none"
    assert CONFIG["browser"]["gatherUsageStats"] is False


def test_code_is_coloured_by_modules_that_two_threads_may_import_at_once() -> None:
    """Two pages that were opened at once found a half made `pygments.formatters`, which makes its names late."""
    tree = ast.parse(inspect.getsource(code))
    late = {"pygments.formatters", "pygments.lexers", "pygments.styles"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module in late]
