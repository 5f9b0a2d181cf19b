"""What a race says of its twin: how far apart equal programs come out in this very race."""

from __future__ import annotations

import math

from lenet import catalog
from lenet.analysis import decision, ratio_words
from lenet.analysis.verdict import ONE_ROUND, Pair


def apart(pair: Pair) -> bool:
    """Whether the race calls its twin different, which it is not."""
    return not math.isnan(pair.low) and not pair.low <= 1 <= pair.high


def to_first(pair: Pair, twin: str) -> Pair:
    """The pair as the ratio of the twin to its first, whichever was slower."""
    return pair if pair.slow == twin else decision.turned(pair)


def sentence(pair: Pair, twin: str) -> str:
    """What the race calls equal, by the pair of its twin; or that it is in doubt."""
    seen = to_first(pair, twin)
    figures = ratio_words.text(seen.ratio, seen.low, seen.high) + (ONE_ROUND if seen.rounds == 1 else "")
    both = f"{catalog.title(seen.slow)} to {catalog.title(seen.fast)}"
    if not apart(pair):
        return f"This race against itself, {both}: {figures}; that is what it calls equal."
    return (
        f"This race is in doubt: it calls one program different from itself, {both}: {figures}. One race in twenty "
        "does so by chance; otherwise something here sets equal programs apart, and its other verdicts are no surer."
    )


def hindrance(twin: str) -> str:
    """Why the twin's time enters no other ratio."""
    first = catalog.title(str(catalog.Entry.parse(twin).without_copy))
    return f"{catalog.title(twin)} is the twin of {first}: it shows what this race calls equal, and competes with none."
