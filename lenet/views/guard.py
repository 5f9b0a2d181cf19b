"""The view of a guard: is anything slower than it was, by how much, and how sure is that?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from lenet.analysis import ratio_words
from lenet.analysis.across import compare_words, guarded
from lenet.analysis.across.compare import SLOWER, UNSURE, Comparison
from lenet.analysis.across.guarded import OPEN, UNCONFIRMED, Guarded
from lenet.analysis.decision import apart
from lenet.analysis.words import counted, listed
from lenet.charts import intervals
from lenet.charts.intervals import Line
from lenet.views.blocks import Block, Column, Section, Table, View

SECOND = "second race"


def view(found: Sequence[Guarded], limit: float, left_out: Sequence[str] = ()) -> View:
    """The whole result. limit: a share; left_out: sentences on what was not guarded."""
    rows = lines(found)
    drawing = Block(markup=picture(found, limit), signs=intervals.signs(rows, guarded.lines(limit)))
    return View(
        name="Guard",
        title=_title(limit),
        headlines=(headline(found, limit),),
        points=tuple(sentence for one in found for sentence in _verdicts(one)),
        cautions=tuple(dict.fromkeys(caution for one in found for caution in one.refused)),
        remarks=(*_remarks(found), *left_out),
        line=_line(found),
        sections=(Section("Side by side", (drawing, Block(table=_table(found)))),) if rows else (),
    )


def picture(found: Sequence[Guarded], limit: float) -> str:
    """The intervals as SVG."""
    return intervals.svg(lines(found), guarded.lines(limit), _title(limit))


def _title(limit: float) -> str:
    return f"Is anything slower by more than {apart(1 + limit)}?"


def lines(found: Sequence[Guarded]) -> list[Line]:
    """A line for each race that has a ratio."""
    return [
        Line(_race(one, number), c.ratio, c.low, c.high, UNSURE if one.why == OPEN else one.outcome, outcome(one))
        for one in found
        for number, c in enumerate(one.comparisons)
    ]


def headline(found: Sequence[Guarded], limit: float) -> str:
    """The answer, in a sentence."""
    if not found:
        return "Nothing could be compared."
    outcome = guarded.outcome(found)
    titles = listed([one.title for one in found if one.outcome == outcome])
    if outcome == SLOWER:
        return f"Slower by more than {apart(1 + limit)}: {titles}."
    if outcome == UNSURE:
        return f"Not sure: {titles}."
    number = counted(len(found), "program")
    return f"Nothing is surely slower by more than {apart(1 + limit)}, of {number}."


def outcome(one: Guarded) -> str:
    """What is made of a variant, in a few words."""
    limit = apart(1 + one.limit)
    if not one.comparisons:
        return "not compared"
    if one.why == UNCONFIRMED:
        return "not confirmed"
    if one.why == OPEN:
        return "not surely slower" if one.outcome != UNSURE else "not sure"
    return f"slower by more than {limit}" if one.outcome == SLOWER else f"not slower by {limit}"


def sentence(one: Guarded) -> str:
    """All that is said of a variant, in one text."""
    return " ".join([*_verdicts(one), *one.refused])


def _verdicts(one: Guarded) -> list[str]:
    said = [compare_words.verdict(comparison) for comparison in one.comparisons]
    if one.why == UNCONFIRMED:
        said.append(
            f"{one.title}: the {SECOND} does not confirm that it is slower by more than {apart(1 + one.limit)}."
        )
    return said


def _race(one: Guarded, number: int) -> str:
    return f"{one.title}, {SECOND}" if number else one.title


def _remarks(found: Sequence[Guarded]) -> list[str]:
    """What else changed between the sides, each once."""
    said: dict[str, list[str]] = {}
    for one in found:
        for comparison in one.comparisons[:1]:
            changed = compare_words.changed_beside_its_name(comparison)
            text = " ".join(changed) if changed else "nothing that is recorded of the program changed."
            said.setdefault(text, []).append(one.title)
    return [f"{listed(titles)}: {text}" for text, titles in said.items()]


def _line(found: Sequence[Guarded]) -> str:
    first = next((c for one in found for c in one.comparisons), None)
    if first is None:
        return ""
    numbers = [str(race.new.id) for one in found for race in one.races]
    raced = f"{counted(len(numbers), 'race')} ({', '.join(numbers)})"
    when = f"{first.new.report.experiment.created:%Y-%m-%d %H:%M} UTC"
    return f"{first.new.circumstance.title}; {raced}, both sides side by side, {when}; intervals are 95 %."


def _table(found: Sequence[Guarded]) -> Table:
    columns = (
        Column("Variant", "title"),
        Column("Base", "base", "ms", ".3f", "base_low", "base_high"),
        Column("New", "new", "ms", ".3f", "new_low", "new_high"),
        Column("New / base [95 %]", "ratio"),
        Column("Rounds", "rounds", digits=".0f"),
        Column("Outcome", "outcome"),
    )
    rows = [_row(one, number, c) for one in found for number, c in enumerate(one.comparisons)]
    return Table(columns, pd.DataFrame([*rows, *(_empty(one) for one in found if not one.comparisons)]))


def _row(one: Guarded, number: int, comparison: Comparison) -> dict[str, object]:
    times = {
        f"{name}{end}": value
        for name, side in (("base", comparison.base), ("new", comparison.new))
        for end, value in (("", side.figure.batch_ms), ("_low", side.figure.low), ("_high", side.figure.high))
    }
    return {
        "title": _race(one, number),
        **times,
        "ratio": ratio_words.text(comparison.ratio, comparison.low, comparison.high),
        "rounds": comparison.rounds[0],
        "outcome": outcome(one),
    }


def _empty(one: Guarded) -> dict[str, object]:
    times = {f"{name}{end}": math.nan for name in ("base", "new") for end in ("", "_low", "_high")}
    return {"title": one.title, **times, "ratio": ratio_words.text(math.nan, math.nan, math.nan), "rounds": 0,
            "outcome": outcome(one)}  # fmt: skip
