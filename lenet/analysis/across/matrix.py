"""The same race on several machines, side by side: is it the same on all of them?

Each machine keeps its own ratio with its own interval: their circumstances differ, so nothing is pooled. Two machines
are told apart by Welch's t interval of the difference of their logarithmic ratios, with a variance for each that comes
from its own interval. Of k such differences each is asked k times as strictly (Bonferroni), so that all together
raise one false alarm in twenty. A difference within the noise floors of the two machines is none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from lenet import catalog, twins
from lenet.analysis import ratio_words
from lenet.analysis.across import welch
from lenet.analysis.circumstances import MACHINE, called, circumstance, differences
from lenet.analysis.intervals import student
from lenet.analysis.report import Report
from lenet.analysis.verdict import Pair
from lenet.analysis.words import counted, listed
from lenet.records import UNFINISHED, Experiment, versions_of

SAME, OTHER, UNKNOWN = "the same", "not the same", "not known"


@dataclass(frozen=True)
class Cell:
    """What one machine says of a pair: how many times as long `slow` of its row takes as `fast`, with the 95 %
    interval. Without a ratio `reason` says why there is none."""

    machine: str
    experiment: int
    ratio: float = math.nan
    low: float = math.nan
    high: float = math.nan
    rounds: int = 0
    quantile: float = math.nan
    floor: float = math.nan
    """Of the noise of that machine, as a share; NaN where it is not known."""
    reason: str = ""

    @property
    def sure(self) -> bool:
        """Whether its interval covers what sets processes apart: one round knows nothing of that."""
        return self.rounds > 1 and self.high > self.low

    @property
    def variance(self) -> float:
        """Of its logarithm, by its interval."""
        reach = (math.log(self.high) - math.log(self.low)) / 2
        return (reach / student(self.rounds - 1, self.quantile)) ** 2

    @property
    def text(self) -> str:
        """'1.24 [1.19, 1.28]'."""
        return ratio_words.text(self.ratio, self.low, self.high)


@dataclass(frozen=True)
class Row:
    """A pair on all machines, in the order of the matrix's columns, and whether it is the same on all."""

    slow: str
    fast: str
    cells: tuple[Cell, ...]
    outcome: str
    """SAME, OTHER or UNKNOWN."""
    sentence: str


@dataclass(frozen=True)
class Matrix:
    """A row per pair, a column per machine."""

    machines: tuple[str, ...]
    experiments: tuple[Experiment, ...]
    rows: tuple[Row, ...]
    remarks: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[Row, ...]:
        """The rows with a ratio somewhere; all of them while there is none anywhere."""
        return tuple(row for row in self.rows if any(not math.isnan(cell.ratio) for cell in row.cells)) or self.rows


def matrix(reports: Sequence[Report], names: Mapping[str, str]) -> Matrix:
    """The experiments of one group, in the order of their numbers; several of one machine share its column.

    names: how machines are called, by their ids; others by their hosts.
    """
    ordered = sorted(reports, key=lambda report: report.experiment.id)
    called = [name_of(report.experiment, names) for report in ordered]
    machines = tuple(dict.fromkeys(called))
    columns = {name: [r for r, own in zip(ordered, called, strict=True) if own == name] for name in machines}
    rows = tuple(_row(columns, one, other) for one, other in _pairs(ordered))
    experiments = tuple(report.experiment for report in ordered)
    return Matrix(machines, experiments, rows, tuple(_remarks(list(zip(called, ordered, strict=True)))))


def name_of(experiment: Experiment, names: Mapping[str, str]) -> str:
    """How the machine of an experiment is called: 'box', or 'vm (3f9a01)' of one that has left its fleet."""
    machine = str(experiment.target or experiment.machine.get("id") or "")
    host = str(experiment.machine.get("host") or "?")
    return names.get(machine) or called(host, machine)


