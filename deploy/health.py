"""Whether the app in this container is healthy: exit status 0 or 1, and a sentence.

It asks /api/v1/ready, which looks at database and runner. An app that has no such address, as a
laptop's, answers with its page there; then Streamlit's own /_stcore/health is asked.
"""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request

SECONDS = 4
PATH = os.environ.get("STREAMLIT_SERVER_BASE_URL_PATH", "").strip("/")
PORT = os.environ.get("STREAMLIT_SERVER_PORT", "8501")
ADDRESS = f"http://127.0.0.1:{PORT}/{PATH}".rstrip("/")


def answered(path: str) -> tuple[int, str, str]:
    """Status, kind of content and text of what the app answers at `path`. Raises OSError without an
    answer."""
    try:
        with urllib.request.urlopen(ADDRESS + path, timeout=SECONDS) as answer:
            return answer.status, answer.headers.get_content_type(), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get_content_type(), error.read().decode()


def healthy() -> tuple[bool, str]:
    """Whether it is, and what it says itself."""
    try:
        status, kind, text = answered("/api/v1/ready")
        if kind != "application/json":
            status, kind, text = answered("/_stcore/health")
            return status == 200 and text == "ok", text[:200]
        return status == 200, text
    except OSError as error:
        return False, f"There is no answer from {ADDRESS} ({error})."


if __name__ == "__main__":
    is_well, said = healthy()
    print(said)
    sys.exit(not is_well)
