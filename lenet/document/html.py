"""The answer to issue 7439 as one self-contained HTML file, about 5 MB."""

from __future__ import annotations

from markupsafe import Markup

from lenet import catalog
from lenet.analysis import sources
from lenet.analysis.issue7439 import original
from lenet.analysis.issue7439.answer import ERAS, Answer
from lenet.analysis.issue7439.conclusion import conclude
from lenet.charts import code
from lenet.document.render import document
from lenet.document.sections import cards, sections


def answer_page(answer: Answer) -> str:
    """The whole document."""
    return document(
        "answer.html.jinja",
        _code_style(),
        question=original,
        conclusion=conclude(answer),
        cards=cards(answer),
        sections=sections(answer),
        programs=[_programs(era.tensorflow, era.keras) for era in ERAS],
    )


def _programs(left: str, right: str) -> tuple[str, Markup]:
    variants = catalog.variant(left), catalog.variant(right)
    titles = variants[0].title, variants[1].title
    body = code.table(titles, *(sources.lines(variant) for variant in variants))
    return " and ".join(titles), Markup(body)


def _code_style() -> str:
    dark = f"@media screen and (prefers-color-scheme: dark) {{{code.style('dark')}}}"
    return code.style("light") + dark
