"""What the shell prints of the history: lists of experiments, and trends. Computes nothing itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import orjson
import pandas as pd
from rich.markup import escape

from lenet import instruments
from lenet.cli.terminal import console, frame_table
from lenet.errors import BadInput
from lenet.records import Filter

if TYPE_CHECKING:
    from lenet.analysis.across.history import Series, Trend
    from lenet.store import Store

NEWEST = 30
"""So many experiments of a trend are printed; --json writes all of them."""


def show_experiments(store: Store, wanted: Filter) -> None:
    """A row per experiment, newest first, and how many there are."""
    from lenet.charts.trend import experiments

    found = store.search(wanted)
    if not found.experiments:
        console.print(
            "No experiment fits; leave a filter out, or `python -m lenet run --preset quick` makes the first."
        )
        return
    _print(experiments(found.experiments, store.annotations(one.id for one in found.experiments)))
    console.print(f"{len(found.experiments)} of {found.total:,} experiments.", highlight=False)


def show_trend(store: Store, wanted: Filter, circumstance: str) -> Trend:
    """The series of a variant, then one of them through time: the named one, or the longest. Raises BadInput."""
    from lenet.analysis.across import figures, history
    from lenet.charts import trend as tables

    with console.status("Reading what is new"):
        figures.fill(store)
    choices = history.choices(store, wanted)
    series = _chosen(choices, circumstance)
    if len(choices) > 1:
        _print(pd.DataFrame({"Circumstance": [one.circumstance for one in choices],
                             "In words": [one.about for one in choices],
                             "Figures": [one.count for one in choices]}))  # fmt: skip
    found = history.trend(store, series, wanted)
    console.print(series.about, highlight=False, markup=False)
    for sentence in found.sentences:
        console.print(f"[bold]{escape(sentence)}[/bold]", highlight=False)
    _print(tables.marks(found))
    _print(tables.points(found).head(NEWEST))
    return found


def _chosen(choices: list[Series], circumstance: str) -> Series:
    for series in choices:
        if not circumstance or series.circumstance == circumstance:
            return series
    if choices:
        known = ", ".join(one.circumstance for one in choices)
        raise BadInput(f"There is no series {circumstance!r} of this variant; there are {known}.")
    raise BadInput("No experiment that fits has timed this variant; `python -m lenet history` lists them.")


def as_json(trend: Trend) -> str:
    """A trend with all its digits."""
    from lenet.analysis.across import history

    return orjson.dumps(history.as_json(trend), option=orjson.OPT_INDENT_2).decode()


def annotated(store: Store, experiment_id: int) -> str:
    """What stands beside an experiment now."""
    found = store.annotation(experiment_id)
    tags = ", ".join(found.tags) or "no tags"
    return f"Experiment {experiment_id}: {found.title or 'no title'}; {tags}; {found.note or 'no note'}."


def question(store: Store, experiment_id: int) -> str:
    """What to ask before an experiment is deleted. Raises BadInput when there is none."""
    one = store.experiment(experiment_id)
    about = f"{instruments.subject(one.request)}; {one.created:%Y-%m-%d %H:%M} UTC"
    return f"Delete experiment {experiment_id} ({about}) with all its batches? This cannot be undone."


def _print(frame: pd.DataFrame) -> None:
    if frame.empty:
        return
    console.print(frame_table(frame, _text))


def _text(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.4f}"
    return str(value)
