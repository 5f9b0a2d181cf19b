"""`python -m audit.calibrate [--minutes M] [--write]`: are the verdicts right as often as they say?

Many small real experiments race three equal copies of a variant and copies that are slowed by 1, 2,
3, 5 and 10 %, with the shipped and the steady allocator, beside a busy neighbour and without it. As
every pair's true ratio is known, the result counts how often equal programs are called different,
how often planted slowdowns are found, and how often intervals contain the true ratio. The pairs of
each experiment are appended to `audit/calibration.csv`; --write puts the table into BENCHMARKS.md.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pandas as pd

from audit import neighbour, planted, rates, words
from lenet import catalog, instruments, requests
from lenet.analysis import report as reports
from lenet.analysis.noise import measured
from lenet.analysis.noise.measured import Floor
from lenet.analysis.verdict import Pair
from lenet.bench import machine
from lenet.bench.service import Service
from lenet.home import Home
from lenet.records import Request
from lenet.settings import Settings

ROWS = Path(__file__).with_name("calibration.csv")
FILE = machine.PROJECT / "BENCHMARKS.md"
BLOCK = re.compile(r"(<!-- calibration -->\n).*(<!-- /calibration -->)", re.DOTALL)

SHARES = (1, 2, 3, 5, 10)
COPIES = 3
SETTINGS = {"images_per_epoch": 32 * 400, "rounds": 4}
"""The settings of each experiment; all others have their defaults.

A run takes about two seconds, an experiment three minutes on two cores.
"""
BESIDE = "Verdicts as shipped, after `python -m lenet noise`:"
ALONE = "By the interval alone, the noise floor not measured:"
NEIGHBOURS = ("busy", "none")
ALLOCATORS = ("shipped", "steady")


@click.command()
@click.option(
    "--minutes", default=64.0, show_default=True, help="How long; half beside the neighbour, half without it."
)
@click.option("--variant", default="tensorflow_function", show_default=True, help="What is copied and slowed.")
@click.option("--write", is_flag=True, help="Put the table into BENCHMARKS.md.")
def main(minutes: float, variant: str, write: bool) -> None:
    """Race pairs with known ratios and count how often the verdicts were right."""
    head = words.head("make calibrate")
    ROWS.unlink(missing_ok=True)
    with _service() as service:
        for beside in NEIGHBOURS:
            _half(service, variant, beside, time.monotonic() + 30 * minutes)
    rows = pd.read_csv(ROWS)
    text = "\n".join([head, "", BESIDE, "", rates.table(rows), "", ALONE, "", rates.table(rates.alone(rows))])
    click.echo("\n".join([text, "", *rates.misses(rows)]))
    if write:
        FILE.write_text(BLOCK.sub(lambda match: match[1] + text + "\n" + match[2], FILE.read_text()))


@contextlib.contextmanager
def _service() -> Iterator[Service]:
    """A service with a data folder of its own."""
    with tempfile.TemporaryDirectory(prefix="lenet-calibrate-") as name:
        service = Service(Home(Path(name)))
        try:
            yield service
        finally:
            service.close()


def _half(service: Service, variant: str, beside: str, end: float) -> None:
    """Race with each allocator in turn until the monotonic time `end`.

    The noise floors are measured first, as a user would do.
    """
    with neighbour.busy() if beside == "busy" else contextlib.nullcontext():
        floors = {allocator: _floor(service, variant, allocator) for allocator in ALLOCATORS}
        for allocator in itertools.cycle(ALLOCATORS):
            if time.monotonic() > end:
                return
            _experiment(service, variant, allocator, beside, floors[allocator])


def _floor(service: Service, variant: str, allocator: str) -> Floor | None:
    number = service.submit(requests.noise_request(variant, requests.COPIES, {"allocator": allocator}))
    service.wait(number)
    return measured.measured_by(service.store, number)


def _experiment(service: Service, variant: str, allocator: str, beside: str, floor: Floor | None) -> None:
    """Race all copies in a random order and append the pairs to the rows."""
    slower = {f"{variant}_slower_{share}%": share / 100 for share in SHARES}
    planted.plant(slower)
    entries = [*[variant] * COPIES, *slower]
    random.shuffle(entries)
    # As a measurement of the noise floor: timed in the same way, but without accuracies.
    settings = Settings.parse({**SETTINGS, "allocator": allocator})
    request = Request(tuple(entries), settings, instrument=instruments.NOISE.name, plan={"copies": len(entries)})
    number = service.submit(request)
    ended = service.wait(number)
    shares = {label: slower.get(label, rates.SAME) for label in catalog.labels(entries)}
    judged = [
        {
            "experiment": number,
            "variant": variant,
            "allocator": allocator,
            "neighbour": beside,
            "planted_slow": shares[pair.slow],
            "planted_fast": shares[pair.fast],
            "ratio": pair.ratio,
            "low": pair.low,
            "high": pair.high,
            "floor": pair.floor,
            "different": bool(pair.different),
        }
        for pair in _pairs(service, number, dict.fromkeys(shares, floor) if floor else {})
    ]
    click.echo(f"{time.strftime('%H:%M:%S')} {variant}, {allocator}, {beside}: {ended.status} {ended.reason}", err=True)
    pd.DataFrame(judged).to_csv(ROWS, mode="a", header=not ROWS.exists(), index=False)


def _pairs(service: Service, number: int, floors: Mapping[str, Floor]) -> tuple[Pair, ...]:
    """The pairs of a race, judged by these noise floors.

    The store's own floors are of no use here: its experiments raced slowed copies.
    """
    store, runs = service.store, service.store.runs(number)
    answers = {label: store.parity(key) for label, key in store.parity_keys(number).items()}
    parities = {label: answer for label, answer in answers.items() if answer}
    return reports.build(
        store.experiment(number), runs, {run.id: store.batches(run.id) for run in runs}, (), parities, floors
    ).pairs


if __name__ == "__main__":
    main()