def _pairs(reports: Sequence[Report]) -> list[tuple[str, str]]:
    """Every two labels that were raced together somewhere, in the order in which they were asked for."""
    found: dict[tuple[str, str], None] = {}
    for report in reports:
        labels = catalog.labels(twins.competitors(report.experiment.request))
        found.update(dict.fromkeys(pair for pair in combinations(labels, 2) if pair[::-1] not in found))
    return list(found)


def _row(columns: Mapping[str, Sequence[Report]], one: str, other: str) -> Row:
    cells = [_cell(name, reports, one, other) for name, reports in columns.items()]
    logs = [math.log(cell.ratio) for cell in cells if not math.isnan(cell.ratio)]
    if sum(logs) < 0:
        one, other, cells = other, one, [_turned(cell) for cell in cells]
    outcome, sentence = _judged(one, other, cells)
    return Row(one, other, tuple(cells), outcome, sentence)


def _cell(machine: str, reports: Sequence[Report], slow: str, fast: str) -> Cell:
    """The newest of the machine's experiments that compared the two; without one, why."""
    reasons: list[Cell] = []
    for report in reversed(reports):
        number = report.experiment.id
        found = next((pair for pair in report.pairs if {pair.slow, pair.fast} == {slow, fast}), None)
        if found is not None and report.experiment.status not in UNFINISHED:
            cell = _of_pair(machine, number, found, report.quantile)
            return cell if found.slow == slow else _turned(cell)
        reasons.append(Cell(machine, number, reason=_reason(report, slow, fast)))
    return reasons[0]


def _of_pair(machine: str, number: int, pair: Pair, quantile: float) -> Cell:
    return Cell(machine, number, pair.ratio, pair.low, pair.high, pair.rounds, quantile, pair.floor)


def _turned(cell: Cell) -> Cell:
    """The same of the two the other way round."""
    ends = (1 / cell.ratio, 1 / cell.high, 1 / cell.low)
    return Cell(cell.machine, cell.experiment, *ends, cell.rounds, cell.quantile, cell.floor, cell.reason)


def _reason(report: Report, *labels: str) -> str:
    """Why an experiment has no ratio of two labels, in a sentence."""
    experiment = report.experiment
    if experiment.status in UNFINISHED:
        return "It waits." if experiment.status == "queued" else "It runs."
    hindered = next((report.hindrances[label] for label in labels if label in report.hindrances), "")
    return hindered or experiment.reason or "The two were not compared."


def _judged(slow: str, fast: str, cells: Sequence[Cell]) -> tuple[str, str]:
    """Whether the pair is the same on all machines, and the sentence that says so."""
    both = f"{catalog.title(slow)} against {catalog.title(fast)}"
    told, sure = [cell for cell in cells if not math.isnan(cell.ratio)], [cell for cell in cells if cell.sure]
    if len(sure) > 1 and (apart := _farthest(sure)):
        return OTHER, f"Not the same on all machines: {_apart(slow, fast, *apart)}."
    missing = [cell.machine for cell in cells if cell not in told]
    if len(told) < 2:
        return UNKNOWN, f"Not known yet whether it is the same: {both} has a ratio on {_count(told, cells)}."
    if len(sure) < len(told):
        once = listed([cell.machine for cell in told if cell not in sure])
        return UNKNOWN, f"Not known whether {both} is the same on all machines: one round on {once} tells too little."
    reach = max(_reach(a, b, _strict(sure)) for a, b in combinations(sure, 2))
    within = math.expm1(reach)
    if within > ratio_words.CLOSE:
        may = f"the machines may differ by up to {ratio_words.bound(within)}"
        return UNKNOWN, f"Not known whether {both} is the same on all machines: {may}; race more rounds."
    if missing:
        where = f"it is on {listed([cell.machine for cell in told])}"
        return UNKNOWN, f"Not known whether {both} is the same on all machines: {where}, {_none(missing)}."
    every = "both machines" if len(sure) == 2 else f"all {len(sure)} machines"
    return SAME, f"The same on {every}, within ±{ratio_words.bound(within)}: {_each(slow, fast, sure)}."


