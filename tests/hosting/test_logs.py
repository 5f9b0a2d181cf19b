"""Logs as JSON: one line a record, with what it is about, and never a secret."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys

import pytest

from lenet.errors import BadInput
from lenet.hosting import logs
from tests.helpers.places import ROOT

ENVIRONMENT = {
    "LENET_SECRET": "the-secret-that-signs-all-links-0001",
    "LENET_WEBHOOK_SECRET": "the-secret-that-signs-messages",
    "LENET_WEBHOOK_URL": "https://chat.example.org/services/T0/B0/xyz",
    "LENET_TOKEN": "a-token-of-another-form",
    "STREAMLIT_SERVER_COOKIE_SECRET": "the-secret-of-cookies-0001",
    "PGPASSWORD": "hunter22",
    "LENET_DATABASE_URL": "postgresql://lenet:p%40ss%2Fword@database/lenet",
}
HIDDEN = [
    *(value for name, value in ENVIRONMENT.items() if name != "LENET_DATABASE_URL"),
    "p%40ss%2Fword",
    "p@ss/word",
]
PROGRAM = """
import logging, warnings
before = logging.getLogger("before")
before.propagate = False
before.addHandler(logging.StreamHandler())
from lenet.hosting import logs
logs.set_up()
after = logging.getLogger("after")
after.propagate = False
after.addHandler(logging.StreamHandler())
for logger in (before, after, logging.getLogger("plain")):
    logger.warning("of %s\\nand a second line", logger.name, extra={"experiment": 12})
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("plain").exception("The secret is %s", __import__("os").environ["LENET_SECRET"])
warnings.warn("Careful.")
"""


def lines(environment, program=PROGRAM):
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True,
        timeout=120, check=True,
    )  # fmt: skip
    return done.stderr.splitlines()


def test_every_record_is_one_line_of_json_from_whatever_logger():
    written = [json.loads(line) for line in lines({**ENVIRONMENT, "LENET_LOG": "json"})]
    assert [one["logger"] for one in written] == ["before", "after", "plain", "plain", "py.warnings"]
    assert written[0]["message"] == "of before\nand a second line"
    assert written[0]["experiment"] == 12 and "experiment" not in written[3]
    assert {one["level"] for one in written} == {"warning", "error"}
    assert all(one["time"].endswith("+00:00") for one in written)
    assert "ZeroDivisionError" in written[3]["message"] and "The secret is ***" in written[3]["message"]


def test_without_it_logs_stay_as_they_are():
    assert lines(ENVIRONMENT)[0] == "of before"


@pytest.mark.parametrize("secret", HIDDEN)
def test_no_secret_of_the_environment_is_in_a_line(secret):
    form = logs.Lines(logs.secrets_of(ENVIRONMENT))
    record = logging.makeLogRecord({"name": "x", "msg": "It is %s, said %r.", "args": (secret, f"<{secret}>")})
    assert secret not in json.loads(form.format(record))["message"]
    try:
        raise ValueError(secret)
    except ValueError:
        failed = logging.makeLogRecord({"msg": "Failed", "exc_info": sys.exc_info()})
    assert secret not in json.loads(form.format(failed))["message"]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"Authorization: Bearer {'x' * 20}", "x" * 20),
        (f"a token lenet_{'k' * 43} here", "lenet_"),
        ("postgresql://lenet:ab@host/x", ":ab@"),
        ('"GET /embed/1.html?expires=1&signature=0123abc HTTP/1.1"', "0123abc"),
        ("/oauth2callback?code=q1w2e3&state=r4t5", "q1w2e3"),
        ("/oauth2callback?code=q1w2e3&state=r4t5", "r4t5"),
    ],
)
def test_a_secret_is_known_by_its_place_too(text, secret):
    assert secret in text and secret not in logs.Lines(()).without_secrets(text)


def test_other_words_stay():
    text = "GET /results?experiment=12 from 10.0.0.1:80, https://bench.example.org/a@b, code 3, ratio 1.24"
    assert logs.Lines(logs.secrets_of({"LENET_SECRET": ""})).without_secrets(text) == text


def test_another_form_is_refused():
    with pytest.raises(BadInput, match="may be text or json"):
        logs.set_up({"LENET_LOG": "xml"})
