"""What an experiment found, in a few figures, as a list of experiments shows it."""

from __future__ import annotations

from lenet import instruments
from lenet.analysis import ranking, ratio_words
from lenet.analysis.report import Report
from lenet.analysis.why import ladder, ladder_words


def of(report: Report) -> str:
    """'1.24 [1.23, 1.26]' of a race, 'equal' or 'undecided'; '991 µs [952, 1,030]' of a ladder.

    Of more than two variants it is the slowest against the fastest. '' where there is nothing to
    say so briefly.
    """
    kind = instruments.of(report.experiment.request)
    if kind is instruments.LADDER:
        climb = ladder.of_experiment(report, ())
        return ladder_words.size(climb) if climb.bars else ""
    subject = ranking.subject(report) if kind is instruments.RACE else None
    if subject is None:
        return ""
    pair = subject.pair
    decided = pair.outcome == ratio_words.DIFFERENT
    return ratio_words.text(pair.ratio, pair.low, pair.high) if decided else pair.outcome