def _each(slow: str, fast: str, cells: Sequence[Cell]) -> str:
    """'Keras fit takes 1.30 times as long as TensorFlow graph on box and 1.31 on gpu1'."""
    ratios = [ratio_words.estimate(cell.ratio, cell.low, cell.high) for cell in cells]
    longer = f"{ratios[0]} times as long as {catalog.title(fast)} on {cells[0].machine}"
    rest = (f"{ratio} on {cell.machine}" for ratio, cell in zip(ratios[1:], cells[1:], strict=True))
    return f"{catalog.title(slow)} takes {listed([longer, *rest])}"


def _count(told: Sequence[Cell], cells: Sequence[Cell]) -> str:
    return f"{told[0].machine} alone" if told else f"none of {counted(len(cells), 'machine')}"


def _none(missing: Sequence[str]) -> str:
    return f"{listed(missing)} {'has' if len(missing) == 1 else 'have'} no ratio"


def _apart(slow: str, fast: str, more: Cell, less: Cell) -> str:
    """The two machines that differ most: 'Keras fit takes 1.31 [..] times as long as .. on box, 1.10 [..] on gpu1'."""
    said = f"{catalog.title(slow)} takes {more.text} times as long as {catalog.title(fast)} on {more.machine}"
    turned = ", where it is the faster one" if less.high < 1 < more.low else ""
    return f"{said} and {less.text} on {less.machine}{turned}"


def _farthest(cells: Sequence[Cell]) -> tuple[Cell, Cell] | None:
    """Of the machines that differ the two that do most, the larger ratio first; None where no two are known to."""
    strict = _strict(cells)
    ordered = [(a, b) if a.ratio >= b.ratio else (b, a) for a, b in combinations(cells, 2)]
    apart = [(more, less) for more, less in ordered if _differ(more, less, strict)]
    return max(apart, key=lambda two: two[0].ratio / two[1].ratio, default=None)


def _differ(more: Cell, less: Cell, strict: float) -> bool:
    distance = math.log(more.ratio / less.ratio)
    floors = math.hypot(*(math.log1p(cell.floor) for cell in (more, less) if not math.isnan(cell.floor)))
    return distance > _half(more, less, strict) and distance > floors


def _reach(a: Cell, b: Cell, strict: float) -> float:
    """How far apart, on a logarithmic scale, the two may be."""
    return abs(math.log(a.ratio / b.ratio)) + _half(a, b, strict)


def _half(a: Cell, b: Cell, strict: float) -> float:
    """Half the interval of the difference of two machines' logarithmic ratios."""
    alarms = (1 - max(a.quantile, b.quantile)) * strict
    return welch.half_width((a.variance, b.variance), (a.rounds, b.rounds), 1 - alarms)


def _strict(cells: Sequence[Cell]) -> float:
    """The share of the false alarms that each two machines may raise."""
    return 1 / math.comb(len(cells), 2)


def _remarks(called: Sequence[tuple[str, Report]]) -> Iterator[str]:
    """What else differs between the machines, in sentences."""
    begun = [(name, report) for name, report in called if report.experiment.machine]
    for name, report in begun[1:]:
        experiments = (begun[0][1].experiment, report.experiment)
        first, other = (circumstance(one, one.request.variants[0]) for one in experiments)
        if name != begun[0][0]:
            yield from (f"{begun[0][0]} and {name}: {said}" for said in differences(first, other, (*MACHINE, "id")))
    there: dict[str, dict[str, set[str]]] = {}
    for name, report in begun:
        for facts in report.runs["facts"] if len(report.runs) else ():
            for package, version in versions_of(facts).items():
                there.setdefault(package, {}).setdefault(name, set()).add(version)
    for package, by_machine in sorted(there.items()):
        if len(set(map(frozenset, by_machine.values()))) > 1:
            told = listed([f"{', '.join(sorted(versions))} on {name}" for name, versions in by_machine.items()])
            yield f"Not all machines have the same {package}: {told}."
