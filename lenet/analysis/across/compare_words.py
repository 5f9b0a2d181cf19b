"""A comparison of two experiments in words (verdict, what its interval covers, what changed) and as
plain values."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from lenet import catalog
from lenet.analysis import ratio_words
from lenet.analysis.across import compare as comparing
from lenet.analysis.across.compare import Compared, Comparison
from lenet.analysis.across.measured_label import Side
from lenet.analysis.effective import NAMES
from lenet.analysis.export import plain
from lenet.analysis.words import counted, listed
from lenet.records import Experiment

FORMAT, VERSION = "lenet-bench/comparison", 1
SYSTEM = {"platform": "System", "libc": "C library", "memory_bytes": "Memory in bytes", "commit": "LeNet Bench"}
"""The facts of a machine that may change while it stays the same machine."""
DIGITS = 10
"""Of a commit."""
ADVICE = "Race both in one experiment, each in a stack of its own, or race a program that does not change beside each."


def verdict(comparison: Comparison) -> str:
    """Who is slower, in a sentence: different, equal or undecided."""
    if comparison.pair:
        return comparison.pair.verdict
    if math.isnan(comparison.low):
        ratio = (
            "an unknown number of" if math.isnan(comparison.ratio) else f"about {ratio_words.short(comparison.ratio)}"
        )
        return f"{_sentence(comparison, ratio)}; there is no interval: race more rounds."
    ratio, low, high = ratio_words.rounded(comparison.ratio, comparison.low, comparison.high)
    sentence = f"{_sentence(comparison, ratio)} [{low}, {high}]"
    if comparison.different is None:
        return f"{sentence}, but nothing here tells the machine's drift from the program's."
    ending = ratio_words.outcome(comparison.low, comparison.high, different=comparison.different)
    close = ratio_words.bound(ratio_words.apart(comparison.low, comparison.high))
    heads = {ratio_words.EQUAL: f"Equal within ±{close}: ", ratio_words.UNDECIDED: "Undecided: "}
    return f"{heads.get(ending, '')}{sentence}."


def _sentence(comparison: Comparison, ratio: str) -> str:
    base, new = comparison.base, comparison.new
    if base.label == new.label:
        return f"{new.title} takes {ratio} times as long in {new.name} as in {base.name}"
    return f"{new.title} in {new.name} takes {ratio} times as long as {base.title} in {base.name}"


def covers(comparison: Comparison) -> str:
    """The basis of the interval in words, and what it leaves out."""
    rounds = f"{comparison.rounds[0]} and {counted(comparison.rounds[1], 'round')}"
    if comparison.basis == comparing.PAIRED:
        return f"Raced side by side in {counted(comparison.rounds[0], 'round')}, so what the machine did cancels."
    beside = _measured_against(comparison)
    if comparison.basis == comparing.YARDSTICK:
        return (
            f"{beside} The interval covers differences between processes and rounds ({rounds}), and what the machine "
            "does to one of them alone, as far as it changes from round to round."
        )
    if comparison.drift:
        return f"The interval covers {rounds} and the machine's drift between experiments: {_drift(comparison)}"
    if comparison.basis == comparing.SLICES:
        drift = "" if comparison.yardsticks else ", and the machine's drift"
        return f"{beside} One round each: differences between processes{drift} are not in the interval.".strip()
    return f"The interval covers {rounds} only: how far this machine drifts between experiments is not known. {ADVICE}"


def _measured_against(comparison: Comparison) -> str:
    if not comparison.yardsticks:
        return ""
    moved = [_moved(comparison.base.beside(label), comparison.new.beside(label)) for label in comparison.yardsticks]
    titles = [catalog.title(label) for label in comparison.yardsticks]
    return (
        f"Measured against {listed(titles)}, raced beside it in both, so "
        f"what the machine did to all of them cancels ({'; '.join(moved)})."
    )


def _moved(base: Side, new: Side) -> str:
    return f"{new.title} itself took {new.figure.batch_ms / base.figure.batch_ms:.3f} times as long"


def _drift(comparison: Comparison) -> str:
    drift = comparison.drift
    assert drift is not None, "asked of a comparison that has one"
    span = f"{drift.first:%Y-%m-%d} to {drift.last:%Y-%m-%d}"
    apart = abs(comparison.new.report.experiment.created - comparison.base.report.experiment.created)
    far = " These two are further apart in time than those were." if apart > drift.last - drift.first else ""
    return (
        f"equal programs moved by {100 * drift.deviation:.2g} % (standard deviation) in {drift.experiments} other "
        f"experiments under these circumstances, {span}.{far}"
    )


def changed(comparison: Comparison) -> list[str]:
    """A sentence for everything recorded of the program that differs between the two sides."""
    base, new = comparison.base.figure, comparison.new.figure
    if base.variant == new.variant:
        return changed_beside_its_name(comparison)
    return [f"Program: {base.variant} against {new.variant}.", *_changed(comparison)]


def changed_beside_its_name(comparison: Comparison) -> list[str]:
    """The same where both sides are one program, whatever each is called."""
    same = comparison.base.sources == comparison.new.sources
    return [*([] if same else ["Source: its file changed."]), *_changed(comparison)]


def _changed(comparison: Comparison) -> list[str]:
    """What differs in stack, versions and settings in force."""
    base, new = comparison.base, comparison.new
    said = list(_against({"Stack": (base.figure.stack, new.figure.stack)}))
    names = sorted(base.figure.versions.keys() | new.figure.versions.keys())
    said += _against({n: (base.figure.versions.get(n, "none"), new.figure.versions.get(n, "none")) for n in names})
    return said + list(_against({title: (base.facts[name], new.facts[name]) for name, title in NAMES.items()}))


def system(base: Experiment, new: Experiment) -> list[str]:
    """A sentence for everything recorded of the machine that differs, though it is the same
    machine."""
    known = {title: tuple(str(one.machine.get(name) or "?") for one in (base, new)) for name, title in SYSTEM.items()}
    return list(_against({title: (old, now) for title, (old, now) in _shortened(known).items()}))


def _shortened(known: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    commit = SYSTEM["commit"]
    return {**known, commit: tuple(text[:DIGITS] for text in known[commit])}


def _against(pairs: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    for name, (old, new) in pairs.items():
        if old != new:
            yield f"{name}: {old} against {new}."


def remarks(compared: Compared) -> list[str]:
    """Sentences on what each interval covers and on what else changed, each once; then why some
    labels were not compared."""
    said: dict[str, list[str]] = {}
    for comparison in compared.comparisons:
        said.setdefault(covers(comparison), []).append(comparison.new.title)
    for comparison in compared.comparisons:
        if not comparison.pair or changed(comparison):
            said.setdefault(_changes(comparison), []).append(comparison.new.title)
    sentences = [f"{listed(titles)}: {text}" for text, titles in said.items()]
    if differing := system(compared.base, compared.new):
        sentences.append(f"The machine, changed: {' '.join(differing)}")
    return [*sentences, *compared.refused]


def _changes(comparison: Comparison) -> str:
    differing = changed(comparison)
    return f"changed: {' '.join(differing)}" if differing else "nothing that is recorded of the program changed."


def judgement(compared: Compared, tolerance: float) -> str:
    """The answer to 'is anything slower by more than this?', in a sentence. tolerance: a share."""
    percent = f"{100 * tolerance:g} %"
    outcome = compared.judge(tolerance)
    if outcome == comparing.NOT_SLOWER:
        return f"Nothing is surely slower by more than {percent}."
    titles = [c.new.title for c in compared.judged if c.judge(tolerance) == outcome]
    if outcome == comparing.SLOWER:
        return f"Slower by more than {percent}: {listed(titles)}."
    if not titles:
        return f"Nothing that was compared is surely slower by more than {percent}, but not all could be compared."
    return f"Looks slower by more than {percent}, but the interval does not cover enough to be sure: {listed(titles)}."


def as_json(compared: Compared) -> dict[str, Any]:
    """The comparison as plain values, every digit of it."""
    return dict(
        plain(
            {
                "format": FORMAT,
                "version": VERSION,
                "base": _experiment(compared.base),
                "new": _experiment(compared.new),
                "comparisons": [_values(comparison) for comparison in compared.comparisons],
                "system": system(compared.base, compared.new),
                "refused": list(compared.refused),
            }
        )
    )


def _experiment(experiment: Experiment) -> dict[str, Any]:
    return {"id": experiment.id, "uid": experiment.uid, "created": experiment.created, "machine": experiment.machine}


def _values(comparison: Comparison) -> dict[str, Any]:
    sides = {"base": comparison.base, "new": comparison.new}
    return {
        **{f"{name}_label": side.label for name, side in sides.items()},
        **{f"{name}_ms": [side.figure.batch_ms, side.figure.low, side.figure.high] for name, side in sides.items()},
        "ratio": comparison.ratio,
        "low": comparison.low,
        "high": comparison.high,
        "rounds": list(comparison.rounds),
        "different": comparison.different,
        "basis": comparison.basis,
        "yardsticks": list(comparison.yardsticks),
        "verdict": verdict(comparison),
        "covers": covers(comparison),
        "changed": changed(comparison),
    }
