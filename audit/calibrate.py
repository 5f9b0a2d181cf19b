"""`python -m audit.calibrate [--minutes M] [--write]`: are the verdicts right as often as they say, and
what do they see by the minutes they take?

Real races of a variant against itself and against copies of it that are slowed by a known share, two at
a time and eight at a time, beside a busy neighbour and without it. As every ratio is known, each round's
error is; `audit.seen` makes of them what races of any length would have said. The rounds are appended to
`audit/calibration.csv` as they come, so that many short sessions at different hours make one calibration;
without that file a new one begins. --write puts the tables into BENCHMARKS.md.
"""

from __future__ import annotations

import contextlib
import math
import random
import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import click
import numpy as np
import pandas as pd

from audit import neighbour, planted, seen, words
from lenet import catalog, instruments, program
from lenet.analysis import estimator
from lenet.analysis.timed import Timed
from lenet.analysis.verdict import paired
from lenet.bench import allot
from lenet.bench.service import Service
from lenet.home import Home
from lenet.records import Experiment, Request
from lenet.settings import Settings

ROWS = Path(__file__).with_name("calibration.csv")
FILE = program.PROJECT / "BENCHMARKS.md"
BLOCK = re.compile(r"(<!-- calibration -->\n).*(<!-- /calibration -->)", re.DOTALL)

DESIGNS = ((0, 0), (0, 3), (0, 1), (0, 0, 0, 1, 2, 3, 5, 10))
"""By how many percent each entry of a race is slowed."""
BUDGET = {2: 180, 8: 240}
"""Seconds of a race of so many entries."""
NEIGHBOURS = ("busy", "none")
CELL = ["design", "neighbour"]


@click.command()
@click.option("--minutes", default=64.0, show_default=True, help="How long this session takes, at least.")
@click.option("--variant", default="tensorflow_function", show_default=True, help="What is copied and slowed.")
@click.option("--write", is_flag=True, help="Put the tables into BENCHMARKS.md.")
def main(minutes: float, variant: str, write: bool) -> None:
    """Race pairs with known ratios, and work out how often verdicts are right and what they see."""
    session, end = f"{datetime.now(UTC):%Y-%m-%d %H:%M}", time.monotonic() + 60 * minutes
    with _service() as service:
        while time.monotonic() < end:
            _experiment(service, variant, *scarcest(stored()), session)
    rows = stored()
    text = "\n".join([_head(rows), "", seen.table(rows), "", *seen.spread(rows)])
    click.echo(text)
    if write:
        FILE.write_text(BLOCK.sub(lambda match: match[1] + text + "\n" + match[2], FILE.read_text()))


def stored() -> pd.DataFrame:
    """The rounds of all sessions so far; none before the first."""
    return pd.read_csv(ROWS) if ROWS.exists() else pd.DataFrame(columns=[*CELL, "session", "experiment"])


def scarcest(rows: pd.DataFrame) -> tuple[tuple[int, ...], str]:
    """The design and the neighbour of which the fewest experiments have been raced."""
    raced = rows.drop_duplicates(["session", "experiment"]).value_counts(CELL)
    pairs = [(design, beside) for design in DESIGNS for beside in NEIGHBOURS]
    return min(pairs, key=lambda pair: raced.get((_written(pair[0]), pair[1]), 0))


def _head(rows: pd.DataFrame) -> str:
    sessions = ", ".join(rows["session"].unique())
    return f"{words.head('make calibrate')} Sessions (UTC): {sessions}."


@contextlib.contextmanager
def _service() -> Iterator[Service]:
    """A service with a data folder of its own."""
    with tempfile.TemporaryDirectory(prefix="lenet-calibrate-") as name:
        service = Service(Home(Path(name)))
        try:
            yield service
        finally:
            service.close()


def _written(design: tuple[int, ...]) -> str:
    return " ".join(map(str, design))


def _experiment(service: Service, variant: str, design: tuple[int, ...], beside: str, session: str) -> None:
    """Race a design in a random order and append its rounds to the rows."""
    names = {share: f"{variant}_slower_{share}%" if share else variant for share in design}
    planted.plant([name for share, name in names.items() if share])
    entries = [names[share] for share in random.sample(design, len(design))]
    request = Request(tuple(entries), _settings(service, entries), instrument=instruments.NOISE.name)
    with neighbour.busy() if beside == "busy" else contextlib.nullcontext():
        number = service.submit(replace(request, plan={"copies": len(entries)}))
        ended = service.wait(number)
    shares = {name: share / 100 for share, name in names.items()}
    rows = list(rounds(ended, _timed(service, ended), shares))
    table = pd.DataFrame(rows).assign(session=session, design=_written(design), entries=len(design), neighbour=beside)
    table.to_csv(ROWS, mode="a", header=not ROWS.exists(), index=False)
    click.echo(f"{time.strftime('%H:%M:%S')} {design}, {beside}: {ended.status} {ended.reason}", err=True)


def _settings(service: Service, entries: list[str]) -> Settings:
    """As a race with lines to decide has them, but with all its rounds."""
    wanted = Settings.parse({"decide": "0%", "budget": BUDGET[len(entries)]})
    settled = allot.settled(service.store, Request(tuple(entries), wanted)).settings
    return Settings.parse({"images_per_epoch": settled.images_per_epoch, "rounds": settled.most_rounds})


def _timed(service: Service, experiment: Experiment) -> list[Timed]:
    settings = experiment.request.settings
    runs = service.store.runs(experiment.id)
    return [Timed(run, service.store.batches(run.id), (), settings) for run in runs if run.status == "finished"]


def rounds(experiment: Experiment, timed: list[Timed], shares: Mapping[str, float]) -> Iterator[dict[str, object]]:
    """A row per round and two entries that share it. shares: entry -> by how much it is slowed."""
    by_round: dict[int, dict[str, Timed]] = {}
    for one in timed:
        by_round.setdefault(one.run.round, {})[one.run.label] = one
    assert experiment.started and experiment.ended
    seconds = (experiment.ended - experiment.started).total_seconds() / max(len(by_round), 1)
    truths = {
        label: math.log1p(shares[str(catalog.Entry.parse(label).without_copy)])
        for one in by_round.values()
        for label in one
    }
    for number, runs in sorted(by_round.items()):
        for a, b in combinations(sorted(runs), 2):
            ratios = np.log(paired(runs[a].slice_means, runs[b].slice_means))
            if len(ratios):
                yield {
                    "experiment": experiment.id, "pair": f"{a} / {b}", "round": number, "seconds": seconds,
                    "error": float(estimator.figure(ratios)) - truths[a] + truths[b],
                    "within": estimator.variance(ratios), "slices": len(ratios),
                }  # fmt: skip


if __name__ == "__main__":
    main()
