"""What a browser's tab says of an experiment, in the few words that it has room for."""

from __future__ import annotations

from collections.abc import Callable

from lenet import catalog, instruments
from lenet.analysis import ratio_words
from lenet.analysis.report import Report
from lenet.analysis.verdict import Pair
from lenet.analysis.words import counted
from lenet.records import Experiment


def words(experiment: Experiment, report: Callable[[], Report]) -> str:
    """'Keras fit 1.24 ×', 'equal', 'undecided', '8 variants', 'Ladder', or how it stands: 'running'.

    report: reads the experiment's report, which only a finished race needs.
    """
    if experiment.status != "finished":
        return experiment.status
    kind = instruments.of(experiment.request)
    if kind is not instruments.RACE:
        return kind.title
    pairs = report().pairs
    return _pair(pairs[0]) if len(pairs) == 1 else counted(len(experiment.request.variants), "variant")


def _pair(pair: Pair) -> str:
    if pair.outcome != ratio_words.DIFFERENT:
        return pair.outcome
    return f"{catalog.title(pair.slow)} {ratio_words.estimate(pair.ratio, pair.low, pair.high)} ×"
