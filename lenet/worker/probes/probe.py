"""A probe: the running totals of one framework, how each is counted, and what cannot be counted."""


class Probe:
    """The totals of one framework.

    by: name of a total -> how it is counted; untold: name of another -> why it cannot be counted.
    """

    def __init__(self, framework, by, untold):
        self.framework = framework
        self.by = by
        self.untold = untold
        self.totals = dict.fromkeys(by, 0)

    def add(self, what, amount=1):
        self.totals[what] += amount

    def read(self):
        """Name -> total so far."""
        return self.totals

    def watch(self, owner, name, note):
        """Let `owner.name` work as before, and call `note(arguments, result)` after it."""
        setattr(owner, name, stand_in(getattr(owner, name), note))


def stand_in(original, note):
    """A function that calls `original`, and then `note` with its arguments and its result."""

    def call(*arguments, **named):
        result = original(*arguments, **named)
        note(arguments, result)
        return result

    return call


# The only function here whose calls are the program's own.
CALL = stand_in(None, None).__code__
