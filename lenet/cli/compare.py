"""`python -m lenet compare BASE NEW`: is it slower than it was? For a person, and for CI.

Exit status: 0 not slower (or no limit was given), 1 slower, 2 bad input, 3 it looks slower, but is
not surely so.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lenet.cli.options import (
    FAILED,
    as_json,
    check_output,
    is_stdout,
    json_option,
    names_in,
    opened_store,
    say_written,
    write,
)
from lenet.errors import BadInput

if TYPE_CHECKING:
    from lenet.analysis.across.compare import Compared
    from lenet.analysis.report import Report
    from lenet.store import Store

UNSURE = 3
SUFFIX = ".parquet"
NO_YARDSTICK = "none"
NO_EXPORT = "it is not a file of `python -m lenet export ID --format parquet`"
HELP = f"""Is NEW slower than BASE?

Each is the number of an experiment (12), one label of it (12:keras_fit@tf216), or an exported file (main{SUFFIX},
main{SUFFIX}:keras_fit). Without labels, every label that both raced is compared. Two labels of one experiment are
compared as on the Results page. Machine, device, threads, allocator, slices, sync, batch size and images must be equal.

Two experiments were raced at different times, and the machine may have changed its pace in between. Race a program
that does not change beside the one that does (--variants numpy_reference,...): it becomes the
yardstick. Without a yardstick the interval is as wide as the differences that equal programs showed
in the other experiments of this data folder.

--fail-if-slower 3% exits 1 only when the whole 95 % interval lies above 1.03: then a batch surely
takes more than 3 % longer. A slowdown of 4 % that is known to 2 % passes; more rounds find it, or a
lower limit: 0% fails on every slowdown that is sure. Each label is judged alone, so of forty labels
that did not change, one is expected to fail a limit of 0%. The exit status is {UNSURE} when the
interval lies above the limit but rests on too little to be sure: no yardstick and no history, a
single round, or a label that did not finish.
"""


@click.command("compare", help=HELP)
@click.argument("base", metavar="BASE")
@click.argument("new", metavar="NEW")
@click.option("--fail-if-slower", "limit", metavar="PERCENT", help="Exit 1 when surely slower by more, such as 3%.")
@click.option(
    "--yardstick",
    metavar="LABELS",
    help="Comma-separated labels of both that did not change, or none.  [default: those whose versions and source "
    "are equal, for labels whose are not]",
)
@click.option("--markdown", is_flag=True, help="As Markdown, to paste into a pull request.")
@json_option
def compare(
    base: str, new: str, limit: str | None, yardstick: str | None, markdown: bool, json_file: Path | None
) -> None:
    """Compare, print, and exit with the status that the limit asks for."""
    from lenet.analysis.across import compare_words
    from lenet.cli import terminal
    from lenet.document.markdown import as_markdown
    from lenet.views import compare as views

    tolerance = None if limit is None else share(limit)
    check_output(json_file)
    with opened_store() as store:
        compared = compared_in(store, base, new, yardstick)
    view = views.view(compared, tolerance)
    if markdown:
        click.echo(as_markdown(view), err=is_stdout(json_file))
    else:
        terminal.show(view)
    if json_file:
        write(json_file, as_json(compare_words.as_json(compared)))
        say_written(json_file, err=markdown)
    sys.exit(status(compared, tolerance))


def status(compared: Compared, tolerance: float | None) -> int:
    """The exit status. tolerance: a share, None without a limit."""
    from lenet.analysis.across import compare as comparing

    outcomes = {comparing.NOT_SLOWER: 0, comparing.SLOWER: FAILED, comparing.UNSURE: UNSURE}
    return 0 if tolerance is None else outcomes[compared.judge(tolerance)]


def share(text: str) -> float:
    """'3%' or '0.03' as 0.03. Raises BadInput for anything but a share from 0 % to 100 %."""
    stripped = text.strip()
    try:
        value = float(stripped.removesuffix("%")) / (100 if stripped.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise BadInput(f"A limit is a share from 0% to 100%, such as 3% or 0.03, not {text!r}.")
    return value


def compared_in(store: Store, base: str, new: str, yardstick: str | None = None) -> Compared:
    """The comparison of the two experiments or labels that `base` and `new` name.

    Raises BadInput for a word that names nothing, and when nothing can be compared.
    """
    from lenet.analysis.across import compare as comparing
    from lenet.analysis.across import figures, stored

    (before, label, name), (after, other, other_name) = named(store, base), named(store, new)
    labels = comparing.choose(before, label, after, other)
    figures.fill(store)
    compared = comparing.compare(
        before,
        after,
        labels,
        names=(name, other_name),
        known=stored.known(store),
        wanted=_labels(yardstick),
    )
    if not compared.comparisons:
        raise BadInput(" ".join(compared.refused))
    return compared


def _labels(yardstick: str | None) -> tuple[str, ...] | None:
    if yardstick is None:
        return None
    return () if yardstick == NO_YARDSTICK else names_in(yardstick)


def named(store: Store, word: str) -> tuple[Report, str, str]:
    """The report, the label ('' without one), and the experiment's name for sentences.

    Raises BadInput for a word that names nothing.
    """
    from lenet.analysis import report as reports

    file, suffix, label = word.partition(SUFFIX)
    if suffix and (not label or label.startswith(":")):
        return _read(store, Path(file + SUFFIX)), label[1:], Path(file).name + SUFFIX
    number, _, label = word.partition(":")
    if not (number.isascii() and number.isdigit()) or len(number) > 18:
        raise BadInput(_no_experiment(word))
    return reports.load(store, int(number)), label, f"experiment {int(number)}"


def _no_experiment(word: str) -> str:
    """Why `word` names none: another tool's results, say, which are often tried."""
    from lenet.exchange import foreign

    with contextlib.suppress(OSError, ValueError):
        if Path(word).is_file():
            with Path(word).open("rb") as file:
                reason = foreign.refusal(file)
            return f"{word} cannot be compared: {reason or NO_EXPORT}."
    return f"{word!r} is no experiment; name its number (12), one label of it (12:keras_fit) or a file."


def _read(store: Store, file: Path) -> Report:
    """The report of an exported experiment, as if it were imported.

    It is judged by the noise floors that this data folder knows.
    """
    from lenet import exchange
    from lenet.analysis import report as reports
    from lenet.analysis.noise import measured

    if not file.is_file():
        raise BadInput(f"There is no file {file}; `python -m lenet export ID --format parquet` writes one.")
    bundle = exchange.read_parquet(file)
    floors = measured.floors(store, bundle.experiment)
    return reports.build(bundle.experiment, bundle.runs, bundle.batches, bundle.epochs, bundle.parities, floors)


COMMANDS = (compare,)
