"""The figures that history keeps: a change of what makes them that forgets their version fails here."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from lenet.analysis import estimator, intervals, steady
from lenet.analysis.across import figures
from lenet.analysis.report import Report
from tests.helpers import tapes

FORGOTTEN = (
    "What makes a figure has changed, while databases keep those that were made before. Raise VERSION in "
    "lenet/analysis/across/figures.py, so that all are worked out anew, and write the new figures here as "
    "GOLDEN[VERSION]. The figures are now: "
)
GOLDEN: dict[int, dict[str, list[Any]]] = {
    1: {
        "tensorflow_graph, in turns": [4.07733867682, 3.99036817632, 4.16620470866, 3, 1260, "5e7c5308486add97"],
        "keras_fit, in turns": [5.09610602588, 4.99273596064, 5.20161627448, 3, 1260, "5e7c5308486add97"],
        "tensorflow_graph, one round": [4.11686556667, 4.04855475833, 4.18632897558, 1, 420, "5e7c5308486add97"],
        "keras_fit, one round": [5.106907, 5.02216848637, 5.19307529754, 1, 420, "5e7c5308486add97"],
        "tensorflow_graph, no turns": [4.20223283271, 4.11345654956, 4.29292507836, 3, 1260, "47de7bb716d305fa"],
        "keras_fit, no turns": [5.25220639403, 5.14689895904, 5.35966845764, 3, 1260, "47de7bb716d305fa"],
        "tensorflow_graph, per epoch": [4.15753564915, 4.07017646808, 4.24676984143, 3, 1260, "bb9b5b95c124540f"],
        "keras_fit, per epoch": [5.19634103434, 5.09410228574, 5.30063171695, 3, 1260, "bb9b5b95c124540f"],
    },
    2: {
        "tensorflow_graph, in turns": [4.07733867682, 3.99036912153, 4.1662037218, 3, 1260, "5e7c5308486add97"],
        "keras_fit, in turns": [5.09610602588, 4.99273708469, 5.2016151034, 3, 1260, "5e7c5308486add97"],
        "tensorflow_graph, one round": [4.11686556667, 4.04855357711, 4.18633019699, 1, 420, "5e7c5308486add97"],
        "keras_fit, one round": [5.106907, 5.02216702109, 5.19307681268, 1, 420, "5e7c5308486add97"],
        "tensorflow_graph, no turns": [4.20223283271, 4.1134575145, 4.29292407132, 3, 1260, "47de7bb716d305fa"],
        "keras_fit, no turns": [5.25220639403, 5.14690010429, 5.35966726505, 3, 1260, "47de7bb716d305fa"],
        "tensorflow_graph, per epoch": [4.15753564915, 4.07017741767, 4.24676885064, 3, 1260, "bb9b5b95c124540f"],
        "keras_fit, per epoch": [5.19634103434, 5.09410339783, 5.30063055978, 3, 1260, "bb9b5b95c124540f"],
    },
    3: {
        "tensorflow_graph, in turns": [4.09978378948, 4.01272383352, 4.18873259607, 3, 1260, "5e7c5308486add97"],
        "keras_fit, in turns": [5.12415931659, 5.02009321558, 5.23038269892, 3, 1260, "5e7c5308486add97"],
        "tensorflow_graph, one round": [4.13930630466, 4.07909223437, 4.20040923307, 1, 420, "5e7c5308486add97"],
        "keras_fit, one round": [5.13474451332, 5.06004992479, 5.21054171578, 1, 420, "5e7c5308486add97"],
        "tensorflow_graph, no turns": [4.19683508683, 4.10853886164, 4.28702887796, 3, 1260, "47de7bb716d305fa"],
        "keras_fit, no turns": [5.24545993369, 5.13877833948, 5.35435624934, 3, 1260, "47de7bb716d305fa"],
        "tensorflow_graph, per epoch": [4.1869175191, 4.09889319706, 4.27683217614, 3, 1260, "bb9b5b95c124540f"],
        "keras_fit, per epoch": [5.23306435906, 5.12658916945, 5.34175095389, 3, 1260, "bb9b5b95c124540f"],
    },
}
"""By version; per race and label: batch_ms, low, high, rounds, batches, circumstance."""
LABELS = ("tensorflow_graph", "keras_fit")
SETTINGS: dict[str, dict[str, Any]] = {
    "in turns": {},
    "one round": {"rounds": 1},
    "no turns": {"slice_ms": 0},
    "per epoch": {"sync": "epoch", "epochs": 3, "images_per_epoch": 32 * 140},
}


def golden(values: dict[str, Any]) -> Report:
    """A race with a lottery, noise, bursts, a slow start and cold caches after each pause; nothing is drawn."""
    wanted = tapes.settings(threads=2, allocator="steady", **values)
    pauses = tapes.turns(420, 35) if wanted.slice_ms else []
    rounds = range(1, wanted.rounds + 1)
    runs = {label: [tapes.tape(_times(level, n), pauses) for n in rounds] for level, label in enumerate(LABELS)}
    return tapes.race(runs, wanted)


def _times(level: int, round: int) -> list[float]:
    base = (4.0 + level) * (1 + 0.01 * math.sin(2 * round + level))
    noise = (1 + 0.02 * math.sin(1.7 * n + round) + 0.01 * math.cos(0.013 * n * n) for n in range(420))
    return [base * one * _slower(n) for n, one in enumerate(noise)]


def _slower(n: int) -> float:
    cold = 0.3 / (1 + (n - 20) % 35) if n >= 20 else 0.0
    return 1 + cold + (n % 97 == 5) + 20 / (1 + n) ** 2


def said() -> dict[str, list[Any]]:
    """Per race of SETTINGS and label: the figures, to be compared with GOLDEN."""
    return {
        f"{label}, {name}": [one.batch_ms, one.low, one.high, one.rounds, one.batches, one.circumstance]
        for name, values in SETTINGS.items()
        for one in figures.of(golden(values))
        for label in (one.label,)
    }


def check() -> None:
    """Raises AssertionError where the figures are not those of their version."""
    now, known = said(), GOLDEN.get(figures.VERSION, {})
    same = now.keys() == known.keys() and all(
        now[name][3:] == known[name][3:] and now[name][:3] == pytest.approx(known[name][:3], rel=1e-10) for name in now
    )
    assert same, FORGOTTEN + "".join(f"\n    {name!r}: {figure}," for name, figure in now.items())


def test_the_figures_are_those_of_their_version() -> None:
    check()


def test_every_version_has_figures_of_its_own() -> None:
    assert max(GOLDEN) == figures.VERSION
    versions = list(GOLDEN.values())
    assert all(one != other for one, other in zip(versions, versions[1:], strict=False))


PLANTS: dict[str, tuple[Any, str, Any]] = {
    "another estimator": (estimator, "figure", lambda slices, axis=-1: np.asarray(slices.mean(axis=axis))),
    "another variance of it": (estimator, "variance", lambda slices: 2 * float(slices.var())),
    "another quantile": (intervals, "student", lambda degrees, quantile: 2.0),
    "a longer start": (steady, "WARMUP", 30),
    "more cold batches": (steady, "RESUME_DROP", 6),
    "longer blocks": (steady, "BLOCK", 80),
    "other circumstances": (figures, "_circumstance", lambda report, label: "another"),
}


@pytest.mark.parametrize("what", PLANTS)
def test_a_change_that_forgets_the_version_is_told(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*PLANTS[what])
    with pytest.raises(AssertionError, match="Raise VERSION"):
        check()


def test_a_version_without_its_figures_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "VERSION", figures.VERSION + 1)
    with pytest.raises(AssertionError, match=r"GOLDEN\[VERSION\]"):
        check()
