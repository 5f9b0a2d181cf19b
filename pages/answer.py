"""Answer: what the stored experiments say about Keras issue 7439."""

import streamlit as st

from lenet.analysis.issue7439 import original
from lenet.analysis.issue7439.conclusion import conclude
from lenet.document.sections import cards, sections
from pages.parts import answer as widgets
from pages.parts import errors, frame
from pages.parts.service import get_service


def main() -> None:
    """The conclusion, then what it stands on, part by part."""
    service = get_service()
    answer, drawn = widgets.get_answer(service)
    conclusion = conclude(answer)
    st.header(widgets.plain(conclusion.headline), anchor=False)
    st.caption(f"{original.QUESTION} [keras-team/keras issue 7439]({original.URL})")
    with st.container(border=True, key="conclusion"):
        for paragraph in conclusion.paragraphs:
            st.markdown(widgets.plain(paragraph))
    widgets.cards(cards(answer))
    widgets.download(answer)
    for number, section in enumerate(sections(answer)):
        widgets.section(number, section)
    widgets.programs()
    widgets.watch(service, drawn)


frame.require()
with errors.shown():
    main()
