"""Show two source files side by side as HTML: highlighted, numbered, differing lines marked."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import ClassVar

from pygments import highlight

# Not from pygments.formatters and .lexers, which two pages that are opened at once may find half made.
from pygments.formatters.html import HtmlFormatter
from pygments.lexers.python import PythonLexer
from pygments.style import Style as PygmentsStyle
from pygments.token import Comment, Keyword, Name, Number, Operator, String

from lenet.analysis.sources import Row, align


class _Light(PygmentsStyle):
    """Colours that read on paper and on both marks; none of Pygments' own styles does."""

    background_color = "none"
    styles: ClassVar = {
        Comment: "italic #545B66",
        Keyword: "bold #1B5299",
        Operator.Word: "bold #1B5299",
        Name.Class: "bold #5F35A8",
        Name.Function: "bold #5F35A8",
        Name.Decorator: "#5F35A8",
        String: "#8C3B12",
        Number: "#0A6159",
    }


class _Dark(PygmentsStyle):
    """The same for dark paper."""

    background_color = "none"
    styles: ClassVar = {
        Comment: "italic #ABB5C1",
        Keyword: "bold #8CC3FF",
        Operator.Word: "bold #8CC3FF",
        Name.Class: "bold #CBB0F7",
        Name.Function: "bold #CBB0F7",
        Name.Decorator: "#CBB0F7",
        String: "#F2B48A",
        Number: "#7FD6C2",
    }


STYLES = {"light": _Light, "dark": _Dark}
MARKS = {"light": ("#fbe3dc", "#dcefe3"), "dark": ("#4a2a22", "#1f3f2c")}
FRAME = """
.code-pair {overflow-x: auto; font: 0.8rem/1.5 var(--st-code-font, monospace);}
.code-pair table {border-collapse: collapse; width: 100%; table-layout: fixed; min-width: 60rem;}
.code-pair th {text-align: left; padding: 0.25rem 0.5rem;}
.code-pair td {vertical-align: top; padding: 0 0.5rem; border: 0;}
.code-pair td.n {width: 3rem; text-align: right; opacity: 0.7; user-select: none;}
.code-pair col.n {width: 3rem;}
.code-pair pre {margin: 0; padding: 0; background: none; border: 0; white-space: pre-wrap; overflow-wrap: anywhere;
  font: inherit;}
.code-pair .short {display: none;}
@media (max-width: 760px) {
  .code-pair table {min-width: 0;}
  .code-pair .short {display: block; font: 0.85rem/1.5 var(--st-font, sans-serif); margin: 0.25rem 0.5rem;}
  .code-pair table, .code-pair thead, .code-pair tbody, .code-pair tr, .code-pair th, .code-pair td.line
    {display: block;}
  .code-pair tbody tr:not(.differs) td, .code-pair td.n, .code-pair td.none {display: none;}
}
"""


def side_by_side(titles: tuple[str, str], left: Sequence[str], right: Sequence[str], theme: str) -> str:
    """A self-contained HTML table of both files. theme: 'light' or 'dark'. All text is escaped."""
    return f"<style>{style(theme if theme in STYLES else 'light')}</style>{table(titles, left, right)}"


def table(titles: tuple[str, str], left: Sequence[str], right: Sequence[str]) -> str:
    """The table without its CSS (see `style`): a document may hold several, in both themes."""
    formatter = HtmlFormatter(nowrap=True)
    columns = _highlighted(left, formatter), _highlighted(right, formatter)
    head = "".join(f'<th colspan="2" scope="col">{escape(title)}</th>' for title in titles)
    body = "".join(_row(row, columns) for row in align(left, right))
    return (
        '<div class="code-pair"><p class="short">Only the lines that differ; a wider window shows all.</p><table>'
        f'<colgroup><col class="n"><col><col class="n"><col></colgroup><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def style(theme: str) -> str:
    """The CSS rules for all these tables. theme: 'light' or 'dark'."""
    removed, added = MARKS[theme]
    formatter = HtmlFormatter(style=STYLES[theme])
    css: str = formatter.get_style_defs(".code-pair")  # type: ignore[no-untyped-call]
    marks = (
        f".code-pair tr.differs td:nth-child(2).line {{background: {removed};}}"
        f".code-pair tr.differs td:nth-child(4).line {{background: {added};}}"
        f"@media (max-width: 760px) {{.code-pair th:first-child {{background: {removed};}}"
        f".code-pair th:last-child {{background: {added};}}}}"
    )
    return f"{css}{FRAME}{marks}"


def _highlighted(text: Sequence[str], formatter: HtmlFormatter[str]) -> list[str]:
    """HTML of each line.

    The whole file is highlighted at once, so that a docstring of several lines is recognised.
    """
    html = highlight("\n".join(text), PythonLexer(stripnl=False), formatter).split("\n")
    return [*html, *[""] * len(text)][: len(text)]


def _row(row: Row, columns: tuple[list[str], list[str]]) -> str:
    mark = "" if row.same else " class='differs'"
    cells = "".join(_cell(number, html) for number, html in zip((row.left, row.right), columns, strict=True))
    return f"<tr{mark}>{cells}</tr>"


def _cell(number: int | None, html: list[str]) -> str:
    if number is None:
        return "<td class='n'></td><td class='none'></td>"
    return f"<td class='n'>{number}</td><td class='line'><pre>{html[number - 1]}</pre></td>"
