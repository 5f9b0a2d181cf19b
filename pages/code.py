"""Code: the files of any two variants side by side, with the facts known about each."""

import streamlit as st

from lenet.analysis import sources
from lenet.charts.code import side_by_side
from pages.parts import code, errors, frame
from pages.parts.service import get_service


def main() -> None:
    """A choice and a card for each side, then both files with their differences marked."""
    service = get_service()
    named = code.addressed()
    chosen, runs = [], []
    for column, (side, name) in zip(st.columns(2), named.items(), strict=True):
        with column:
            chosen.append(code.choose(side, name))
            runs.append(code.card(service, chosen[-1], side))
    left, right = chosen
    if len({run.experiment_id for run in runs if run}) > 1:
        st.caption("The two times are from different experiments and make no ratio; race both in one to compare them.")
    _say_same(left.file == right.file)
    titles = left.title, right.title
    st.html(side_by_side(titles, sources.lines(left), sources.lines(right), st.context.theme.type or "light"))


def _say_same(same: bool) -> None:
    """Say what the colours mean, or why nothing is coloured."""
    st.caption("Both are the same file." if same else "Coloured lines stand in one of the two files only.")


frame.require()
with errors.shown():
    main()
