"""Answer: what the stored experiments say about Keras issue 7439."""

import streamlit as st

from lenet.analysis.issue7439 import answer as answers
from lenet.analysis.issue7439 import original
from lenet.analysis.issue7439.conclusion import conclude
from lenet.views.answer import cards, sections
from pages.parts import answer as widgets
from pages.parts import blocks, errors, frame, pulse
from pages.parts.service import get_service


def main() -> None:
    """The conclusion, then the evidence, part by part."""
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
    blocks.sections(sections(answer))
    widgets.programs()
    pulse.watch(lambda: answers.choose(service.store), drawn)


frame.require()
with errors.shown():
    main()
