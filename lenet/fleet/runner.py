"""The process in which a machine of the fleet races one experiment: `python -m lenet.fleet.runner`.

Its first line of input is what is asked; a later one is who wants it stopped. When its input ends,
whoever started it is gone, and so what runs ends as interrupted. It prints one line of JSON: the number
that the experiment has here, or why it is refused.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lenet.bench.service import Service


def main() -> int:
    """Race what the first line asks for; 0 once it has ended, however it did."""
    asked = json.loads(sys.stdin.readline())
    if hasattr(os, "sched_setaffinity"):
        # Ray is kept to some cores, and so would be all that it starts. Nothing that counts this
        # machine's cores has been imported yet.
        os.sched_setaffinity(0, asked["cores"] or os.sched_getaffinity(0))
    from lenet.errors import LeNetError

    try:
        _race(asked)
    except LeNetError as error:
        _say({"refused": str(error)})
    except KeyboardInterrupt:
        pass
    return 0


def _race(asked: Mapping[str, Any]) -> None:
    from lenet.cli.options import polite_kill
    from lenet.errors import BadInput
    from lenet.fleet import machines, wire

    if asked["sources"] != machines.sources():
        raise BadInput("The machine has other programs to race than the head; bring both to one version.")
    with polite_kill(), _service() as service:
        number = service.submit(wire.request(asked["request"]), uid=asked["uid"])
        _say({"number": number})
        threading.Thread(target=_listen, args=(service, number), daemon=True).start()
        service.wait(number)


@contextmanager
def _service() -> Iterator[Service]:
    from lenet.bench.service import Service
    from lenet.home import open_home

    service = Service(open_home())
    try:
        yield service
    finally:
        service.close()


def _listen(service: Service, number: int) -> None:
    for line in sys.stdin:
        service.stop(number, json.loads(line)["stop"])
    os.kill(os.getpid(), signal.SIGTERM)


def _say(values: Mapping[str, Any]) -> None:
    print(json.dumps(values), flush=True)


if __name__ == "__main__":
    sys.exit(main())
