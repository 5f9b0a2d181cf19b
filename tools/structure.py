"""The structure of the program in figures: `python tools/structure.py [FOLDER]`.

Rooms are modules, arrows are imports of one module by another (each counted once, those for type checking too), a cycle
is a set of modules that reach each other by arrows. A module with one importer may belong into it. A recipe's cost is
the number of files that `docs/developing.md` lists for it; `tests/test_recipes.py` shows that these files are enough.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOTS = ("app.py", "pages", "lenet")
LONG = 100
RECIPES = "docs/developing.md"
Arrows = Mapping[str, frozenset[str]]
"""Module -> the modules that it imports."""


def modules(root: Path) -> dict[str, Path]:
    """Every module of the program by its full name; migrations are run by Alembic alone and left out."""
    places = [place for name in ROOTS for place in (root / name, *(root / name).rglob("*.py"))]
    files = [place for place in places if place.suffix == ".py"]
    named = {file.relative_to(root).with_suffix("").as_posix().replace("/", "."): file for file in files}
    return {name.removesuffix(".__init__"): file for name, file in named.items() if ".migrations" not in name}


def arrows(known: Mapping[str, Path]) -> Arrows:
    """Who imports whom, at whatever depth of a file."""
    return {name: frozenset(_imports(file, known) - {name}) for name, file in known.items()}


def _imports(file: Path, known: Mapping[str, Path]) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            below = {f"{node.module}.{alias.name}" for alias in node.names}
            # `from lenet import catalog` is an arrow to the module, not to its package.
            found |= below & known.keys() or {node.module}
    return found & known.keys()


def cycles(graph: Arrows) -> list[list[str]]:
    """Groups of modules that reach each other (Tarjan's strongly connected components of two or more)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in graph[name]:
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            place = stack.index(name)
            if len(stack) > place + 1:
                found.append(sorted(stack[place:]))
            del stack[place:]

    for name in graph:
        if name not in index:
            visit(name)
    return found


def alone(graph: Arrows) -> list[str]:
    """Modules that exactly one other module imports."""
    importers = Counter(target for targets in graph.values() for target in targets)
    return sorted(name for name, count in importers.items() if count == 1)


def long_lines(known: Mapping[str, Path]) -> int:
    """Lines of code of over LONG characters."""
    return sum(len(line) > LONG for file in known.values() for line in file.read_text(encoding="utf-8").splitlines())


def recipes(root: Path) -> Iterator[tuple[str, list[str]]]:
    """Each recipe and the files it touches: a heading `### Add ...` or `### Change ...`, then a numbered list."""
    file = root / RECIPES
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        title, _, rest = part.partition("\n")
        files = re.findall(r"^\d+\. \[?`([^`]+)`", rest, re.MULTILINE)
        if files:
            yield title.strip(), files


def main() -> None:
    """Print the figures of the tree in FOLDER, by default this one."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1]
    known = modules(root)
    graph = arrows(known)
    rings, single = cycles(graph), alone(graph)
    print(f"rooms                        {len(known)}")
    print(f"arrows                       {sum(map(len, graph.values()))}")
    print(f"cycles                       {len(rings)}")
    for ring in rings:
        print(f"    {', '.join(ring)}")
    print(f"modules with one importer    {len(single)}")
    print(f"lines over {LONG} characters    {long_lines(known)}")
    for title, files in recipes(root):
        print(f"{title + ':':<40} {len(files)} files: {', '.join(files)}")


if __name__ == "__main__":
    main()
