"""What goes between the head and a machine, as plain values and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lenet.records import Request
from lenet.settings import Settings
from lenet.worker.tape import DTYPE

_ASKED = ("preset", "submitter", "instrument", "plan")


def plain(request: Request) -> dict[str, Any]:
    """A request as plain values."""
    asked = {name: getattr(request, name) for name in _ASKED}
    return {"variants": list(request.variants), "settings": request.settings.as_dict(), **asked}


def request(values: Mapping[str, Any]) -> Request:
    """The request of such values. Raises BadInput for a setting out of bounds."""
    asked = {name: values[name] for name in _ASKED}
    return Request(tuple(values["variants"]), Settings.parse(values["settings"]), **asked)


def rows(content: bytes) -> npt.NDArray[np.void]:
    """The batches that a tape has in these bytes."""
    return np.frombuffer(content, DTYPE)
