"""The facts that a variant tells, as plain values that can be sent, stored and shown.

They are a report about the run: whatever is wrong with them, the run goes on.
"""

import math
import numbers
import sys
import traceback

RESERVED = ("python", "numpy", "packages", "device_peak_bytes")
"""Facts that are told of every variant, and not by it."""
MOST_ITEMS = 100
LONGEST_TEXT = 1000
DEEPEST = 4


def told(variant):
    """The answer of the variant's `facts()` as plain values; what it cannot tell is left out.

    Why it told nothing stands under "untold", and in the log.
    """
    try:
        found = dict(variant.facts())
    except Exception as error:
        sys.stderr.write("facts() told nothing:\n" + traceback.format_exc())
        return {"untold": "{}: {}".format(type(error).__name__, error)[:LONGEST_TEXT]}
    return {name: value for name, value in plain(found).items() if name not in RESERVED}


def check_device(facts, asked):
    """Raises RuntimeError when a run is not on the device that was asked for ('cpu' or 'gpu').

    One that does not tell is believed about the CPU, to which its environment leaves no other
    choice; not about a GPU.
    """
    device = facts.get("device")
    if device is None and asked == "cpu":
        return
    if device is None:
        why = facts.get("untold", "it has no 'device'")
        raise RuntimeError("asked to run on {}, and facts() does not tell where it runs ({})".format(asked, why))
    if device != asked:
        raise RuntimeError("asked to run on {}, runs on {}".format(asked, device))


def plain(value, depth=0):
    """The value as JSON has it: numbers of NumPy and of frameworks as Python's, what is no value as
    its text, never long."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value) if math.isfinite(value) else str(float(value))
    if depth == DEEPEST:
        return _text(value)
    if hasattr(value, "tolist"):
        return _of_array(value, depth + 1)
    if isinstance(value, dict):
        items = list(value.items())[:MOST_ITEMS]
        return {_text(name): plain(item, depth + 1) for name, item in items}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, depth + 1) for item in list(value)[:MOST_ITEMS]]
    return _text(value)


def _of_array(array, depth):
    """An array's items, or a long one's text, which NumPy and frameworks keep short."""
    try:
        return plain(array.tolist(), depth) if len(array.ravel()) <= MOST_ITEMS else _text(array)
    except Exception:
        return _text(array)


def _text(value):
    """No character that a database or a page refuses."""
    try:
        text = str(value)
    except Exception as error:
        text = "{} ({} as text)".format(type(value).__name__, type(error).__name__)
    return text[:LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
