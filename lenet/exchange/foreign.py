"""Files that are no experiment: what they are, so that a refusal can say what to do instead."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Mapping
from typing import Any, BinaryIO

from lenet.analysis.export import FORMAT

MOST_BYTES = 32 * 1024**2
ADVICE = "race its programs here as variants, or name an experiment or a file of `python -m lenet export ID --format "
ADVICE += "parquet`"
AGAIN = "export the experiment as Parquet (`python -m lenet export ID --format parquet`), which has every batch"
MARK = "metadata/lenet_uid"
"""What our own files for pyperf have."""
TOOLS: Mapping[str, tuple[str, str]] = {
    "pytest-benchmark": ("machine_info", "benchmarks"),
    "Google Benchmark": ("context/executable", "benchmarks"),
    "pyperf": ("version", "benchmarks/0/runs"),
    "asv": ("commit_hash", "results"),
    "hyperfine": ("results/0/command", "results/0/mean"),
}
"""Tool -> two places that its JSON has; the first that fits is meant."""


def refusal(file: BinaryIO) -> str:
    """Why this file is none of ours and what to do, as the second half of a sentence; '' for one
    that nobody knows."""
    file.seek(0)
    start = file.read(MOST_BYTES)
    if start.lstrip()[:9].lower() == b"<!doctype":
        return f"it is a report to read; {AGAIN}"
    document = _json(start)
    if document.get("format") == FORMAT:
        return f"it is JSON, which has an experiment's figures alone; {AGAIN}"
    if _has(document, MARK):
        return f"it was written for pyperf to read; {AGAIN}"
    tool = next((name for name, places in TOOLS.items() if all(_has(document, place) for place in places)), "")
    return f"it is a result of {tool}, whose times took no turns with any of ours; {ADVICE}" if tool else ""


def _has(value: Any, place: str) -> bool:
    for key in place.split("/"):
        if isinstance(value, list) and value:
            value = value[0]
        elif isinstance(value, dict) and key in value:
            value = value[key]
        else:
            return False
    return True


def _json(content: bytes) -> dict[str, Any]:
    """The object in a file, which pyperf packs; {} for anything else."""
    try:
        if content[:2] == b"\x1f\x8b":
            content = _unpacked(content)
        known = json.loads(content)
    except (ValueError, RecursionError, OSError, EOFError):
        return {}
    return known if isinstance(known, dict) else {}


def _unpacked(content: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
        return packed.read(MOST_BYTES)
