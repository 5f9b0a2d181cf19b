"""The theme, the code and the charts: all text has a contrast of at least 4.5 to 1, in both themes."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from lenet.charts import code
from lenet.charts.colors import HUES, PALETTE, REFERENCE, ink
from lenet.charts.shades import contrast
from tests.helpers.places import ROOT

THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
STYLE = (ROOT / "pages" / "parts" / "frame.css").read_text(encoding="utf-8")
DOCUMENT = (ROOT / "lenet" / "document" / "templates" / "style.css").read_text(encoding="utf-8")
NUMBERS = float(re.findall(r"opacity: ([\d.]+)", code.FRAME)[0])
"""The opacity of the numbers of lines."""
FADED = 0.6
"""The opacity of what Streamlit shows as less important: hints, and pinned columns of a table."""
THEMES = ("light", "dark")
TEXT, SHAPES = 4.5, 3.0
"""The least contrast of text and of lines, dots and bars, by WCAG 2.2, level AA."""


def papers(theme: str) -> tuple[str, str]:
    return THEME[theme]["backgroundColor"], THEME[theme]["secondaryBackgroundColor"]


def over(color: str, share: float, paper: str) -> str:
    """What a colour of so much opacity looks like on paper."""
    mixed = [share * int(color[at : at + 2], 16) + (1 - share) * int(paper[at : at + 2], 16) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(channel):02X}" for channel in mixed)


@pytest.mark.parametrize("theme", THEMES)
def test_the_words_of_the_theme(theme: str) -> None:
    for paper in papers(theme):
        for name in ("textColor", "linkColor", "primaryColor"):
            assert contrast(THEME[theme][name], paper) >= TEXT, (name, paper)
        assert contrast(over(THEME[theme]["textColor"], FADED, paper), paper) >= TEXT
    for header in (THEME[theme]["dataframeHeaderBackgroundColor"], papers(theme)[0]):
        assert contrast(THEME[theme]["dataframeHeaderTextColor"], header) >= TEXT


@pytest.mark.parametrize("theme", THEMES)
def test_the_words_of_the_style_sheet(theme: str) -> None:
    pairs = re.findall(r"light-dark\((#\w{6}), (#\w{6})\)", STYLE)
    assert len(pairs) >= 6
    for pair in pairs:
        color = pair[THEMES.index(theme)]
        primary = THEME[theme]["primaryColor"]
        assert max(min(contrast(color, paper) for paper in papers(theme)), contrast(color, primary)) >= TEXT, color


@pytest.mark.parametrize("theme", THEMES)
def test_code_on_paper_and_on_both_marks(theme: str) -> None:
    tokens = {look["color"] for _, look in code.STYLES[theme] if look["color"]}
    assert len(tokens) == 5
    for paper in (papers(theme)[0], *code.MARKS[theme]):
        for color in (*(f"#{token}" for token in tokens), over(THEME[theme]["textColor"], NUMBERS, paper)):
            assert contrast(color, paper) >= TEXT, (color, paper)


@pytest.mark.parametrize("theme", THEMES)
def test_lines_dots_and_bars(theme: str) -> None:
    for color in (*PALETTE, REFERENCE):
        assert contrast(color, papers(theme)[0]) >= SHAPES, color


@pytest.mark.parametrize("hue", HUES)
def test_text_on_bars(hue: str) -> None:
    assert contrast(ink(HUES[hue]), HUES[hue]) >= TEXT


@pytest.mark.parametrize("theme", THEMES)
def test_the_words_of_a_document(theme: str) -> None:
    colors: dict[str, Any] = dict(
        re.findall(r"--(\w+): (#\w{6})", DOCUMENT.split("@media screen")[THEMES.index(theme)])
    )
    for name in ("text", "quiet", "link"):
        assert min(contrast(colors[name], colors[paper]) for paper in ("paper", "panel")) >= TEXT, name
