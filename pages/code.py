"""Code: the files of any two variants side by side, with the facts known about each."""

import streamlit as st

from lenet.charts.code import side_by_side
from pages.parts import code, errors, frame
from pages.parts.service import get_service


def main() -> None:
    """A choice and a card for each side, then both files with their differences marked."""
    service = get_service()
    named = code.addressed()
    columns = st.columns(2)
    chosen = []
    for column, (side, name) in zip(columns, named.items(), strict=True):
        with column:
            chosen.append(code.choose(side, name))
    left, right = chosen
    together = code.raced_together(service, left, right)
    for column, side, variant in zip(columns, named, chosen, strict=True):
        with column:
            code.card(service, variant, side, together)
    code.links(service, left, right, together)
    _say_same(left.file == right.file)
    titles = left.title, right.title
    st.html(side_by_side(titles, code.lines(left), code.lines(right), st.context.theme.type or "light"))


def _say_same(same: bool) -> None:
    """Say what the colours mean, or why nothing is coloured."""
    st.caption("Both are the same file." if same else "Coloured lines stand in one of the two files only.")


frame.require()
with errors.shown():
    main()
