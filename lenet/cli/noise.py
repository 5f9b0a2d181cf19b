"""`python -m lenet noise`: is this machine quiet enough, and how far apart do equal programs come out on it?

Exit status: 0 finished (or, only looking, quiet), 1 failed (or not quiet), 2 bad input.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lenet import requests
from lenet.cli import shell_noise
from lenet.cli.options import FAILED, check_folder, given, json_option, opened_service, race, setting_options

MEASURED = (
    "rounds", "threads", "device", "allocator", "batch_size", "images_per_epoch", "slice_ms", "sync", "seed", "timeout",
)  # fmt: skip
DEFAULTS = {**requests.NOISE, "images_per_epoch": f"{requests.NOISE_BATCHES} batches"}


@click.command("noise")
@click.option("--variant", default=requests.NOISE_VARIANT, show_default=True, help="Of which copies are raced.")
@click.option("--copies", default=requests.COPIES, show_default=True, help="How many; more tell more.")
@click.option("--only-look", is_flag=True, help="Say whether the machine is quiet, and race nothing.")
@json_option
@setting_options(MEASURED, DEFAULTS)
def noise(variant: str, copies: int, only_look: bool, json_file: Path | None, **values: str | None) -> None:
    """Measure this machine's noise floor: race copies of one variant, in about a minute.

    The floor then stands beside every difference of races under the same circumstances, and a ratio inside it is none.
    Name the settings with which you race, such as --allocator steady; --rounds 10 measures it better.
    """
    from lenet.bench import estimate

    if only_look:
        sys.exit(0 if shell_noise.look() else FAILED)
    request = requests.noise_request(variant, copies, given(values))
    check_folder(json_file)
    with opened_service() as service:
        estimate.refuse(estimate.estimate(service.store, request))
        shell_noise.look()
        sys.exit(race(service, request, json_file))
