"""Parts of the Answer page: cards, sections, programs, the file to send around."""

from collections.abc import Sequence

import streamlit as st

from lenet import catalog
from lenet.analysis import sources
from lenet.analysis.issue7439 import answer as answers
from lenet.analysis.issue7439.answer import ERAS, Answer, Choice
from lenet.bench.service import Service
from lenet.charts.code import side_by_side
from lenet.charts.figure import CONFIG
from lenet.document.sections import Block, Card, Section
from lenet.instruments import INSTRUMENTS
from pages.parts import errors
from pages.parts.text import plain

SECONDS = 5.0


def get_answer(service: Service) -> tuple[Answer, Choice]:
    """The answer, computed again only when another experiment fits better, and which experiments it is taken from."""
    choice = answers.choose(service.store)
    return _gathered(service, service.home.database_url, choice), choice


@st.cache_data(show_spinner="Gathering the answer…", max_entries=4)
def _gathered(_service: Service, database: str, choice: Choice) -> Answer:
    return answers.gather(_service.store, choice)


def cards(shown: Sequence[Card]) -> None:
    """How many times as long Keras takes, beside each other."""
    for column, card in zip(st.columns(len(shown)), shown, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.metric(card.title, card.value)
            st.caption(plain(card.note))


def section(number: int, shown: Section) -> None:
    """A heading and its blocks, two beside each other where they may be."""
    st.subheader(shown.title, anchor=False, divider="gray")
    st.caption(plain(shown.about))
    wide = 2 if shown.beside else 1
    for first in range(0, len(shown.blocks), wide):
        row = enumerate(shown.blocks[first : first + wide], first)
        for column, (place, block) in zip(st.columns(wide), row, strict=False):
            with column:
                _block(f"{number}_{place}", block)


def _block(key: str, block: Block) -> None:
    if block.title:
        st.markdown(f"**{plain(block.title)}**")
    st.markdown(plain(" ".join(block.sentences)))
    if block.chart is not None:
        st.plotly_chart(block.chart, config=CONFIG, alt=block.alt, key=f"chart_{key}")
    if block.table is not None:
        st.dataframe(block.table, hide_index=True, alt=block.title, key=f"table_{key}")
    if block.source:
        st.caption(plain(block.source))
    if block.command:
        st.code(block.command, language="sh")
    if block.instrument:
        _link(block)


def _link(block: Block) -> None:
    """To the page that shows the experiment, or that starts one."""
    raced, number = not INSTRUMENTS[block.instrument].asks_why, block.experiment
    file, name, icon = ("pages/race.py", "Race", "sports_score") if raced else ("pages/why.py", "Why", "stairs")
    if number is None:
        st.page_link(file, label=f"Measure it on the {name} page", icon=f":material/{icon}:")
    else:
        file = "pages/results.py" if raced else file
        query = {"experiment": str(number)}
        st.page_link(file, label=f"Experiment {number}", icon=":material/bar_chart:", query_params=query)


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


@st.fragment(run_every=SECONDS)
def watch(service: Service, drawn: Choice) -> None:
    """Draw the whole page again when the answer would be taken from other experiments."""
    with errors.shown():
        if answers.choose(service.store) != drawn:
            st.rerun()
