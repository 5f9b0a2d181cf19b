"""The twin of a race: a second copy of its first variant, raced beside it in every round.

How far the two come out apart is what this very race calls equal. The twin is the last entry of its
request and competes with none.
"""

from __future__ import annotations

from dataclasses import replace

from lenet import catalog
from lenet.records import Request


def added(request: Request) -> Request:
    """The request with its twin, where it asks for one and has none yet."""
    if not request.settings.twin or not request.variants or label(request):
        return request
    return replace(request, variants=(*request.variants, request.variants[0]))


def label(request: Request) -> str:
    """The label of the twin's runs; '' where there is none."""
    entries = request.variants
    there = request.settings.twin and len(entries) > 1 and entries[-1] == entries[0]
    return catalog.labels(entries)[-1] if there else ""


def competitors(request: Request) -> tuple[str, ...]:
    """The entries of a request without its twin."""
    return request.variants[:-1] if label(request) else request.variants
