"""Shades and mixtures of colours in OKLCH, where equal steps look equal.

The formulas are those of Björn Ottosson, "A perceptual color space for image processing" (2020),
https://bottosson.github.io/posts/oklab/; contrast is that of WCAG 2.2.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]

DARKEST, LIGHTEST = 0.53, 0.64
"""The lightness of a hue's shades: outside it one could not be told from one of the two backgrounds."""
TURN = 16.0
"""By how many degrees the outer shades' hues differ from the middle one's."""
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def shade(color: str, light: float, turn: float) -> str:
    """A shade of a hue. color: the hue as #RRGGBB; light: from 0 (darkest) to 1 (lightest); turn:
    how far towards the next hues, from 0 (one side) to 1 (the other)."""
    _, a, b = oklab(color)
    chroma, angle = math.hypot(a, b), math.atan2(b, a) + math.radians(TURN * (2 * turn - 1))
    return _written(DARKEST + light * (LIGHTEST - DARKEST), chroma, angle)


def between(start: str, end: str, share: float) -> str:
    """The colour at a share of the way from one colour to another, by the shorter arc of hues."""
    (one, a, b), (other, c, d) = oklab(start), oklab(end)
    first, last = math.atan2(b, a), math.atan2(d, c)
    turn = (last - first + math.pi) % (2 * math.pi) - math.pi
    chroma = (1 - share) * math.hypot(a, b) + share * math.hypot(c, d)
    return _written((1 - share) * one + share * other, chroma, first + share * turn)


@cache
def oklab(color: str) -> tuple[float, float, float]:
    """Lightness, a and b of #RRGGBB; their Euclidean distance is how different two colours look."""
    lms = np.cbrt(_TO_LMS @ _linear(color))
    lightness, a, b = (float(value) for value in _TO_LAB @ lms)
    return lightness, a, b


def luminance(color: str) -> float:
    """The relative luminance of #RRGGBB, from 0 to 1."""
    return float(np.array([0.2126, 0.7152, 0.0722]) @ _linear(color))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours #RRGGBB, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _linear(color: str) -> Vector:
    channels = np.array([int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.asarray(np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4))


def _written(lightness: float, chroma: float, angle: float) -> str:
    """#RRGGBB, with as much of the chroma as a screen can show."""
    while True:
        linear = _screen(lightness, chroma, angle)
        if ((linear >= 0) & (linear <= 1)).all() or chroma < 0.001:
            break
        chroma -= 0.002
    linear = linear.clip(0, 1)
    channels = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(255 * float(channel)):02X}" for channel in channels)


def _screen(lightness: float, chroma: float, angle: float) -> Vector:
    lab = np.array([lightness, chroma * math.cos(angle), chroma * math.sin(angle)])
    return np.asarray(np.linalg.solve(_TO_LMS, np.linalg.solve(_TO_LAB, lab) ** 3))
