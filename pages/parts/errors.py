"""Show expected errors as one sentence on the page, without a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from lenet.errors import LeNetError, StoreError
from lenet.hosting.policy import Action
from pages.parts.service import may
from pages.parts.text import quoting

REFUSES = "The database refuses just now; tell whoever runs this server."


@contextmanager
def shown() -> Iterator[None]:
    """Show the sentence of a LeNetError that is raised inside; what is drawn already stays."""
    try:
        yield
    except StoreError as error:
        # It names the database and its folder.
        st.error(quoting(str(error)) if may(Action.READ_LOGS) else REFUSES, icon=":material/warning:")
    except LeNetError as error:
        st.error(quoting(str(error)), icon=":material/warning:")
