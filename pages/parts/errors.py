"""Expected errors as one sentence on the page, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from lenet.errors import LeNetError
from pages.parts.text import quoting


@contextmanager
def shown() -> Iterator[None]:
    """Show a LeNetError raised inside as the sentence it carries; what is drawn already stays."""
    try:
        yield
    except LeNetError as error:
        st.error(quoting(str(error)), icon=":material/warning:")
