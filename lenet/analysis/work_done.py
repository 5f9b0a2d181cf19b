"""Say what differs in work where a tutorial's program is compared with a bare one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lenet import catalog
from lenet.analysis.words import listed


def beside(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """A sentence for each two kinds of work among the pairs of a tutorial's program and a bare one.

    pairs: the labels of each.
    """
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[dict[str, None], dict[str, None]]] = {}
    for tutorial, bare in _mixed(pairs):
        tutorials, bares = found.setdefault((_work(tutorial), _work(bare)), ({}, {}))
        tutorials[catalog.title(tutorial)] = bares[catalog.title(bare)] = None
    said = (_sentence(work, of_bare, list(sides[0]), list(sides[1])) for (work, of_bare), sides in found.items())
    return [sentence for sentence in said if sentence]


def _mixed(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The labels of the pairs of a tutorial's program and a bare one, in this order."""
    for pair in pairs:
        kinds = {_written_as(label): label for label in pair}
        if kinds.keys() == {"tutorial", "bare"}:
            yield kinds["tutorial"], kinds["bare"]


def _written_as(label: str) -> str:
    known = catalog.of_label(label)
    return known.written_as if known else ""


def _work(label: str) -> tuple[str, ...]:
    known = catalog.variant(label)
    return (*(["shuffles"] if known.shuffles else []), *known.work)


def _sentence(work: Sequence[str], of_bare: Sequence[str], tutorials: Sequence[str], bares: Sequence[str]) -> str:
    more, less = [one for one in work if one not in of_bare], [one for one in of_bare if one not in work]
    clauses = [
        f"{_each(doing)} {listed(what)}, but {listed(others)} {'does' if len(others) == 1 else 'do'} not"
        for doing, what, others in ((tutorials, more, bares), (bares, less, tutorials))
        if what
    ]
    return f"Their work differs: {'; '.join(clauses)}." if clauses else ""


def _each(titles: Sequence[str]) -> str:
    return titles[0] if len(titles) == 1 else f"each of {listed(titles)}"
