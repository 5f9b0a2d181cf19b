"""Parts of the Answer page: cards, programs, and the file to send around."""

from collections.abc import Sequence

import streamlit as st

from lenet import catalog
from lenet.analysis import sources
from lenet.analysis.issue7439 import answer as answers
from lenet.analysis.issue7439.answer import ERAS, Answer, Choice
from lenet.analysis.issue7439.conclusion import Conclusion
from lenet.bench.queue import Queue
from lenet.charts.code import side_by_side
from lenet.views.answer import Card
from lenet.views.blocks import Section
from pages.parts import blocks
from pages.parts.text import plain

PROGRAMS, PROGRAMS_ANCHOR = "The two programs", "the-two-programs"


def get_answer(service: Queue) -> tuple[Answer, Choice]:
    """The answer, and the choice of experiments that it is taken from.

    It is computed again only when another experiment fits better.
    """
    choice = answers.choose(service.store)
    return _gathered(service, str(service.home.database_url), choice), choice


@st.cache_data(show_spinner="Gathering the answer…", max_entries=4)
def _gathered(_service: Queue, database: str, choice: Choice) -> Answer:
    return answers.gather(_service.store, choice)


def cards(shown: Sequence[Card]) -> None:
    """Show cards next to each other, their figures large."""
    with st.container(key="answer_cards"):
        for column, card in zip(st.columns(len(shown)), shown, strict=True):
            with column, st.container(border=True, height="stretch"):
                st.metric(card.title, card.value)
                st.caption(plain(card.note))


def sentences(conclusion: Conclusion) -> None:
    """Show the three sentences, the first of them large."""
    headline, *others = conclusion.sentences
    st.header(plain(headline), anchor=False)
    with st.container(key="answer_sentences"):
        for sentence in others:
            st.markdown(plain(sentence))


def contents(shown: Sequence[Section]) -> None:
    """Show a link to every section, and to the programs."""
    named = [(one.title, one.anchor) for one in shown] + [(PROGRAMS, PROGRAMS_ANCHOR)]
    st.markdown("\n".join(f"* [{plain(title)}](#{anchor})" for title, anchor in named))


def sections(shown: Sequence[Section]) -> None:
    """Show what each part found, and the evidence below it."""
    for number, section in enumerate(shown):
        st.subheader(plain(section.title), anchor=section.anchor, divider="gray")
        st.caption(plain(section.about))
        blocks.body(str(number), section, {})


def programs() -> None:
    """Show the issue's two programs of both eras, line by line, folded."""
    st.subheader(PROGRAMS, anchor=PROGRAMS_ANCHOR, divider="gray")
    st.caption("Coloured lines stand in one of the two files only.")
    pairs = [(catalog.variant(era.tensorflow), catalog.variant(era.keras)) for era in ERAS]
    titles = [" and ".join(variant.title for variant in pair) for pair in pairs]
    for title, (left, right) in zip(titles, pairs, strict=True):
        text = sources.lines(left), sources.lines(right)
        with st.expander(title, icon=":material/code:"):
            st.html(side_by_side((left.title, right.title), *text, st.context.theme.type or "light"))


def download(answer: Answer) -> None:
    """Show a button that downloads the answer as one HTML file."""

    def write() -> str:
        from lenet.document.html import answer_page

        return answer_page(answer)

    st.download_button(
        "Download as one HTML file", write, "keras-issue-7439.html", "text/html",
        on_click="ignore", icon=":material/download:", key="download",
    )  # fmt: skip
