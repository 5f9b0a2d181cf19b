"""What a machine of the fleet does, in a process of its own: `python -m lenet.fleet.runner`.

Its first line of input says what: race an experiment, describe the machine, or pack an experiment that
is over. It answers with a line of JSON. While it races a further line is who wants it stopped; when its
input ends, whoever started it is gone, and so what runs ends as interrupted.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lenet.bench.service import Service
    from lenet.store import Store


def main() -> int:
    """Do what the first line asks for; 0 once that is done, or refused."""
    asked = json.loads(sys.stdin.readline())
    if hasattr(os, "sched_setaffinity") and asked["cores"]:
        # Ray is kept to one core, and so would be all that it starts. Nothing that counts this
        # machine's cores has been imported yet.
        os.sched_setaffinity(0, asked["cores"])
    from lenet.errors import LeNetError

    try:
        DOES[asked["what"]](asked)
    except LeNetError as error:
        _say({"refused": str(error)})
    return 0


def _race(asked: Mapping[str, Any]) -> None:
    from lenet.cli.options import polite_kill
    from lenet.errors import BadInput
    from lenet.fleet import machines, wire

    if asked["sources"] != machines.sources():
        raise BadInput("The machine has other programs to race than the head; bring both to one version.")
    with contextlib.suppress(KeyboardInterrupt), polite_kill(), _service() as service:
        number = service.submit(wire.request(asked["request"]), uid=asked["uid"])
        _say({"number": number})
        threading.Thread(target=_listen, args=(service, number), daemon=True).start()
        service.wait(number)
        # Now rather than when it is fetched: by then another process would have to begin.
        _write(service.store, number, asked["file"])


def _describe(asked: Mapping[str, Any]) -> None:
    from lenet.fleet import machines
    from lenet.home import open_home

    found = dataclasses.asdict(machines.here(open_home(), asked["name"], asked["labels"]))
    # The head's clock says when it was heard of.
    _say({name: value for name, value in found.items() if name != "seen"})


def _pack(asked: Mapping[str, Any]) -> None:
    from lenet.bench import recovery
    from lenet.errors import Missing
    from lenet.home import open_home
    from lenet.store import open_store

    home = open_home()
    with contextlib.closing(open_store(home.database_url)) as store:
        recovery.recover(store, home)
        number = store.number_of(asked["uid"])
        if number is None:
            raise Missing("The machine knows nothing of it.")
        _write(store, number, asked["file"])
    _say({})


def _write(store: Store, number: int, file: str) -> None:
    from lenet.files import write_whole
    from lenet.forms import FORMS, Wanted

    write_whole(Path(file), FORMS["parquet"].content(store, Wanted(number)))


DOES = {"race": _race, "describe": _describe, "pack": _pack}


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
