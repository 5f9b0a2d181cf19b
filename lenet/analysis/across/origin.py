"""Where an imported experiment comes from, in a sentence."""

from __future__ import annotations

from datetime import datetime

from lenet.records import Experiment


def origin(experiment: Experiment) -> str:
    """On which machine an imported experiment was raced; '' for one that was raced here."""
    known = experiment.origin
    if not known:
        return ""
    when = datetime.fromisoformat(known["imported"])
    host = known["host"] or "an unnamed machine"
    return f"Raced on {host} as its experiment {known['id']}; imported {when:%Y-%m-%d}."
