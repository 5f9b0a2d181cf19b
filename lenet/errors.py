"""The errors that the program raises on purpose. Each message is one sentence that says what to do
next.

LeNetError
  BadInput         the request cannot be done as asked; nothing was started
    Forbidden      who asks may not do this
    Missing        what the request names is not there
    AlreadyHere    what is to be imported is here already
  DataError        the embedded MNIST is missing or damaged
  Unavailable      a stack, package or device that a variant needs is not on this machine
  StackError       a stack could not be built
  StoreError       the database or the disk refused
  LockError        the machine's lock, by which races take turns, cannot be had
  RemoteError      another server does not answer, or not as it should
    LostError      a machine of the fleet is gone, with what ran there
  WorkerError      a worker broke the protocol
"""


class LeNetError(Exception):
    """Base of all expected errors; its text is shown to the user as it stands."""


class BadInput(LeNetError):
    """The request itself is wrong: say which value, and what would be right."""


class Forbidden(BadInput):
    """Who asks may not do this: say who may."""


class Missing(BadInput):
    """The request names something that is not there: say where to see what is."""


class AlreadyHere(BadInput):
    """What is to be imported is here already, as experiment `number`."""

    def __init__(self, sentence: str, number: int) -> None:
        super().__init__(sentence)
        self.number = number


class DataError(LeNetError):
    """The embedded data set is missing or damaged."""


class Unavailable(LeNetError):
    """Something a variant needs is not installed here."""


class StackError(LeNetError):
    """A stack could not be built; its log has the details, and nothing half-built is left."""


class StoreError(LeNetError):
    """The database or the disk refused; what was stored before is untouched."""


class LockError(LeNetError):
    """The machine's lock cannot be opened or locked; without it two races would disturb each
    other."""


class RemoteError(LeNetError):
    """Another server does not answer, refuses, or is none of ours."""


class LostError(RemoteError):
    """A machine of the fleet, or what ran on it, is not there any more."""


class WorkerError(LeNetError):
    """A worker sent a line that is not an event."""
