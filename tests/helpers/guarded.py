"""What a guard found of a variant whose ratios are known."""

from __future__ import annotations

from lenet.analysis.across import compare
from lenet.analysis.across.guarded import Guarded
from tests.helpers.compared import FIT, TF, report, tapes
from tests.helpers.tapes import settings

LIMIT = 0.03


def guarded(*ratios: float, lottery: float = 0.002, confirm: bool = True, crashed: bool = False) -> Guarded:
    """Keras against bare TensorFlow, as if that had been its base: one race for each ratio."""
    races = []
    for number, ratio in enumerate(ratios, 1):
        times = {TF: tapes(2.0, lottery=lottery, rounds=5), FIT: tapes(2.0 * ratio, lottery=lottery, rounds=5, seed=2)}
        values = {"status": "crashed", "reason": "It was ended by signal 9."} if crashed else {}
        found = report(number, times, wanted=settings(threads=2, decide="3%"), **values)
        races.append(compare.compare(found, found, [(TF, FIT)]))
    return Guarded("keras_fit", "Keras fit", LIMIT, confirm, tuple(races))
