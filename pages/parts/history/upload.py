"""Import an experiment that was raced elsewhere, from a file."""

from io import BytesIO

import streamlit as st

from lenet.bench.queue import Queue
from lenet.hosting.policy import Action
from pages.parts import errors
from pages.parts.history.listing import hold
from pages.parts.service import get_desk, may
from pages.parts.text import plain

MEBIBYTES = 64
FILE = "history_file"


def draw(service: Queue) -> None:
    """Show a field for a file, and import the file."""
    if not may(Action.IMPORT):
        return
    with st.expander("Import an experiment", icon=":material/upload:"):
        file = st.file_uploader(
            "A file that `python -m lenet export ID --format parquet` or the button Download as Parquet wrote",
            type="parquet", key=FILE, max_upload_size=MEBIBYTES,
        )  # fmt: skip
        if file is not None and st.button("Import", type="primary", key="history_import"):
            with errors.shown():
                hold([_import(file, file.name)])
                st.rerun()


def _import(file: BytesIO, name: str) -> int:
    """Check and store an experiment, all of it or nothing; return the number that it has here."""
    from lenet.exchange import read_parquet

    with st.spinner("Checking…"):
        return get_desk().take_in(lambda: read_parquet(file, plain(name)))
