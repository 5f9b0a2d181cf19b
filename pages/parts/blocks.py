"""Draw a result on a page: its sentences, its sections, their blocks and tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from lenet.analysis.words import MISSING
from lenet.charts.figure import CONFIG, untitled
from lenet.hosting.policy import Action
from lenet.instruments import INSTRUMENTS
from lenet.records import UNFINISHED
from lenet.views.blocks import Block, Column, Section, Table, View
from pages.parts.service import may
from pages.parts.text import plain, quoting

Draw = Callable[[Block], None]
"""A function that draws a block in a page's own way."""
PINNED = ("ID", "Variant", "Change")
"""Columns that stay visible when a wide table is scrolled."""


def answer(view: View) -> None:
    """Draw the sentences of a result, the headlines large, and how it ended."""
    for sentence in view.headlines:
        st.header(plain(sentence), anchor=False)
    _points(view.points)
    for sentence in view.remarks:
        st.caption(quoting(sentence))
    if view.status not in UNFINISHED:
        for sentence in view.cautions:
            st.warning(plain(sentence), icon=":material/warning:")
        end(view)


def _points(sentences: Sequence[str]) -> None:
    if sentences:
        st.markdown("\n".join(f"* {plain(sentence)}" for sentence in sentences))


def end(view: View) -> None:
    """Say how the experiment ended, and where it was raced if not here.

    A finished one says how precise it became; for any other the page warns.
    """
    if view.origin:
        st.caption(plain(view.origin))
    if view.status == "finished":
        if view.reason:
            st.caption(plain(view.reason))
    elif view.status:
        st.warning(f"{view.status.capitalize()}: {plain(view.reason)}", icon=":material/warning:")


def sections(shown: Sequence[Section], own: Mapping[str, Draw] | None = None) -> None:
    """Draw the sections. own: functions that draw a block instead of `block`, by its key."""
    for number, section in enumerate(shown):
        _heading(section)
        body(str(number), section, own or {})


def _heading(section: Section) -> None:
    st.subheader(plain(section.title), anchor=False, divider="gray")
    if section.about:
        st.caption(plain(section.about))


def body(number: str, section: Section, own: Mapping[str, Draw]) -> None:
    """Draw a section's blocks below each other, or in two columns if the section allows it.

    number: the section's name in the keys of its widgets.
    """
    wide = 2 if section.beside else 1
    for first in range(0, len(section.blocks), wide):
        row = enumerate(section.blocks[first : first + wide], first)
        for column, (place, one) in zip(st.columns(wide), row, strict=False):
            with column:
                draw = own.get(one.key)
                block(f"{number}_{place}", one) if draw is None else draw(one)


def block(key: str, shown: Block) -> None:
    """Draw a block. key: tells the widgets of a page apart."""
    if shown.folded:
        with st.expander(plain(shown.title), icon=":material/table:"):
            _inside(key, shown)
        return
    if shown.title:
        st.markdown(f"**{plain(shown.title)}**")
    _inside(key, shown)


def _inside(key: str, shown: Block) -> None:
    for sentence in shown.failures:
        st.error(plain(sentence), icon=":material/warning:")
    for sentence in shown.warnings:
        st.warning(plain(sentence), icon=":material/warning:")
    if shown.sentences:
        st.markdown(plain(" ".join(shown.sentences)))
    if shown.chart is not None:
        chart(shown.chart, f"chart_{key}", shown.alt)
    if shown.table:
        table(shown.table, f"table_{key}", shown.alt or shown.title)
    _points(shown.points)
    for note in shown.notes:
        st.caption(plain(note))
    if shown.log and may(Action.READ_LOGS):
        with st.expander("End of its log", icon=":material/article:"):
            st.code(shown.log, language=None)
    if shown.program and may(Action.READ_LOGS):
        st.code(shown.program, language="python")
    _origin(shown)


def chart(shown: go.Figure, key: str, alt: str, **options: Any) -> Any:
    """Draw a chart below its title, if it has one.

    options: further arguments of `st.plotly_chart`, whose result is returned.
    """
    title, bare = untitled(shown)
    if title:
        st.markdown(f"**{plain(title)}**")
    return st.plotly_chart(bare, config=CONFIG, alt=alt, key=key, **options)


def _origin(shown: Block) -> None:
    """Say where the figures come from, or which command would measure them."""
    if shown.source:
        st.caption(plain(shown.source))
    if shown.command:
        st.code(shown.command, language="sh")
    if shown.instrument:
        _link(shown)


def _link(shown: Block) -> None:
    """Link to the page that shows the experiment, or that starts one."""
    raced, number = not INSTRUMENTS[shown.instrument].asks_why, shown.experiment
    file, name, icon = ("pages/race.py", "Race", "sports_score") if raced else ("pages/why.py", "Why", "stairs")
    if number is None:
        st.page_link(file, label=f"Measure it on the {name} page", icon=f":material/{icon}:")
    else:
        file = "pages/results.py" if raced else file
        query = {"experiment": str(number)}
        st.page_link(file, label=f"Experiment {number}", icon=":material/bar_chart:", query_params=query)


def table(shown: Table, key: str, alt: str, **options: Any) -> None:
    """Draw a table whose columns of numbers sort by number.

    options: further arguments of `st.dataframe`.
    """
    st.dataframe(
        frame(shown), column_config=columns(shown), hide_index=True, height="content", placeholder=MISSING,
        key=key, alt=alt, **options,
    )  # fmt: skip


def frame(shown: Table) -> pd.DataFrame:
    """The table as a data frame: columns of single numbers as numbers, all others as text."""
    texts = pd.DataFrame(shown.cells, columns=shown.headers)
    numbers = {c.header: shown.rows[c.key].astype(float).to_numpy() * c.scale for c in shown.shown if c.numeric}
    return texts.assign(**numbers)


def columns(shown: Table) -> dict[str, Any]:
    """Streamlit's configuration of each column, by its header."""
    return {column.header: _config(column) for column in shown.shown}


def _config(column: Column) -> Any:
    pinned, width = column.name in PINNED, column.width or None
    if column.numeric:
        written = "localized" if column.digits.endswith("g") else f"%{column.digits}"
        return st.column_config.NumberColumn(format=written, pinned=pinned, width=width)
    return st.column_config.TextColumn(pinned=pinned, width=width)


def circumstances(view: View) -> None:
    """Draw the circumstances of a result, each part folded away."""
    for section in view.circumstances:
        _heading(section)
        for place, one in enumerate(section.blocks):
            block(f"circumstances_{place}", replace(one, folded=True))
