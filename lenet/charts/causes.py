"""Tables of what the Why page's instruments found, for the page and the shell: units in the headers."""

from __future__ import annotations

import math

import pandas as pd

from lenet import catalog
from lenet.analysis.intervals import Interval
from lenet.analysis.why.counts import Counted
from lenet.analysis.why.ladder import Bar, Climb
from lenet.analysis.why.law import Law
from lenet.analysis.why.line_fit import Fit
from lenet.analysis.why.profile import Profile
from lenet.analysis.words import plain

NO_EFFECT = "no measurable effect"
TOP = 15
"""So many of a profile's functions are worth a line."""


def bars(climb: Climb) -> pd.DataFrame:
    """A row per bar between the two ends, so that the column of figures adds up from the first to the last."""
    if not climb.bars:
        return pd.DataFrame()
    slow = _row(catalog.title(climb.ladder.start), climb.slow)
    fast = _row(catalog.title(climb.ladder.end), climb.fast)
    return pd.DataFrame([slow, *(_of_bar(bar, climb) for bar in climb.bars), fast])


def _of_bar(bar: Bar, climb: Climb) -> dict[str, object]:
    share = "" if math.isnan(climb.named_share) else f"{100 * bar.effect.estimate / climb.gap.estimate:.1f} %"
    walks = {"Forward (µs)": _between(bar.forward), "Backward (µs)": _between(bar.backward)}
    return {**_row(bar.title, bar.effect), "Of the gap": share if bar.measurable else NO_EFFECT, **walks}


def _row(title: str, found: Interval) -> dict[str, object]:
    ends = "" if math.isnan(found.low) else f"{plain(found.low, 1)} to {plain(found.high, 1)}"
    return {
        "Change": title, "µs per batch": found.estimate, "95 % interval": ends, "Of the gap": "",
        "Forward (µs)": "", "Backward (µs)": "",
    }  # fmt: skip


def _between(found: Interval | None) -> str:
    if found is None or math.isnan(found.estimate):
        return ""
    middle, low, high = (plain(value, 1) for value in (found.estimate, found.low, found.high))
    return middle if math.isnan(found.low) else f"{middle} [{low}, {high}]"


def fits(law: Law) -> pd.DataFrame:
    """A row per variant: its fixed cost per batch, its cost per image, and where the law holds."""
    return pd.DataFrame([_of_fit(fit) for fit in law.fits.values()])


def _of_fit(fit: Fit) -> dict[str, str]:
    sizes = f"{fit.smallest} to {fit.largest}" if fit.holds else "nowhere"
    return {
        "Variant": catalog.title(fit.variant),
        "Per batch (µs)": _between(fit.a),
        "Per image (µs)": _between(fit.b),
        "Holds at batch sizes": sizes,
        "Remark": fit.reason,
    }


def points(law: Law) -> pd.DataFrame:
    """A row per variant and batch size: the time of a batch, and how far it lies above the line."""
    table = law.points
    ends = zip(table["low"], table["high"], strict=True)
    return pd.DataFrame(
        {
            "Variant": [catalog.title(str(name)) for name in table["variant"]],
            "Batch size": table["batch_size"].astype(int),
            "Batch (ms)": table["ms"],
            "95 % interval": ["" if math.isnan(low) else f"{low:.3f} to {high:.3f}" for low, high in ends],
            "Above the line (%)": 100 * table["off"].astype(float),
        }
    )


def counts(counted: Counted) -> pd.DataFrame:
    """What a variant does on a batch, and who says so."""
    table = counted.table
    return pd.DataFrame(
        {
            "What": table["what"],
            "Per batch": table["per_batch"].astype(float),
            "Least": table["least"].astype(float),
            "Most": table["most"].astype(float),
            "In all": table["total"].astype(float),
            "Told by": table["told_by"],
        }
    )


def called(counted: Counted) -> pd.DataFrame:
    """The functions that a batch calls most."""
    table = counted.called.head(TOP)
    return pd.DataFrame({"Function": table["name"], "Of": table["where"], "Calls per batch": table["per_batch"]})


def beside(table: pd.DataFrame, before: str, after: str) -> pd.DataFrame:
    """Two counts beside each other, each under its title: the table of `analysis.why.findings.beside`."""
    names = {"what": "What", "before": before, "after": f"{after} " if before == after else after, "told_by": "Told by"}
    return table.rename(columns=names)


def functions(profile: Profile) -> pd.DataFrame:
    """The functions in which the training thread was found working most, by their own share of the samples."""
    nodes = profile.nodes
    below = nodes.groupby("parent")["samples"].sum()
    own = nodes["samples"] - nodes["id"].map(below).fillna(0)
    told = nodes.assign(own=own)[nodes["parent"] != ""]
    summed = told.groupby(["label", "layer"], as_index=False)[["own"]].sum()
    top = summed.sort_values("own", ascending=False, kind="stable").head(TOP)
    share = 100 * top["own"] / max(profile.samples, 1)
    return pd.DataFrame({"Function": top["label"], "Layer": top["layer"], "Own share (%)": share})
