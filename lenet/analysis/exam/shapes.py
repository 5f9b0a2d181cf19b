"""What usually causes an error about shapes: the first dense layer of LeNet reads 4 x 4 x 50 numbers,
and each mistake before it makes another number of them."""

from __future__ import annotations

import re

FEATURES = 4 * 4 * 50
KNOWN = {
    7 * 7 * 50: "both convolutions pad their images, which LeNet's do not",
    5 * 5 * 50: "the first convolution pads its images, or they are 32 x 32, where LeNet's are 28 x 28",
    6 * 6 * 50: "the second convolution pads its images, which LeNet's does not",
    8 * 8 * 50: "the second convolution is not pooled",
    10 * 10 * 50: "the first convolution is not pooled",
    20 * 20 * 50: "neither convolution is pooled",
}
"""Numbers that the dense layer is given -> the mistake that makes so many."""
_NUMBER = re.compile(r"(?<![\d.])\d+(?![\d.])")


def cause(message: str) -> str:
    """The mistake behind an error's message, in a sentence; '' where it tells of none."""
    numbers = {int(text) for text in _NUMBER.findall(message) if len(text) < 9}
    found = [words for features, words in KNOWN.items() if features in numbers]
    if FEATURES not in numbers or len(found) != 1:
        return ""
    return f"Where {FEATURES} numbers reach the first dense layer, this usually means that {found[0]}."
