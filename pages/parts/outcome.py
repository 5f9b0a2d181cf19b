"""Verdict, Why and Next: what a race says, beside each other on top of its page."""

import streamlit as st

from lenet.bench.queue import Queue
from lenet.charts.figure import CONFIG
from lenet.hosting.policy import Action
from lenet.records import UNFINISHED
from lenet.views.blocks import Block, Step, View
from pages.parts import blocks, head
from pages.parts.service import may
from pages.parts.text import plain, quoting

WIDTHS = (5, 4, 3)
SHORT = 90
"""The height of a chart in a card, in pixels."""
ICONS = {"why": ":material/stairs:", "code": ":material/code:", "race": ":material/replay:"}


def draw(service: Queue, view: View) -> None:
    """Show the three cards, and below them what could change the verdict."""
    cards = [card for card in (view.why, view.next) if card and _says(card)]
    columns = st.columns(WIDTHS[: 1 + len(cards)])
    with columns[0], st.container(border=True, height="stretch", key="verdict"):
        _verdict(view)
    for column, card in zip(columns[1:], cards, strict=True):
        with column, st.container(border=True, height="stretch", key=f"card_{card.title.lower()}"):
            _card(service, card)
    if view.status not in UNFINISHED:
        for sentence in view.cautions:
            st.warning(plain(sentence), icon=":material/warning:")
        blocks.end(view)


def _verdict(view: View) -> None:
    st.caption("Verdict")
    for sentence in view.headlines:
        st.header(plain(sentence), anchor=False)
    if not view.headlines:
        st.markdown("**No two variants were compared.**")
    for sentence in view.points:
        st.markdown(plain(sentence))
    for sentence in view.remarks:
        st.caption(quoting(sentence))


def _says(card: Block) -> bool:
    """Whether there is anything on it for this user."""
    return bool(card.sentences or card.chart is not None or any(map(_offered, card.steps)))


def _offered(step: Step) -> bool:
    """Whether the user may take this step."""
    return may(Action.START) or (step.page != "race" and step.request is None)


def _card(service: Queue, card: Block) -> None:
    st.caption(card.title)
    for sentence in card.sentences:
        st.markdown(plain(sentence))
    if card.chart is not None:
        small = card.chart.update_layout(height=SHORT).update_xaxes(visible=False)
        st.plotly_chart(small, config={**CONFIG, "displayModeBar": False}, alt=card.alt, key=f"chart_{card.title}")
    for number, step in enumerate(card.steps):
        _step(service, step, f"step_{card.title.lower()}_{number}", first=number == 0)


def _step(service: Queue, step: Step, key: str, *, first: bool) -> None:
    """A link to a page, or a button that starts an experiment."""
    if not _offered(step):
        return
    if step.page == "race":
        # Not a link: on the Race page itself a link would leave the address as it is.
        if st.button(plain(step.label), key=key, type="tertiary", icon=ICONS[step.page]):
            st.switch_page("pages/race.py", query_params=dict(step.query))
    elif step.page:
        st.page_link(
            f"pages/{step.page}.py", label=plain(step.label), icon=ICONS[step.page], query_params=dict(step.query)
        )
    elif step.request is not None and st.button(
        plain(step.label), key=key, type="primary" if first else "secondary", icon=":material/play_arrow:"
    ):
        head.start(service, step.request)
