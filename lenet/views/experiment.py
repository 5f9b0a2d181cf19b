"""Parts of every experiment's view: how it ended, where, its failed runs, its circumstances."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from lenet import catalog, instruments
from lenet.analysis import effective, summary
from lenet.analysis.across.origin import origin
from lenet.analysis.circumstances import called
from lenet.analysis.exam.parity import held_to
from lenet.analysis.report import Report
from lenet.analysis.words import counted, listed
from lenet.catalog import own
from lenet.records import Experiment, Parity, Request, Run, packages_of
from lenet.settings import OPTIONS, written
from lenet.views.blocks import Block, Column, Section, Table, View, filled, text_table

FAIR = "Fair?"
LEFT_BEHIND = "Left behind"
FEW = 3
"""So many runs that did not finish are shown one by one."""
FAILED = (
    Column("Round", "round", digits=".0f"),
    Column("Variant", "title"),
    Column("Ended", "ended"),
    Column("Why", "reason"),
    Column("Batches kept", "batches", digits=",.0f"),
)
EXAMS = (
    Column("Variant", "title"),
    Column("Same answer as the reference", "equivalent"),
    Column("Largest weight difference", "difference", digits=".1e"),
    Column("Farthest off", "layer"),
    Column("Held to", "held_to"),
    Column("Remark", "reason"),
)


def frame(report: Report, runs: Sequence[Run]) -> View:
    """A view with the parts that every experiment has, and no result yet."""
    experiment = report.experiment
    return View(
        name=f"Experiment {experiment.id}",
        title=instruments.subject(experiment.request),
        status=experiment.status.replace("_", " "),
        reason=experiment.reason,
        origin=origin(experiment),
        line=line(report),
        sections=filled(failures(runs), left_behind(runs)),
        circumstances=circumstances(report),
    )


def line(report: Report) -> str:
    """When, where and how it was measured."""
    experiment = report.experiment
    settings, machine = experiment.request.settings, experiment.machine
    said = (
        f"{experiment.created:%Y-%m-%d}",
        f"{machine.get('cpu', 'unknown processor')}, {machine.get('cores', '?')} cores",
        f"host {called(machine.get('host', '?'), machine.get('id', ''))}",
        *who(experiment),
        f"{counted(settings.threads, 'thread')} on {settings.device}",
        *(["no batch waited for"] if settings.sync == "epoch" else []),
        *_size(report),
        *_versions(report),
    )
    return " · ".join(said)


def who(experiment: Experiment) -> Iterable[str]:
    """Who asked for it, where that is known."""
    if experiment.request.submitter != Request.submitter:
        yield f"asked for by {experiment.request.submitter}"


def _size(report: Report) -> Iterable[str]:
    """How much was trained, as far as the instrument asks for it."""
    request = report.experiment.request
    kind = instruments.of(request)
    if kind is not instruments.LAW:
        yield f"batch size {request.settings.batch_size}"
    if kind.reports_training:
        yield f"{counted(request.settings.epochs, 'epoch')} of {request.settings.images_per_epoch:,} images"
    if kind.timed:
        yield counted(summary.rounds(report.runs), "round")


def _versions(report: Report) -> Iterable[str]:
    """The packages of all runs with their versions, each once."""
    packages = [packages_of(facts) for facts in report.runs["facts"]]
    yield from dict.fromkeys(f"{name} {version}" for known in packages for name, version in known.items())


def failures(runs: Sequence[Run]) -> Section:
    """Every run that did not finish: few one by one, each with the end of its log, many in a
    table."""
    failed = [run for run in runs if run.status not in ("finished", "running")]
    blocks = map(_failure, failed) if len(failed) <= FEW else _many_failures(failed)
    return Section("Runs that did not finish", tuple(blocks), "They are shown, and compared with nothing.")


def _failure(run: Run) -> Block:
    ended = f"{_ended(run)}. {run.reason}".rstrip()
    kept = f"{counted(run.batch_count, 'batch', 'batches')} made and kept."
    return Block(
        failures=(f"Round {run.round}, {catalog.title(run.label)}: {ended}",),
        notes=(kept,) if run.batch_count else (),
        log=run.log,
    )


def left_behind(runs: Sequence[Run]) -> Section:
    """What had to be ended after the last batch of runs that finished; their times stand."""
    noted = [run for run in runs if run.status == "finished" and run.log]
    notes = tuple(f"Round {run.round}, {catalog.title(run.label)}: {' '.join(run.log.splitlines())}" for run in noted)
    return Section(LEFT_BEHIND, (Block(notes=notes, folded=len(notes) > FEW),) if notes else ())


def _ended(run: Run) -> str:
    return run.status.replace("_", " ")


def _many_failures(failed: Sequence[Run]) -> Iterator[Block]:
    """How they ended, all of them in a table, and the log of the first of each reason."""
    ends = Counter(_ended(run) for run in failed)
    yield Block(failures=(f"{len(failed)} runs: {listed([f'{n} {end}' for end, n in ends.most_common()])}.",))
    yield Block("Every run that did not finish", table=Table(FAILED, pd.DataFrame(map(_failed, failed))), folded=True)
    logged = {run.reason: run for run in reversed(failed) if run.log}
    for run in list(logged.values())[::-1][:FEW]:
        yield Block(f"End of the log of {catalog.title(run.label)}, round {run.round}", log=run.log, folded=True)


def _failed(run: Run) -> dict[str, object]:
    return {
        "round": run.round,
        "title": catalog.title(run.label),
        "ended": _ended(run),
        "reason": run.reason,
        "batches": run.batch_count,
    }


def circumstances(report: Report) -> tuple[Section, ...]:
    """Settings, exams, machine and versions, as they were when it was raced."""
    about = "As they were read when it was raced."
    return (Section("Circumstances", tuple(_circumstances(report)), about),)


def _circumstances(report: Report) -> Iterator[Block]:
    yield Block("Settings", table=_pairs(settings(report.experiment)))
    if report.parities:
        yield Block("Same answer? The exam against the reference", table=exams(report.parities))
    programs = own.programs_of(report.experiment.machine)
    read = {name: value for name, value in report.experiment.machine.items() if name != own.PROGRAMS}
    if read:
        yield Block("Machine", table=_pairs(read))
    for program in programs.values():
        for file, text in program["files"].items():
            yield Block(f"{file}, of {program['title']}, as it was raced", program=text, folded=True)
    told = dict(zip(report.runs["label"], report.runs["facts"], strict=True))
    if any(told.values()):
        yield Block("All that its runs told", table=_told(told), folded=True)


def _told(facts: Mapping[str, Mapping[str, Any]]) -> Table:
    """A row for each value of each fact, and which labels told it; facts: by label."""
    tellers: dict[tuple[str, str], list[str]] = {}
    for label, mine in facts.items():
        for name, value in mine.items():
            tellers.setdefault((name, _line(value)), []).append(catalog.title(label))
    rows = (
        (name, value, "all" if len(titles) == len(facts) else ", ".join(titles))
        for (name, value), titles in tellers.items()
    )
    return text_table([dict(zip(("What", "Value", "Told by"), row, strict=True)) for row in rows])


def settings(experiment: Experiment) -> Mapping[str, str]:
    """Every setting by its label, with its unit."""
    values = experiment.request.settings.as_dict()
    return {OPTIONS[name].label: _setting(name, value) for name, value in values.items()}


def _setting(name: str, value: Any) -> str:
    about = OPTIONS[name]
    if about.suffixes or name == "seed" or isinstance(value, bool) or not isinstance(value, int):
        return written(name, value)
    return f"{value:,} {about.unit}".strip()


def exams(parities: Mapping[str, Parity]) -> Table:
    """The exam of each label: does it compute what the reference computes?"""
    rows = [
        {
            "title": catalog.title(label),
            "equivalent": "yes" if parity.equivalent else "no",
            "held_to": held_to(parity),
            **{name: getattr(parity, name) for name in ("difference", "layer", "reason")},
        }
        for label, parity in parities.items()
    ]
    return Table(EXAMS, pd.DataFrame(rows))


def in_force(report: Report) -> Section:
    """What was in force in each label's runs, as far as it differs, and differences that nobody
    asked for."""
    known = effective.table(report)
    if known.empty:
        return Section(FAIR, ())
    said = known.replace(effective.UNSAID, None)
    shared = said.nunique(axis=1) == 1
    same = [f"{effective.NAMES[str(name)].lower()} {said.loc[name].dropna().iloc[0]}" for name in said.index[shared]]
    sentences = (f"The same for all that say: {', '.join(same)}.",) if same else ()
    warned = tuple(effective.warnings(report))
    table = None if shared.all() else _in_force(said[~shared])
    return Section(
        FAIR, (Block(sentences=sentences, warnings=warned, table=table, alt="What differs between variants."),)
    )


def _in_force(known: pd.DataFrame) -> Table:
    rows = known.T.reset_index(names="label")
    rows["label"] = [catalog.title(str(label)) for label in rows["label"]]
    names = (Column(effective.NAMES[str(name)], str(name)) for name in known.index)
    return Table((Column("Variant", "label"), *names), rows)


def _pairs(values: Mapping[str, Any]) -> Table:
    """A row per value; a list or a table of values becomes one line."""
    return text_table([{"What": name, "Value": _line(value)} for name, value in values.items()])


def _line(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_line(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_line, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else str(value)
