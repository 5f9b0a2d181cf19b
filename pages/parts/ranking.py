"""The ranking as rows to click: a click makes a row the baseline, and each links to its causes and its code."""

from typing import Any

import streamlit as st

from lenet.charts import ranking

_rows = st.components.v2.component(
    "ranking",
    html="<div class='ranking-rows'></div>",
    css=f"""{ranking.CSS}
.ranking .row[data-label] {{cursor: pointer;}}
.ranking .row[data-label]:hover {{background: var(--st-secondary-background-color);}}
.ranking:hover .row[data-label]:not(:hover) {{opacity: 0.45;}}
.ranking .go button {{background: none; border: 0; padding: 0.1rem 0.35rem; font: inherit; font-size: 0.9rem;
  color: var(--st-link-color); cursor: pointer; text-decoration: underline;}}
""",
    js="""
const LINKS = [["why", "Why?"], ["code", "Code"]];
export default function ({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".ranking-rows");
  box.innerHTML = data.html;
  for (const row of box.querySelectorAll(".row[data-label]")) {
    if (row.dataset.outcome === "baseline") continue;
    row.title = "Click to make it the baseline";
    row.onclick = () => setTriggerValue("baseline", row.dataset.label);
    for (const [page, text] of LINKS) {
      const link = document.createElement("button");
      link.textContent = text;
      link.setAttribute("aria-label", `${text} ${row.querySelector(".name").textContent}`);
      link.onclick = (event) => {
        event.stopPropagation();
        setTriggerValue("open", `${page} ${row.dataset.label}`);
      };
      row.querySelector(".go").append(link);
    }
  }
}
""",
)


def draw(html: str, key: str) -> tuple[str, tuple[str, str]]:
    """Show a ranking of `lenet.charts.ranking`.

    Returns the label that was clicked to be the baseline, and (page, label) of a link that was
    clicked; '' where none was.
    """
    clicked: Any = _rows(key=key, data={"html": html}, on_baseline_change=_nothing, on_open_change=_nothing)
    page, _, label = (clicked.open or "").partition(" ")
    return clicked.baseline or "", (page, label)


def _nothing() -> None:
    """A callback that does nothing; without one Streamlit drops what was clicked."""
