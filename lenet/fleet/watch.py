"""One race on another machine, from its beginning to its end, as the head sees it."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from lenet.bench import live, owners, recovery
from lenet.bench.launcher import Outcome
from lenet.errors import LeNetError, LostError, RemoteError, StoreError
from lenet.exchange import read_parquet
from lenet.fleet import machines, wire
from lenet.fleet.link import Link
from lenet.fleet.mirror import Mirror
from lenet.home import Home
from lenet.records import UNFINISHED, Experiment
from lenet.store import Store
from lenet.store.import_delete import FILLABLE

T = TypeVar("T")

BEGIN, FIND, BRING = "begin", "find", "bring"
"""To have it raced; to find what another head has begun; to fetch what a machine that was lost has kept, once that
has ended."""
LOOK_SECONDS = 1.0
"""Between two looks at whether it is over, or is to be stopped, for which no machine is asked; and between
two polls while somebody watches."""
UNWATCHED_SECONDS = 10.0
"""Between two polls of what nobody watches: a poll takes time on the machine that races."""
BEAT_SECONDS, RETRY_SECONDS = 5.0, 5.0
BEGIN_PATIENCE, STOP_PATIENCE, PARCEL_PATIENCE = 60.0, 30.0, 600.0
LOST = Outcome(
    "interrupted",
    "Its machine was lost while it raced this; what had come until then is kept, and what the machine kept "
    "itself follows if it comes back.",
)

log = logging.getLogger(__name__)


class Watch:
    """Follows one experiment that is claimed for a machine, in a thread of its own.

    begin: one of BEGIN, FIND and BRING. ended: is told its number once
    its end is stored.
    """

    def __init__(
        self, store: Store, home: Home, link: Link, experiment: Experiment, begin: str, ended: Callable[[int], None]
    ) -> None:
        self.experiment, self.machine = experiment, owners.machine_of(experiment.owner)
        self._store, self._home, self._link = store, home, link
        self._begin, self._ended = begin, ended
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def goes_on(self) -> bool:
        """Whether it still follows."""
        return self._thread.is_alive()

    def leave(self) -> None:
        """Watch no longer; what runs is as good as lost."""
        self._left.set()
        self._thread.join()

    def _run(self) -> None:
        """Follow it to its end. Where Ray does not answer, or the database while this head ends, it stays as
        it is, and is found again."""
        try:
            stored = self._to_the_end()
            self._release()
        except (RemoteError, StoreError) as error:
            log.error("Experiment %s: %s", self.experiment.id, error)
            return
        if stored:
            self._ended(self.experiment.id)

    def _to_the_end(self) -> bool:
        """Whether its end was stored here."""
        try:
            refused = self._follow() if self._start() else ""
            if refused is None:
                return self._settle(LOST)
            return self._settle(Outcome("failed", refused)) if refused else self._fetch()
        except LostError:
            return self._settle(LOST)
        except (RemoteError, StoreError):
            raise
        except Exception as error:
            log.exception("Experiment %s", self.experiment.id)
            return self._settle(Outcome("failed", f"A fault in LeNet Bench: {type(error).__name__}: {error}"))

    def _start(self) -> bool:
        """Whether it runs; what a machine is to bring may have ended."""
        uid = self.experiment.uid
        if self._begin == BEGIN:
            asked = {"uid": uid, "request": wire.plain(self.experiment.request), "sources": machines.sources()}
            self._link.ask("begin", BEGIN_PATIENCE, uid=uid, machine=self.machine, asked=asked)
            return True
        try:
            self._link.ask("find", uid=uid)
        except LostError:
            if self._begin == BRING:
                return False
            raise
        return True

    def _follow(self) -> str | None:
        """Wait for its end, and show it meanwhile; why it never began, '' for one that did. None when
        it is not followed any more: this head ends, or somebody has ended it by force."""
        mirror = self._patiently(lambda: Mirror(self._store, self._home, self.experiment))
        polled = beaten = 0.0
        stopping = ""
        while not self._left.is_set():
            refused = self._link.ask("wait", uid=self.experiment.uid, seconds=LOOK_SECONDS)
            if refused is not None:
                return str(refused)
            now = time.monotonic()
            if not stopping and (stopping := self._patiently(lambda: self._store.stop_asked(self.experiment.id))):
                self._stop(stopping)
            if now - beaten >= BEAT_SECONDS:
                if not self._patiently(self._beat):
                    return None
                beaten = now
            if now - polled >= self._pause():
                self._poll(mirror)
                polled = now
        return None

    def _beat(self) -> bool:
        """Say that it is followed; whether it is to be."""
        return self._store.beat(self.experiment.id, self.experiment.owner) or self._status() in FILLABLE

    def _status(self) -> str:
        return self._store.experiment(self.experiment.id).status

    def _pause(self) -> float:
        watched = live.is_watched(self._home.experiment(self.experiment.id))
        return LOOK_SECONDS if watched else UNWATCHED_SECONDS

    def _poll(self, mirror: Mirror) -> None:
        try:
            known = mirror.known()
            mirror.take(known, self._link.ask("poll", uid=self.experiment.uid, known=known))
        except LostError:
            raise
        except (RemoteError, StoreError, OSError) as error:
            # A machine that hangs may come back; Ray says when it will not.
            live.set_stage(self._home.experiment(self.experiment.id), f"its machine does not answer ({error})")

    def _stop(self, who: str) -> None:
        try:
            self._link.ask("stop", STOP_PATIENCE, uid=self.experiment.uid, who=who)
        except LostError:
            raise
        except RemoteError as error:
            log.error("Experiment %s: %s", self.experiment.id, error)

    def _fetch(self) -> bool:
        """Put the bundle in the place of all that was mirrored."""
        reason = self._patiently(self._fetch_once)
        return self._settle(Outcome("failed", f"What it measured did not come: {reason}")) if reason else True

    def _fetch_once(self) -> str:
        ended_otherwise = self._status() not in FILLABLE
        return "" if ended_otherwise else fetch(self._store, self._home, self._link, self.experiment)

    def _settle(self, outcome: Outcome) -> bool:
        return self._patiently(lambda: self._settle_once(outcome))

    def _settle_once(self, outcome: Outcome) -> bool:
        open_ = self._status() in UNFINISHED
        if open_:
            recovery.settle(self._store, self._home, self.experiment, outcome)
        return open_

    def _release(self) -> None:
        try:
            self._link.ask("release", uid=self.experiment.uid)
        except RemoteError as error:
            log.error("Experiment %s: %s", self.experiment.id, error)

    def _patiently(self, work: Callable[[], T]) -> T:
        """Try until the database takes it: a machine keeps what it raced meanwhile."""
        while True:
            try:
                return work()
            except StoreError as error:
                if self._left.is_set():
                    raise
                log.error("Experiment %s: %s", self.experiment.id, error)
                time.sleep(RETRY_SECONDS)


def fetch(store: Store, home: Home, link: Link, experiment: Experiment) -> str:
    """Complete an experiment with what its machine has kept of it; why that cannot be done, '' when it is.

    Raises RemoteError, StoreError; it may be tried again.
    """
    # Imports pandas, for which no head need wait before a race has ended.
    from lenet.analysis.across import figures

    machine = owners.machine_of(experiment.owner)
    with home.scratch() as folder:
        file = folder / "bundle.parquet"
        reason = link.ask("parcel", PARCEL_PATIENCE, machine=machine, uid=experiment.uid, file=str(file))
        if reason:
            return str(reason)
        try:
            bundle = read_parquet(file)
        except LeNetError as error:
            return str(error)
    store.fill_experiment(experiment.uid, bundle)
    shutil.rmtree(home.experiment(experiment.id), ignore_errors=True)
    try:
        figures.keep(store, experiment.id)
    except Exception:
        log.exception("The figures of experiment %s", experiment.id)
    return ""
