"""The table of shipped stacks; each has its requirements file beside this module."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
APP = "main"
OPTIONAL = ("ipykernel",)
"""Packages that single programs in the app's own Python need, and requirements.txt does not bring."""


@dataclass(frozen=True)
class Library:
    """A system library that a stack's packages load under the name of its time."""

    name: str
    stand_ins: tuple[str, ...]
    """The names that today's systems give it."""
    package: str
    """The package of Debian and Ubuntu that contains it."""


@dataclass(frozen=True)
class Stack:
    """An interpreter with pinned packages."""

    name: str
    title: str
    packages: tuple[str, ...]
    """The distributions that it is for; `requirements` has these and all that they need."""
    requirements: tuple[str, ...] = ()
    """Lines of a pip requirements file."""
    python: str | None = None
    """Version, such as '3.6'; None: the app's own Python."""
    no_deps: bool = False
    """The requirements are complete, so pip must not add others."""
    libraries: tuple[Library, ...] = ()
    library_folders: tuple[str, ...] = ()
    """Folders inside site-packages with shared libraries that the loader must find."""
    programs: tuple[str, ...] = ()
    """Programs that its packages call, found on the path; Debian's packages of them have their names."""
    shipped: bool = True
    on: str = ""
    """The stack on which it stands: its Python, and all packages of that one that are not among its own;
    '' for none."""
    made_by: str = ""
    """The command that made it for itself, and whose `prune` may remove it; '' for the user."""

    def fingerprint(self) -> str:
        """Hash of all that decides what is built: requirements, Python version, `no_deps`, what it stands
        on."""
        beneath = (f"on {self.on}",) if self.on else ()
        text = "\n".join((*self.requirements, f"python {self.python}", f"no_deps {self.no_deps}", *beneath))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_requirements(name: str) -> tuple[str, ...]:
    """The lines of a shipped stack's requirements file, without comments."""
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def package_of(requirement: str) -> str:
    """The distribution's name in a requirement, such as 'jax[cuda13]==0.10.2' or
    'dist/my_wheel-1.0-py3-none-any.whl'."""
    if requirement.endswith(".whl"):
        return Path(requirement).name.partition("-")[0]
    return re.split(r"[^A-Za-z0-9._-]", requirement.strip(), maxsplit=1)[0]


SHIPPED: dict[str, Stack] = {
    stack.name: stack
    for stack in (
        Stack(APP, "The app's own Python", ("tensorflow", "keras", "numpy")),
        Stack(
            "tf1",
            "TensorFlow 1.2 and Keras 2.0 of 2017",
            ("tensorflow", "keras"),
            read_requirements("tf1"),
            python="3.6",
            no_deps=True,
        ),
        Stack(
            "cntk",
            "CNTK 2.7 and Keras 2.0 on it",
            ("cntk", "keras"),
            read_requirements("cntk"),
            python="3.6",
            no_deps=True,
            libraries=(
                Library("libmpi.so.12", ("libmpi.so.40", "libmpi.so.20"), "libopenmpi3"),
                Library("libmpi_cxx.so.1", ("libmpi_cxx.so.40", "libmpi_cxx.so.20"), "libopenmpi3"),
            ),
            library_folders=("cntk/libs",),
        ),
        Stack(
            "theano",
            "Theano 0.9 and Keras 2.0 on it",
            ("theano", "keras"),
            read_requirements("theano"),
            python="3.6",
            no_deps=True,
            programs=("g++",),
        ),
        Stack("torch", "PyTorch, with Lightning and Keras", ("torch", "keras"), read_requirements("torch")),
        Stack(
            "jax",
            "JAX, Flax, Equinox and Keras on JAX",
            ("jax", "jaxlib", "flax", "equinox", "keras"),
            read_requirements("jax"),
        ),
        Stack("tinygrad", "tinygrad", ("tinygrad",), read_requirements("tinygrad"), programs=("clang",)),
    )
}
