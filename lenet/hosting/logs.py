"""Logs for machines: LENET_LOG=json makes each record of app and runner one line of JSON, without
secrets."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from lenet.errors import BadInput
from lenet.hosting import keys

FORMS = ("text", "json")
SECRETS = (
    "LENET_SECRET",
    "LENET_TOKEN",
    "LENET_WEBHOOK_SECRET",
    "LENET_WEBHOOK_URL",
    "STREAMLIT_SERVER_COOKIE_SECRET",
    "PGPASSWORD",
)
"""Variables whose values are in no line. The address of a chat is a secret itself."""
SHORTEST = 4
"""A shorter secret would strike out parts of words; where it is a password in an address it is
known by its place."""
BLANK = "***"
PLACES = (
    (keys.KEY, BLANK),
    (re.compile(r"(://[^:/@\s]*:)[^@\s]+(@)"), rf"\1{BLANK}\2"),
    (re.compile(r"(?i)(bearer\s+)[^\s\"',]+"), rf"\1{BLANK}"),
    (re.compile(r"([?&](?:signature|code|state|id_token|access_token)=)[^&\s\"']+"), rf"\1{BLANK}"),
)
"""What is a secret wherever it stands, and what is written instead."""


def set_up(environment: Mapping[str, str] = os.environ) -> None:
    """Write the records of this process as LENET_LOG says. Raises BadInput for any other form."""
    form = environment.get("LENET_LOG") or FORMS[0]
    if form not in FORMS:
        raise BadInput(f"LENET_LOG is {form!r}; it may be {' or '.join(FORMS)}.")
    if form == "json":
        _everywhere(Lines(secrets_of(environment)))


def secrets_of(environment: Mapping[str, str]) -> set[str]:
    """Every secret that these variables hold, also as an address spells it."""
    found = {environment.get(name, "") for name in SECRETS}
    try:
        spelled = urlsplit(environment.get("LENET_DATABASE_URL", "")).password or ""
    except ValueError:  # no address at all
        spelled = ""
    return {one for one in (*found, spelled, unquote(spelled)) if len(one) >= SHORTEST}


class Lines(logging.Formatter):
    """A record as one line of JSON: time, level, logger, message, and the experiment where it is
    about one."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = sorted(secrets, key=len, reverse=True)  # one may hold another

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        said = record.getMessage()
        if record.exc_info:
            said += "\n" + self.formatException(record.exc_info)
        elif record.exc_text:
            said += "\n" + record.exc_text
        if record.stack_info:
            said += "\n" + record.stack_info
        values = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.without_secrets(said),
        }
        if (experiment := getattr(record, "experiment", None)) is not None:
            values["experiment"] = experiment
        return json.dumps(values)

    def without_secrets(self, text: str) -> str:
        """The text with every secret struck out."""
        for secret in self._secrets:
            text = text.replace(secret, BLANK)
        for pattern, instead in PLACES:
            text = pattern.sub(instead, text)
        return text


def _everywhere(form: Lines) -> None:
    """Have every handler of every logger write so: servers bring handlers of their own, and make
    some later."""

    class Logger(logging.Logger):
        def addHandler(self, handler: logging.Handler) -> None:
            handler.setFormatter(form)
            super().addHandler(handler)

    logging.setLoggerClass(Logger)
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(logging.StreamHandler(sys.stderr))
    known = [one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    for handler in {handler for logger in (root, *known) for handler in logger.handlers}:
        handler.setFormatter(form)
    logging.captureWarnings(True)
