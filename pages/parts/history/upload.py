"""Import an experiment that was raced elsewhere, from a file."""

import streamlit as st

from lenet.hosting.limits import FILE_MIB
from lenet.hosting.policy import Action
from pages.parts import errors
from pages.parts.history.listing import hold
from pages.parts.service import get_desk, may
from pages.parts.text import plain

FILE = "history_file"


def draw() -> None:
    """Show a field for a file, and import the file."""
    if not may(Action.IMPORT):
        return
    with st.expander("Import an experiment", icon=":material/upload:"):
        file = st.file_uploader(
            "A file that `python -m lenet export ID --format parquet` or the button Download as Parquet wrote",
            type="parquet", key=FILE, max_upload_size=min(FILE_MIB, st.get_option("server.maxUploadSize")),
        )  # fmt: skip
        if file is not None and st.button("Import", type="primary", key="history_import"):
            with errors.shown():
                with st.spinner("Checking…"):
                    number = get_desk().import_(file, plain(file.name))
                hold([number])
                st.rerun()
