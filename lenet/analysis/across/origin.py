"""Say in a sentence where an imported experiment comes from."""

from __future__ import annotations

from datetime import datetime

from lenet.records import Experiment


def origin(experiment: Experiment) -> str:
    """The machine on which an imported experiment was raced; '' for an experiment raced here."""
    known = experiment.origin
    if not known:
        return ""
    when = datetime.fromisoformat(known["imported"])
    host = known["host"] or "an unnamed machine"
    return f"Raced on {host} as its experiment {known['id']}; imported {when:%Y-%m-%d}."
