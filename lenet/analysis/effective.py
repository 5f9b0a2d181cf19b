"""Show what was really in force in each label's runs, and where the labels of a pair differ in it.

Each variant reports what it runs with (its `facts()`), not what was asked of it. The allocator
cannot report: the process's environment sets it, so the setting stands for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from lenet import catalog
from lenet.analysis.report import Report
from lenet.analysis.words import listed

NAMES = {
    "device": "Device",
    "threads": "Threads",
    "jit": "Just-in-time compiler",
    "layout": "Layout of images",
    "dtype": "Number type",
    "tf32": "TF32",
    "matmul_precision": "Precision of products",
    "allocator": "Memory allocator",
    "backend": "Keras backend",
}
"""The facts that are shown, in this order, with their titles."""
WARNED = ("device", "threads", "jit", "layout", "dtype", "tf32", "allocator")
"""The facts in which a difference may distort a ratio. Not the backend: it is what is compared."""
UNSAID = ""

Facts = Mapping[str, str]


def facts(report: Report, label: str) -> dict[str, str]:
    """The facts in force in the label's runs, by the keys of NAMES, as text; UNSAID if no run says.

    'no, yes' where its runs do not agree, in the order of the rounds.
    """
    mine = [said for said in report.runs.loc[report.runs["label"] == label, "facts"] if said]
    values = {name: ", ".join(dict.fromkeys(_text(said[name]) for said in mine if name in said)) for name in NAMES}
    allocator = catalog.settings_of(label, report.experiment.request.settings).allocator
    return {**values, "allocator": allocator if mine else UNSAID}


def table(report: Report) -> pd.DataFrame:
    """A row per fact that some run reports, by its key, and a column per label."""
    columns = {label: facts(report, label) for label in _labels(report)}
    said = [name for name in NAMES if any(column[name] != UNSAID for column in columns.values())]
    return pd.DataFrame({label: [column[name] for name in said] for label, column in columns.items()}, index=said)


def warnings(report: Report) -> list[str]:
    """A sentence for each fact in which compared labels differ without being about that fact.

    Then a sentence for each label whose runs did not agree, or had not the threads asked for.
    """
    known = {label: facts(report, label) for label in _labels(report)}
    pairs = [(pair.slow, pair.fast) for pair in report.pairs]
    apart = [sentence for name in WARNED if (sentence := _apart(name, known, pairs))]
    return apart + [sentence for label in known for sentence in _odd(report, label, known[label])]


def differing(a: str, b: str, of_a: Facts, of_b: Facts) -> list[str]:
    """The keys of WARNED in which labels a and b differ, without those that either is about."""
    meant = {name for label in (a, b) for name in _about(label)}
    both = [name for name in WARNED if name not in meant and UNSAID not in (of_a[name], of_b[name])]
    return [name for name in both if of_a[name] != of_b[name]]


def _labels(report: Report) -> list[str]:
    return [str(label) for label in report.variants["label"]]


def _about(label: str) -> tuple[str, ...]:
    known = catalog.of_label(label)
    return known.about if known else ()


def _apart(name: str, known: Mapping[str, Facts], pairs: list[tuple[str, str]]) -> str:
    """The sentence for a fact in which compared labels differ; '' where no pair differs in it."""
    differ = [pair for pair in pairs if name in differing(*pair, known[pair[0]], known[pair[1]])]
    if not differ:
        return ""
    values: dict[str, list[str]] = {}
    for label in dict.fromkeys(label for pair in differ for label in pair):
        values.setdefault(known[label][name], []).append(catalog.title(label))
    sides = "; ".join(f"{value} for {listed(titles)}" for value, titles in values.items())
    return f"{NAMES[name]} differs, which may be part of their ratio: {sides}."


def _odd(report: Report, label: str, said: Facts) -> Iterator[str]:
    for name in WARNED:
        if ", " in said[name]:
            yield f"{catalog.title(label)}'s runs do not agree in one thing: {NAMES[name].lower()} was {said[name]}."
    asked = catalog.settings_of(label, report.experiment.request.settings).threads
    if said["threads"].isdigit() and said["threads"] != str(asked):
        yield f"{catalog.title(label)} had {said['threads']} threads where {asked} were asked for."


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
