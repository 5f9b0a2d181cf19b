"""Show expected errors as one sentence on the page, without a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from lenet.errors import LeNetError
from pages.parts.text import quoting


@contextmanager
def shown() -> Iterator[None]:
    """Show the sentence of a LeNetError that is raised inside; what is drawn already stays."""
    try:
        yield
    except LeNetError as error:
        st.error(quoting(str(error)), icon=":material/warning:")
