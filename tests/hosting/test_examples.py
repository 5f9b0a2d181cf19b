"""The examples of docs/machines.md, as they stand there, against a real server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import jsonschema
import pytest

from lenet.analysis.issue7439.answer import TODAY
from lenet.bench.queue import Queue
from lenet.hosting import api, endpoints
from lenet.hosting.config import Hosting
from lenet.hosting.desk import Desk
from lenet.hosting.identity import Role, User
from tests.cli.test_shown import SHAPE
from tests.helpers import stored
from tests.helpers.documents import FENCE
from tests.helpers.places import ROOT
from tests.helpers.served import Server, served

ADDRESS = "https://bench.example.org"
HOSTING = Hosting("hosted", "required", ADDRESS, "s" * 32)
TEXT = (ROOT / "docs" / "machines.md").read_text(encoding="utf-8")
BLOCKS = dict(FENCE.findall(TEXT[TEXT.index("## Over HTTP") :]))


@pytest.fixture
def server(queue: Queue) -> Iterator[Server]:
    for keras in (7.5, 7.6):
        stored.add_race(queue.store, TODAY, keras, 6.1)
    with served(api.routes(lambda: queue, HOSTING, lambda: 3)) as server:
        yield server


@pytest.fixture
def variables(queue: Queue) -> dict[str, str]:
    token = Desk(queue, HOSTING, User("ann@x", Role.ADMIN)).new_token("reads", Role.VIEWER)
    return {**os.environ, "LENET_TOKEN": token}


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
def test_every_line_of_curl_is_answered(server: Server, variables: dict[str, str]) -> None:
    lines = BLOCKS["sh"].splitlines()
    asked = {re.sub(r"/\d+", "/{id}", re.search(r"/api[^\s\"?]*", line)[0]) for line in lines}  # type: ignore[index]
    assert {one.path for one in endpoints.ENDPOINTS} <= asked
    for line in lines:
        if line.endswith("/ready"):  # no runner lives in this test
            continue
        command = line.replace(ADDRESS, server.url)
        done = subprocess.run(["bash", "-c", command], env=variables, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, (line, done.stderr)
        assert "metrics" in line or json.loads(done.stdout)


def test_the_program_prints_the_verdicts(server: Server, variables: dict[str, str]) -> None:
    program = BLOCKS["python"].replace(ADDRESS, server.url).replace("instrument=race", "instrument=race&limit=1")
    done = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    newest, oldest = done.stdout.splitlines()  # from two pages
    assert newest.startswith("2 Keras fit takes ") and oldest.startswith("1 Keras fit takes ")


def test_the_example_of_what_is_shown_has_the_shape() -> None:
    jsonschema.validate(json.loads(dict(FENCE.findall(TEXT))["json"]), SHAPE)
