"""Links that show one result to whoever has them, until they expire.

A link is signed with LENET_SECRET: nobody makes one for another experiment or a later day. To end
all of them at once, change the secret.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from datetime import timedelta

from lenet import instruments
from lenet.errors import BadInput
from lenet.hosting.config import Hosting
from lenet.records import Experiment

PATH = "/embed/{id}.html"
USUAL, MOST_DAYS = "7d", 365
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def page(public_url: str, experiment: Experiment) -> str:
    """Where a browser shows an experiment's result, to whoever may see it."""
    return f"{public_url}/{instruments.of(experiment.request).page}?experiment={experiment.id}"


def link(hosting: Hosting, experiment_id: int, period: timedelta) -> str:
    """The address of an experiment's result, for so long from now. Raises BadInput where this
    program is not hosted."""
    if not (hosting.public_url and hosting.secret):
        raise BadInput("A link needs LENET_PUBLIC_URL and LENET_SECRET; docs/hosting.md says how to set them.")
    expires = int(time.time() + period.total_seconds())
    path = PATH.format(id=experiment_id)
    return f"{hosting.public_url}{path}?expires={expires}&signature={_sign(hosting, experiment_id, expires)}"


def opens(hosting: Hosting, experiment_id: int, expires: str, signature: str) -> bool:
    """Whether these are the parts of a link that was made here and is not over."""
    if not hosting.secret or not re.fullmatch(r"[0-9]{1,12}", expires):
        return False
    genuine = _sign(hosting, experiment_id, int(expires))
    return hmac.compare_digest(genuine.encode(), signature.encode()) and time.time() < int(expires)


def period(text: str) -> timedelta:
    """'7d', '12h' or '2w' as a length of time. Raises BadInput for any other, and for more than a
    year."""
    found = re.fullmatch(r"([0-9]{1,4})([hdw])", text.strip())
    asked = int(found[1]) * UNITS[found[2]] if found else timedelta()
    if not timedelta() < asked <= timedelta(days=MOST_DAYS):
        raise BadInput(f"A link holds for a time such as 12h, 7d or 4w, a year at most, not {text[:20]!r}.")
    return asked


def _sign(hosting: Hosting, experiment_id: int, expires: int) -> str:
    # The first word keeps these signatures apart from others that are made with the same secret.
    said = f"embed\n{experiment_id}\n{expires}"
    return hmac.new(hosting.secret.encode(), said.encode(), hashlib.sha256).hexdigest()
