"""Write a result as Markdown, to paste into an issue, a pull request or a README."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lenet.views.blocks import Block, Section, Table, View


def as_markdown(view: View) -> str:
    """The answer, its causes, when and where it was measured, and the tables.

    Charts, folded blocks and what to do next are left out.
    """
    lines = [f"* **{_plain(sentence)}**" for sentence in (*view.answers, *view.cautions)]
    lines += [f"* {_quoting(sentence)}" for sentence in view.remarks]
    if view.why:
        lines.append(f"* {_plain(f'{view.why.title}: {_joined(view.why)}')}")
    paragraphs = ["\n".join(lines), _plain(view.line)]
    paragraphs += [paragraph for section in view.sections for paragraph in _section(section)]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def _joined(block: Block) -> str:
    return " ".join(block.sentences)


def _section(section: Section) -> Iterator[str]:
    """The paragraphs of a section."""
    for block in section.blocks:
        said = [*block.failures, *block.warnings, *block.sentences, *block.points]
        if block.folded or not (said or block.signs or block.table):
            continue
        if block is section.blocks[0] or block.title:
            yield f"**{_plain(block.title or section.title)}**"
        yield "\n".join(f"* {_plain(sentence)}" for sentence in said)
        if block.signs:
            yield f"```text\n{block.signs}\n```"
        if block.table:
            yield "\n".join(_table(block.table.brief()))
            yield "\n".join(f"* {_plain(note)}" for note in block.notes)


def _table(table: Table) -> Iterator[str]:
    yield _row(table.headers)
    yield _row("---" for _ in table.headers)
    yield from map(_row, table.cells)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(_plain(cell).replace('|', '/') for cell in cells)} |"


def _plain(text: str) -> str:
    """Text in one line, escaped so that Markdown shows it as it is."""
    return _quoting(text).replace("`", "\\`")


def _quoting(text: str) -> str:
    """A sentence of the program in one line.

    Commands between backticks stay; other markup and mentions of users are escaped.
    """
    flat = re.sub(r"@(?=\w)", "@\u200b", " ".join(text.split()))
    return re.sub(r"([*_]|(?<=])\()", r"\\\1", flat.replace("<", "&lt;"))
