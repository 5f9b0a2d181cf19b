"""Answer: what the stored experiments say about Keras issue 7439."""

import streamlit as st

from lenet.analysis.issue7439 import answer as answers
from lenet.analysis.issue7439 import original
from lenet.analysis.issue7439.conclusion import conclude
from lenet.views.answer import cards, sections
from pages.parts import answer as widgets
from pages.parts import errors, frame, pulse
from pages.parts.service import get_service


def main() -> None:
    """The question, three figures, three sentences, then the evidence, folded."""
    service = get_service()
    answer, drawn = widgets.get_answer(service)
    st.caption(f"{original.QUESTION} [keras-team/keras issue 7439]({original.URL})")
    widgets.cards(cards(answer))
    widgets.sentences(conclude(answer))
    shown = sections(answer)
    widgets.contents(shown)
    widgets.sections(shown)
    widgets.programs()
    widgets.download(answer)
    pulse.watch(lambda: answers.choose(service.store), drawn)


frame.require()
with errors.shown():
    main()
