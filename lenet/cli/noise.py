"""`python -m lenet noise`: is this machine quiet, and how far apart do equal programs come out?

Exit status: 0 finished, 1 failed, 2 bad input; with --only-look 0 quiet, 1 not quiet.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lenet import requests
from lenet.cli import elsewhere
from lenet.cli.options import FAILED, at_desk, check_output, given, json_option, opened_service, setting_options
from lenet.cli.run import race
from lenet.errors import BadInput
from lenet.settings import asked_by


@click.command("noise")
@click.option("--variant", default=requests.NOISE_VARIANT, show_default=True, help="The variant to copy.")
@click.option("--copies", default=requests.COPIES, show_default=True, help="How many; more copies tell more.")
@click.option("--only-look", is_flag=True, help="Say whether the machine is quiet, and race nothing.")
@elsewhere.on_option
@json_option
@setting_options(asked_by("noise"), requests.NOISE_DEFAULTS)
def noise(
    variant: str, copies: int, only_look: bool, on: str | None, json_file: Path | None, **values: str | None
) -> None:
    """Measure this machine's noise floor: race copies of one variant, in about a minute.

    The floor then stands beside every ratio of races under the same circumstances; a ratio inside
    it is no difference. Name the settings with which you race, such as --allocator steady; --rounds
    10 measures it better.
    """
    if only_look and on is not None:
        raise BadInput("--only-look looks at this machine; leave --on out, or race there.")
    if only_look:
        sys.exit(0 if look() else FAILED)
    request = requests.noise_request(variant, copies, given(values))
    check_output(json_file)
    if on is not None:
        sys.exit(elsewhere.race(on, [request], json_file))
    with opened_service() as service:
        at_desk(service).plan(request)
        look()
        sys.exit(race(service, request, json_file))


def look() -> bool:
    """Say whether this machine is quiet enough, what disturbs it, and what to do.

    It looks for a moment. While a race runs it refuses: it would see the race, and disturb it.
    """
    from lenet.analysis.noise import quiet
    from lenet.bench import lock
    from lenet.bench.machine_look import Watch
    from lenet.cli import terminal
    from lenet.views import lists

    if (other := lock.holder()) is not None:
        terminal.say(f"A race is running on this machine; look again when it has ended. {other.sentence}.")
        return False
    seen = quiet.judge(Watch().look())
    terminal.shout(seen.sentence)
    terminal.show_table(lists.signs(seen))
    for advice in seen.advice:
        terminal.say(f"* {advice}")
    return seen.quiet


COMMANDS = (noise,)
