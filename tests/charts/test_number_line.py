"""The number line: what must be on it is on it, and it stands still while an interval shrinks."""

import json
import math
from dataclasses import replace

import plotly.graph_objects as go
import pytest

from lenet.analysis.intervals import Interval
from lenet.analysis.verdict import Pair
from lenet.charts import number_line
from lenet.charts.colors import style


def pair(ratio, low, high, rounds=3, floor=math.nan):
    return Pair("keras_fit", "tensorflow_graph", ratio, low, high, rounds, 30, ratio, "It is.", low > 1, floor)


def interval(low, high, rounds=3):
    return Interval(math.sqrt(low * high), low, high, rounds, 30)


def boxes(drawn):
    return [shape for shape in drawn["layout"]["shapes"] if shape["type"] == "rect"]


def span(drawn):
    return tuple(10**end for end in drawn["layout"]["xaxis"]["range"])


@pytest.mark.parametrize(
    "known", [pair(1.24, 1.17, 1.31), pair(26, 24, 29), pair(1.002, 0.998, 1.006), pair(3, 0.7, 12)]
)
def test_one_the_ratio_and_the_interval_are_on_the_line(known):
    drawn = number_line.payload(known)
    low, high = span(drawn)
    assert low < 1 < high and low < known.low and known.high < high
    ticks = drawn["layout"]["xaxis"]["tickvals"]
    assert 1 in ticks and 2 <= len(ticks) <= 11 and all(low < tick < high for tick in ticks)
    assert drawn["traces"][0]["x"] == [known.ratio]


def test_the_line_stands_still_while_its_interval_shrinks():
    shrinking = [(1.10, 1.40), (1.13, 1.36), (1.16, 1.33), (1.19, 1.30)]
    assert len({span(number_line.payload(pair(1.24, *ends))) for ends in shrinking}) <= 2


def test_an_end_that_is_far_off_makes_no_speck_of_the_rest():
    low, high = span(number_line.payload(pair(1.2, 0.01, 150), [interval(1e-6, 1e6)]))
    assert low >= 0.1 and high <= 10
    assert all(low <= box["x0"] <= box["x1"] <= high for box in boxes(number_line.payload(pair(1.2, 0.01, 150))))


def test_past_intervals_are_the_paler_the_older():
    drawn = boxes(number_line.payload(pair(1.24, 1.2, 1.28), [interval(1.0, 1.5), interval(1.1, 1.4)]))
    assert [box["opacity"] for box in drawn] == sorted(box["opacity"] for box in drawn)
    assert {box["fillcolor"] for box in drawn} == {style("keras_fit").color}


def test_one_round_is_an_outline_and_says_so():
    drawn = number_line.payload(pair(1.24, 1.2, 1.28, rounds=1))
    (box,) = boxes(drawn)
    assert box["line"]["dash"] == "dash" and "so far" in drawn["layout"]["annotations"][0]["text"]
    several = number_line.payload(pair(1.24, 1.2, 1.28))
    assert boxes(several)[0]["line"]["width"] == 0 and "so far" not in several["layout"]["annotations"][0]["text"]


def test_the_noise_floor_is_a_grey_box_around_one():
    first = boxes(number_line.payload(pair(1.24, 1.2, 1.28, floor=0.02)))[0]
    assert (first["x0"], first["x1"]) == (1 / 1.02, 1.02) and first["fillcolor"] != style("keras_fit").color


@pytest.mark.parametrize("ends", [(0.97, 1.04), (1.0, 1.31), (0.6, 0.9)])
def test_the_twin_is_a_thin_bar_of_its_own_that_says_what_it_is(ends):
    twin = replace(pair(math.sqrt(ends[0] * ends[1]), *ends), slow="tensorflow_graph~2")
    drawn = number_line.payload(pair(1.24, 1.2, 1.28), twin=twin)
    own, thin = boxes(drawn)
    assert (thin["x0"], thin["x1"]) == ends and thin["y1"] < own["y0"], "below the ratio's, not on it"
    low, high = span(drawn)
    assert low < ends[0] and ends[1] < high
    word = drawn["layout"]["annotations"][-1]
    assert word["text"] == "itself" and 10 ** word["x"] == pytest.approx(ends[word["xanchor"] == "left"])


def test_a_twin_that_is_not_known_yet_is_not_drawn():
    twin = replace(pair(1.0, 1, 1), low=math.nan, high=math.nan)
    assert number_line.payload(pair(1.24, 1.2, 1.28), twin=twin) == number_line.payload(pair(1.24, 1.2, 1.28))


def test_a_ratio_without_an_interval_is_a_dot():
    drawn = number_line.payload(replace(pair(1.24, 1, 1), low=math.nan, high=math.nan, different=None))
    assert boxes(drawn) == [] and json.dumps(drawn, allow_nan=False)


def test_the_live_payload_is_small_and_a_figure_to_plotly():
    known, past = pair(1.24, 1.2, 1.28, floor=0.01), [interval(1.1, 1.4)]
    drawn = number_line.payload(known, past)
    figure = go.Figure(drawn["traces"], drawn["layout"]).to_plotly_json()
    assert len(json.dumps(drawn)) < 4000
    assert tuple(figure["layout"]["xaxis"]["range"]) == tuple(drawn["layout"]["xaxis"]["range"])
