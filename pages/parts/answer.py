"""Parts of the Answer page: cards, sections, programs, the file to send around."""

from collections.abc import Sequence

import streamlit as st

from lenet import catalog
from lenet.analysis import sources
from lenet.analysis.issue7439 import answer as answers
from lenet.analysis.issue7439.answer import ERAS, Answer, Choice
from lenet.bench.service import Service
from lenet.charts.code import side_by_side
from lenet.views.answer import Card
from pages.parts.text import plain


def get_answer(service: Service) -> tuple[Answer, Choice]:
    """The answer, computed again only when another experiment fits better, and which experiments it
    is taken from."""
    choice = answers.choose(service.store)
    return _gathered(service, str(service.home.database_url), choice), choice


@st.cache_data(show_spinner="Gathering the answer…", max_entries=4)
def _gathered(_service: Service, database: str, choice: Choice) -> Answer:
    return answers.gather(_service.store, choice)


def cards(shown: Sequence[Card]) -> None:
    """How many times as long Keras takes, beside each other."""
    for column, card in zip(st.columns(len(shown)), shown, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.metric(card.title, card.value)
            st.caption(plain(card.note))


def programs() -> None:
    """The issue's two programs in both eras, line by line."""
    st.subheader("The two programs", anchor=False, divider="gray")
    st.caption("Coloured lines stand in one of the two files only.")
    pairs = [(catalog.variant(era.tensorflow), catalog.variant(era.keras)) for era in ERAS]
    titles = [" and ".join(variant.title for variant in pair) for pair in pairs]
    for tab, (left, right) in zip(st.tabs(titles), pairs, strict=True):
        text = sources.lines(left), sources.lines(right)
        tab.html(side_by_side((left.title, right.title), *text, st.context.theme.type or "light"))


def download(answer: Answer) -> None:
    """The same as one HTML file."""

    def write() -> str:
        from lenet.document.html import answer_page

        return answer_page(answer)

    st.download_button(
        "Download as one HTML file", write, "keras-issue-7439.html", "text/html",
        on_click="ignore", icon=":material/download:", key="download",
    )  # fmt: skip
