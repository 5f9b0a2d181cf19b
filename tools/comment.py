"""`python tools/comment.py NAME FILE`: put a Markdown file into a comment on the pull request of this job.

There is one comment of each NAME, found by a mark that nobody sees, and written anew by later runs. It is
found and written with what GitHub gives a job (GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_EVENT_PATH) and the
token in GITHUB_TOKEN. Without a pull request nothing is written. A pull request of a fork has no token that
may write: that is said, and fails nothing.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LONGEST = 65_000
"""Signs of a comment; GitHub takes some more."""
SECONDS = 30
PAGE = 100
"""Comments of one answer, as many as GitHub gives."""


def main(name: str, file: Path) -> None:
    """Write the comment, or say why there is none."""
    event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text("utf-8"))
    number = event.get("pull_request", {}).get("number")
    if number is None:
        print("There is no pull request to comment on.")
        return
    run = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}".format_map(os.environ)
    text = file.read_text("utf-8")[:LONGEST]
    body = f"{mark(name)}\n{text}\n\n[All reports]({run})\n"
    try:
        known = next((one for one in _comments(number) if one["body"].startswith(mark(name))), None)
        if known:
            _ask("PATCH", f"issues/comments/{known['id']}", {"body": body})
        else:
            _ask("POST", f"issues/{number}/comments", {"body": body})
    except (urllib.error.URLError, TimeoutError) as error:
        print(f"::warning::The pull request got no comment ({error}); the job's summary says the same.")


def mark(name: str) -> str:
    """What a comment of this name begins with; Markdown shows nothing of it."""
    return f"<!-- lenet-bench {name} -->"


def _comments(number: int) -> Iterator[dict[str, Any]]:
    page = 1
    while found := _ask("GET", f"issues/{number}/comments?per_page={PAGE}&page={page}"):
        yield from found
        if len(found) < PAGE:
            return
        page += 1


def _ask(method: str, what: str, values: dict[str, str] | None = None) -> Any:
    url = f"{os.environ['GITHUB_API_URL']}/repos/{os.environ['GITHUB_REPOSITORY']}/{what}"
    headers = {
        "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "Content-Type": "application/json",
    }
    content = None if values is None else json.dumps(values).encode()
    request = urllib.request.Request(url, content, headers, method=method)
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return json.load(answer)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
