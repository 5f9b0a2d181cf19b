"""Stacks: interpreters with pinned packages in which variants run. `main` is the app's own.

A shipped stack has a requirements file in this folder and an entry in `table`; a stack of the
user's own has a table in `stacks.toml`.
"""

from lenet.stacks.build import add, install, remove
from lenet.stacks.own_stacks import find, known, mistake
from lenet.stacks.requirements_file import read as read_requirements
from lenet.stacks.status import Availability, State, availability, environment, interpreter, state
from lenet.stacks.table import Stack

__all__ = [
    "Availability",
    "Stack",
    "State",
    "add",
    "availability",
    "environment",
    "find",
    "install",
    "interpreter",
    "known",
    "mistake",
    "read_requirements",
    "remove",
    "state",
]
