"""Ratios on number lines: whole SVG that carries its own ground, and the same with signs."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import pytest

from lenet.charts.intervals import COLORS, Line, reach, signs, svg
from lenet.charts.shades import contrast

CUTS = [1 / 1.03, 1.0, 1.03]
ROWS = [
    Line("My step <&>", 1.052, 1.043, 1.061, "slower", "slower by far"),
    Line("Another", 1.0, 0.994, 1.007, "not slower", "not slower"),
    Line("Of one slice", 1.05, math.nan, math.nan, "unsure", "not sure"),
    Line("Not timed", math.nan, math.nan, math.nan, "unsure", "not sure"),
]
SVG = "{http://www.w3.org/2000/svg}"


def drawn(rows: list[Line]) -> ElementTree.Element:
    return ElementTree.fromstring(svg(rows, CUTS, "Slower?"))


def test_the_picture_is_whole_and_says_itself_in_words() -> None:
    picture = drawn(ROWS)
    described = picture.find(f"{SVG}desc")
    assert described is not None and described.text
    assert described.text.startswith(
        "My step <&>: 1.052 [1.043, 1.061], slower by far; Another: 1.000 [0.994, 1.007], not"
    )
    words = [text.text for text in picture.iter(f"{SVG}text")]
    assert {"-3 %", "equal", "+3 %", "My step <&>", "1.052 [1.043, 1.061]"} <= set(words)
    intervals = [one for one in picture.iter(f"{SVG}rect") if one.get("class") != "page"]
    assert [one.get("fill") for one in intervals] == [COLORS["slower"], COLORS["not slower"]]
    assert len(list(picture.iter(f"{SVG}circle"))) == 3, "a ratio of one slice is a dot alone, none is nothing"


def test_a_dot_lies_in_its_interval_and_on_its_side_of_the_limit() -> None:
    picture = drawn(ROWS[:2])
    limit = max(float(line.get("x1", "")) for line in picture.iter(f"{SVG}line"))
    dots = [float(one.get("cx", "")) for one in picture.iter(f"{SVG}circle")]
    boxes = [(float(one.get("x", "")), float(one.get("width", ""))) for one in picture.iter(f"{SVG}rect")][1:]
    assert dots[1] < limit < boxes[0][0] < dots[0] < sum(boxes[0])


def test_nothing_leaves_the_line_however_far_it_is() -> None:
    rows = [Line("Far", 20.0, 15.0, 25.0, "slower", "slower"), *ROWS[:2]]
    assert reach(rows, CUTS) < 1.03**8
    places = [float(one.get("cx", "")) for one in drawn(rows).iter(f"{SVG}circle")]
    assert max(places) == places[0] < 700
    first = signs(rows, CUTS).splitlines()[1]
    assert first.startswith("Far") and first.endswith("20 [15, 25], slower") and "o" in first


def test_it_can_be_read_on_its_own_ground_in_both_themes() -> None:
    style = str(drawn(ROWS).findtext(f"{SVG}style"))
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    for theme, ground in ((light, "#ffffff"), (dark, "#0d1117")):
        colors = {name: theme.partition(f".{name} {{ fill: ")[2][:7] for name in ("page", "ink", "dim")}
        assert colors.pop("page") == ground
        assert all(contrast(color, ground) >= 4.5 for color in colors.values())
        assert all(contrast(color, ground) >= 3 for color in COLORS.values())


def test_the_signs_stand_where_the_figures_say() -> None:
    head, first, second, third, fourth = signs(ROWS, CUTS).splitlines()
    limit = head.index("+3 %") + 2
    assert first[limit] == ":" and limit < first.index("[") < first.index("o") < first.index("]")
    assert second.index("[") < head.index("equal") + 2 < second.index("]") < limit
    assert "[" not in third[: len(first)].partition("about")[0] and "o" in third[len("Of one slice") :]
    assert "o" not in fourth[len("Not timed") : limit] and fourth.endswith("not sure")
    assert head.isascii() and all(line.partition("  ")[2].replace("–", "").isascii() for line in (first, second, third))


@pytest.mark.parametrize("limit", [0.0, 0.03, 0.5])
def test_a_limit_of_any_size_is_drawn(limit: float) -> None:
    cuts = sorted({1 / (1 + limit), 1.0, 1 + limit})
    assert "slower" in signs(ROWS[:1], cuts) and ElementTree.fromstring(svg(ROWS, cuts, "x")) is not None
