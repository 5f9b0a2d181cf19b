"""Write the parts of a running race that change every second as HTML: stages, sentence, lanes.

All text is escaped. `pages/parts/live.css` says how they look.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from lenet.analysis.lanes import Lane
from lenet.charts.colors import style
from lenet.views.live import DONE, Step

TICK = {DONE: " ✓"}


def strip(steps: Sequence[Step], time: str) -> str:
    """The stages in a row, and at its end the time that has passed and that is left."""
    chips = "".join(_chip(step) for step in steps)
    return f'<div class="race-strip"><ol>{chips}</ol><span class="time">{escape(time)}</span></div>'


def _chip(step: Step) -> str:
    said = f"{'' if step.name.endswith('?') else ':'} {escape(step.said)}" if step.said else ""
    now = ' aria-current="step"' if step.state == "now" else ""
    return f'<li class="{step.state}"{now}><b>{escape(step.name)}</b>{said}{TICK.get(step.state, "")}</li>'


def sentence(headline: str, standing: str, label: str = "") -> str:
    """What is known by now, large, and below it how sure that is.

    label: whose colour stands before it; '' for nobody's.
    """
    square = f'<i style="background:{style(label).color}"></i>' if label else ""
    return f'<div class="race-sentence"><p class="large">{square}{escape(headline)}</p><p>{escape(standing)}</p></div>'


def lanes(all_of_them: Sequence[Lane]) -> str:
    """A lane for each variant, in its order."""
    return f'<div class="race-lanes">{"".join(map(_lane, all_of_them))}</div>'


def _lane(lane: Lane) -> str:
    color, percent = style(lane.label).color, f"{100 * lane.share:.0f} %"
    ghost = "" if math.isnan(lane.ghost) else f'<u style="left:{100 * min(lane.ghost, 1):.1f}%"></u>'
    bar = f'<b style="width:{100 * min(lane.share, 1):.1f}%;background:{color}"></b>'
    ms = "–" if math.isnan(lane.ms) else f"{_digits(lane.ms)} <small>ms</small>"
    speed = "" if math.isnan(lane.images_per_second) else f"{lane.images_per_second:,.0f} images/s"
    return (
        f'<div class="lane"><span class="name"><i style="background:{color}"></i>{escape(lane.title)}</span>'
        f'<span class="bar" role="img" aria-label="{percent}">{bar}{ghost}</span><span class="share">{percent}</span>'
        f'<span class="ms">{ms}</span><span class="doing"><em>{escape(lane.doing)}</em>{speed}</span></div>'
    )


def _digits(ms: float) -> str:
    """Three digits: '0.95', '6.13', '12.4', '140'."""
    return f"{ms:.2f}" if ms < 9.995 else f"{ms:.1f}" if ms < 99.95 else f"{ms:,.0f}"
