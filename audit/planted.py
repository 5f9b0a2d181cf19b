"""`python -m audit.planted COMMAND ...`: `python -m lenet` with slower copies of variants among its
variants.

`NAME_slower_3%` is the variant NAME with 3 % planted, `NAME_slower_300us` with 300 microseconds per
batch; for one:

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
    """The entry of a slower copy by its name. Raises BadInput for another name, or for a variant
    without `step`."""
    found = NAME.fullmatch(name)
    if not found:
        raise BadInput(f"{name!r} is no slower copy; write it as tensorflow_function_slower_3% or ..._slower_300us.")
    parent = catalog.variant(found["variant"])
    if parent.owns_loop:
        raise BadInput(f"{parent.name} owns its loop, so nothing can be planted in its step; take one with `step`.")
    if found["unit"] == "%":
        planted = {"LENET_PLANTED_SHARE": str(float(found["size"]) / 100)}
    else:
        planted = {"LENET_PLANTED_US": found["size"]}
    return dataclasses.replace(
        parent,
        name=name,
        title=f"{parent.title}, {found['size']} {found['unit']} slower",
        module="audit.slower",
        environment={**parent.environment, "LENET_PLANTED_IN": parent.name, **planted},
    )


def plant(names: Iterable[str]) -> None:
    """Make slower copies known to this process's catalogue. Raises BadInput."""
    for name in names:
        catalog.VARIANTS[name] = slower(name)


def main() -> None:
    """Plant every slower copy that the command line names, then do what it says."""
    plant({found[0] for argument in sys.argv[1:] for found in NAME.finditer(argument)})
    shell()


if __name__ == "__main__":
    main()
