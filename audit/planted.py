"""`python -m audit.planted COMMAND ...`: `python -m lenet` with slower copies of its variants.

`NAME_slower_3%` is the variant NAME slowed by 3 %, `NAME_slower_300us` slowed by 300 microseconds
per batch. For example:

    python -m audit.planted run --variants tensorflow_function,tensorflow_function_slower_3% --precision 2%
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Iterable

from lenet import catalog
from lenet.cli.main import main as shell
from lenet.errors import BadInput

NAME = re.compile(r"(?P<variant>\w+)_slower_(?P<size>[0-9.]+)(?P<unit>%|us)")


def slower(name: str) -> catalog.Variant:
    """The variant that is a slower copy by its name.

    Raises BadInput for any other name, and for a copy of a variant without `step`.
    """
    match = NAME.fullmatch(name)
    if not match:
        raise BadInput(f"{name!r} does not name a slower copy; write NAME_slower_3% or NAME_slower_300us.")
    parent = catalog.variant(match["variant"])
    if parent.owns_loop:
        raise BadInput(f"{parent.name} owns its loop, so nothing can be planted in its step; take one with `step`.")
    if match["unit"] == "%":
        planted = {"LENET_PLANTED_SHARE": str(float(match["size"]) / 100)}
    else:
        planted = {"LENET_PLANTED_US": match["size"]}
    return dataclasses.replace(
        parent,
        name=name,
        title=f"{parent.title}, {match['size']} {match['unit']} slower",
        module="audit.slower",
        environment={**parent.environment, "LENET_PLANTED_IN": parent.name, **planted},
    )


def plant(names: Iterable[str]) -> None:
    """Add slower copies to this process's catalogue. Raises BadInput for any other name."""
    for name in names:
        catalog.VARIANTS[name] = slower(name)


def main() -> None:
    """Add every slower copy that the command line names, then run the command."""
    plant({match[0] for argument in sys.argv[1:] for match in NAME.finditer(argument)})
    shell()


if __name__ == "__main__":
    main()
