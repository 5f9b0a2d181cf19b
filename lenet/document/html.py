"""Write results as self-contained HTML files, which hold the charts' data and plotly.js.

Nothing in a file reaches the network, and nothing that was stored becomes markup: Jinja2 escapes
all text, the charts' data stands where a script cannot begin, and a content security policy lets
only plotly.js and draw.js run.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from lenet import catalog
from lenet.analysis import sources
from lenet.analysis.issue7439 import original
from lenet.analysis.issue7439.answer import ERAS, Answer
from lenet.analysis.issue7439.conclusion import conclude
from lenet.charts import code, ranking
from lenet.charts.figure import untitled
from lenet.records import Annotation
from lenet.views import answer as views
from lenet.views.blocks import View

TEMPLATES = Path(__file__).parent / "templates"
FORBIDDEN = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
"""Characters that could end the element around the JSON, or that JavaScript refuses, and how JSON
writes them instead."""


def experiment_page(view: View, annotation: Annotation) -> str:
    """The result of an experiment with its title, note and tags, as HTML of about 5 MB."""
    return document("experiment.html.jinja", ranking.CSS, view=view, annotation=annotation)


def answer_page(answer: Answer) -> str:
    """The answer to issue 7439, as HTML of about 5 MB."""
    return document(
        "answer.html.jinja",
        _code_style(),
        question=original,
        conclusion=conclude(answer),
        cards=views.cards(answer),
        sections=views.sections(answer),
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


def document(template: str, style: str = "", **parts: Any) -> str:
    """Fill a template with `parts`, as HTML of about 5 MB.

    style: CSS that the document needs beside the style of all documents.
    """
    scripts = [_plotly(), (TEMPLATES / "draw.js").read_text(encoding="utf-8")]
    shared: Mapping[str, Any] = {
        "policy": _policy(scripts),
        "scripts": [Markup(script) for script in scripts],
        "style": Markup((TEMPLATES / "style.css").read_text(encoding="utf-8") + style),
        "written": datetime.now(UTC),
    }
    return _environment().get_template(template).render({**parts, **shared})


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters.update(chart=_chart, drawn=Markup, capitalize_first=_capital)
    return environment


@lru_cache(maxsize=1)
def _plotly() -> str:
    script: str = get_plotlyjs()
    if "</script" in script.lower():
        raise AssertionError("plotly.js would end its own element")
    return script


def _policy(scripts: list[str]) -> str:
    """A content security policy: nothing may be loaded, and only these scripts may run."""
    hashes = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"


def _digest(script: str) -> str:
    # A browser reads every line end as \n before it takes the hash.
    text = script.replace("\r\n", "\n").replace("\r", "\n")
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _chart(figure: go.Figure) -> Markup:
    """A chart as JSON that is safe inside a script element, without its title.

    It has no Plotly template, whose colours would replace those of the document.
    """
    text: str = untitled(figure)[1].update_layout(template="none").to_json()
    for sign, written in FORBIDDEN.items():
        text = text.replace(sign, written)
    return Markup(text)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
