"""Say in a sentence where an imported experiment comes from."""

from __future__ import annotations

from datetime import datetime

from lenet.records import Experiment, Request


def origin(experiment: Experiment) -> str:
    """The machine on which an imported experiment was raced, and whether its batches were removed;
    '' for an experiment that was raced here and is whole."""
    return " ".join(filter(None, (_raced(experiment), _pruned(experiment))))


def _pruned(experiment: Experiment) -> str:
    when = experiment.pruned
    return (
        f"Its batches were removed on {when:%Y-%m-%d} to make room; its figures stand in the history." if when else ""
    )


def _raced(experiment: Experiment) -> str:
    known = experiment.origin
    if not known:
        return ""
    when = datetime.fromisoformat(known["imported"])
    host = known["host"] or "an unnamed machine"
    asked, by = (_who(known.get(name), word) for name, word in (("submitter", "asked for by"), ("by", "by")))
    return f"Raced on {host} as its experiment {known['id']}{asked and f',{asked}'}; imported {when:%Y-%m-%d}{by}."


def _who(name: str | None, word: str) -> str:
    """' by ada'; '' for whoever sat at the machine, which says nothing."""
    return f" {word} {name}" if name and name != Request.submitter else ""
