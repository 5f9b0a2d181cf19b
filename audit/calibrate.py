"""`python -m audit.calibrate [--minutes M] [--write]`: are the verdicts right as often as they say?

Many small real experiments race three equal copies of a variant and copies with 1, 2, 3, 5 and 10 %
planted, with the shipped and the steady allocator, beside a busy neighbour and without it. Every
pair's true ratio is known, so it is counted how often equal programs are called different, planted
slowdowns are found, and intervals hold the truth. Each experiment's pairs are appended to
`audit/calibration.csv`; --write puts the table into BENCHMARKS.md.
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
"""Of each experiment; the rest is as shipped. Some two seconds a run, three minutes an experiment
on two cores."""
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
    """Race known pairs, count how often the verdicts were right."""
    head = words.head("make calibrate")
    ROWS.unlink(missing_ok=True)
    with _service() as service:
        for beside in NEIGHBOURS:
            _half(service, variant, beside, time.monotonic() + 30 * minutes)
    rows = pd.read_csv(ROWS)
    text = "\n".join([head, "", BESIDE, "", rates.table(rows), "", ALONE, "", rates.table(rates.alone(rows))])
    click.echo("\n".join([text, "", *rates.misses(rows)]))
    if write:
        FILE.write_text(BLOCK.sub(lambda found: found[1] + text + "\n" + found[2], FILE.read_text()))


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
    """With each allocator in turn, until the time is over; first the noise floors, as a user
    would."""
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
    """One race of all copies, in an order of its own; its pairs are appended to the rows."""
    slower = {f"{variant}_slower_{share}%": share / 100 for share in SHARES}
    planted.plant(slower)
    entries = [*[variant] * COPIES, *slower]
    random.shuffle(entries)
    # As a race of copies: timed in the same way, but nobody waits for accuracies.
    settings = Settings.parse({**SETTINGS, "allocator": allocator})
    request = Request(tuple(entries), settings, instrument=instruments.NOISE.name, plan={"copies": len(entries)})
    number = service.submit(request)
    ended = service.wait(number)
    shares = {label: slower.get(label, rates.SAME) for label in catalog.labels(entries)}
    found = [
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
    pd.DataFrame(found).to_csv(ROWS, mode="a", header=not ROWS.exists(), index=False)


def _pairs(service: Service, number: int, floors: Mapping[str, Floor]) -> tuple[Pair, ...]:
    """The pairs of a race beside this noise floor; the store has races with planted copies, which
    must not count as floors."""
    store, runs = service.store, service.store.runs(number)
    answers = {label: store.parity(key) for label, key in store.parity_keys(number).items()}
    parities = {label: answer for label, answer in answers.items() if answer}
    return reports.build(
        store.experiment(number), runs, {run.id: store.batches(run.id) for run in runs}, (), parities, floors
    ).pairs


if __name__ == "__main__":
    main()
