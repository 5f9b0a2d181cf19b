"""Where work is accepted: everything a user can change, checked, limited and written down, whether a
page, HTTP or a shell asks."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from lenet.bench import allot
from lenet.bench.estimate import Estimate, estimate
from lenet.bench.queue import Queue
from lenet.bench.race import CANCELLED
from lenet.catalog import folders
from lenet.errors import Forbidden, LeNetError
from lenet.fleet import machines as fleet
from lenet.hosting import keys, policy, sharing
from lenet.hosting.config import Hosting
from lenet.hosting.identity import LOCAL, Role, User
from lenet.hosting.limits import planned_seconds
from lenet.hosting.policy import Action
from lenet.records import Annotation, Asked, AuditEntry, Experiment, Freed, Machine, Request, Token

T = TypeVar("T")


class Builder(Protocol):
    """What builds stacks."""

    def start(self, name: str) -> None:
        """Build a stack, or begin to. Raises LeNetError."""


class Desk:
    """What one user may ask of a queue and its store. Every method raises Forbidden, in a sentence,
    for what the user may not do; the refusal is in the audit then, and nothing else is changed.

    via: 'page', 'api' or 'shell'.
    """

    def __init__(self, queue: Queue, hosting: Hosting, user: User = LOCAL, via: str = "page") -> None:
        self.queue, self.store, self.hosting = queue, queue.store, hosting
        self.user, self.via = user, via

    def may(self, action: Action, experiment: Experiment | None = None) -> bool:
        """Whether to offer this to the user at all."""
        return policy.may(self.user, action, experiment)

    def settle(self, request: Request) -> Request:
        """The request with what it leaves to us; `submit` does the same with one that is not settled."""
        return allot.settled(self.store, request)

    def plan(self, request: Request, machine: Machine | None = None) -> Estimate:
        """What an experiment would cost, here or on a machine of the fleet. Raises BadInput where
        `submit` would for more than the limits allow."""
        expected = estimate(self.store, request, machine.id if machine else "")
        memory = machine.memory_bytes if machine else 0
        self.hosting.limits.check(expected, request, self.queue.home.root, memory)
        self.hosting.limits.admit(self.store.asked(self.user.name), planned_seconds(expected, request))
        return expected

    def submit(self, request: Request) -> int:
        """Queue an experiment in the user's name; return its number. Raises BadInput for more than
        the limits allow."""
        request = dataclasses.replace(self.settle(request), submitter=self.user.name)
        with self._doing(Action.START, detail=", ".join(request.variants)):
            seconds = planned_seconds(self.plan(request), request)
            # Counted once more as it is stored: of two clicks at once only one may be the last.
            return self.queue.submit(request, seconds, lambda asked: self.hosting.limits.admit(asked, seconds))

    def submit_to(self, machine: Machine, request: Request, group: str = "") -> int:
        """Queue an experiment for a machine of the fleet, as `submit` does."""
        request = dataclasses.replace(self.settle(request), submitter=self.user.name)
        with self._doing(Action.START, detail=f"on {machine.name}: {', '.join(request.variants)}"):
            seconds = planned_seconds(self.plan(request, machine), request)

            def admit(asked: Asked) -> None:
                self.hosting.limits.admit(asked, seconds)

            return self.queue.submit_to(machine, request, seconds, admit, group)

    def submit_to_all(self, machines: Sequence[Machine], requests: Sequence[Request]) -> list[int]:
        """Queue each request for each machine, as one group where there are several; their numbers.

        Raises BadInput, and queues nothing, where one of them could not be raced as asked.
        """
        for machine, request in product(machines, requests):
            fleet.check(machine, request)
            self.plan(self.settle(request), machine)
        group = uuid.uuid4().hex if len(machines) * len(requests) > 1 else ""
        numbers: list[int] = []
        try:
            for machine, request in product(machines, requests):
                numbers.append(self.submit_to(machine, request, group))
        except LeNetError as error:
            for number in numbers:
                self.store.withdraw(number, CANCELLED.status, f"Not all of its group could be queued: {error}")
            raise
        return numbers

    def drain(self, machine: Machine) -> None:
        """Let a machine of the fleet end what it races and begin nothing else."""
        with self._doing(Action.DRAIN, detail=f"drain {machine.name}"):
            self.store.set_draining(machine.id, True)

    def undrain(self, machine: Machine) -> None:
        """Let a machine that drained begin again what waits for it."""
        with self._doing(Action.DRAIN, detail=f"let {machine.name} race again"):
            self.store.set_draining(machine.id, False)

    def stop(self, experiment_id: int) -> None:
        """End an experiment."""
        self.queue.recover()
        with self._doing(Action.STOP, experiment_id):
            self.queue.stop(experiment_id, self.user.name)

    def force(self, experiment_id: int) -> None:
        """End an experiment of whose process nobody can tell."""
        self.queue.recover()
        with self._doing(Action.FORCE, experiment_id):
            self.queue.force(experiment_id)

    def annotate(self, experiment_id: int, annotation: Annotation) -> None:
        """Replace title, note and tags of an experiment."""
        with self._doing(Action.ANNOTATE, experiment_id, annotation.title):
            self.store.annotate(experiment_id, annotation)

    def import_(self, source: Path | BinaryIO, name: str = "") -> int:
        """Store the experiment in a file as the user's, all of it or nothing; return its number
        here.

        name: what errors call an open file. Raises BadInput for a file that is not as it should be.
        """
        from lenet import exchange  # Imports Arrow, which only few need.

        with self._doing(Action.IMPORT, detail=source.name if isinstance(source, Path) else name):
            return exchange.import_bundle(self.store, exchange.read_apart(source, name), self.user.name)

    def delete(self, experiment_id: int) -> None:
        """Delete an experiment that is over."""
        with self._doing(Action.DELETE, experiment_id):
            self.store.delete(experiment_id)

    def install(self, installer: Builder, stack: str) -> None:
        """Begin to build a stack."""
        self.change_stacks(stack, lambda: installer.start(stack))

    def change_stacks(self, what: str, change: Callable[[], T]) -> T:
        """Build, add or remove a stack by `change`; what it returns. what: as the audit names it."""
        with self._doing(Action.INSTALL, detail=what) as entry:
            made = change()
            self.store.add_audit(entry)
            return made

    def why_no_folders(self) -> str:
        """Why the user may not say where variants of one's own lie; '' if they may. Where everybody
        who reaches the server counts as its admin, nobody may point it at programs."""
        if self.hosting.hosted and self.hosting.auth == "off":
            return f"Nobody signs in here, so nobody may {Action.NAME_FOLDERS}; set LENET_VARIANTS where it is started."
        return policy.refusal(self.user, Action.NAME_FOLDERS)

    def name_folders(self, named: Sequence[str]) -> None:
        """Look for variants of one's own in these folders, in place of those named before. Raises
        BadInput for one that is not there."""
        with self._doing(Action.NAME_FOLDERS, detail=", ".join(named)) as entry:
            if reason := self.why_no_folders():
                raise Forbidden(reason)
            folders.keep(self.queue.home, named)
            self.store.add_audit(entry)

    def audit(
        self, limit: int = 100, before: int | None = None, user: str = "", since: datetime | None = None
    ) -> list[AuditEntry]:
        """Who did what, or tried to, the newest first; as `Store.audit`."""
        with self._doing(Action.AUDIT):
            return self.store.audit(limit, before, user, since)

    def backup(self, file: Path) -> dict[str, int]:
        """Write the whole database into a file; table -> rows. Raises LeNetError when it cannot be
        written."""
        with self._doing(Action.OPERATE, detail=f"back up into {file.name}") as entry:
            try:
                rows = self.store.backup(file)
            except OSError as error:
                raise LeNetError(f"{file} cannot be written ({error.strerror}); choose another place.") from error
            self.store.add_audit(entry)
            return rows

    def restore(self, file: Path, replace: bool = False) -> dict[str, int]:
        """Put a backup into the database; table -> rows. replace: what the database has goes.
        Raises BadInput for a database that has something else, and for what is no backup."""
        with self._doing(Action.OPERATE, detail=f"restore {file.name}"):
            return self.store.restore(file, replace)

    def prune(self, before: datetime, keep_figures: bool) -> Freed:
        """Make room by what ended before. keep_figures: the batches go and nothing else."""
        from lenet.analysis.across import figures  # Imports pandas.

        if keep_figures and self.may(Action.OPERATE):
            figures.fill(self.store)
        with self._doing(Action.OPERATE, detail=f"prune what ended before {before:%Y-%m-%d %H:%M} UTC"):
            return self.store.forget_batches(before) if keep_figures else self.store.forget(before)

    def share(self, experiment_id: int, period: timedelta) -> str:
        """The address of a link that shows a result to whoever has it, for so long."""
        until = datetime.now(UTC) + period
        with self._doing(Action.SHARE, experiment_id, f"until {until:%Y-%m-%d %H:%M} UTC") as entry:
            link = sharing.link(self.hosting, experiment_id, period)
            self.store.add_audit(entry)
            return link

    # Tokens

    def tokens(self) -> list[Token]:
        """The user's own tokens, an admin's also those of all others, the newest first."""
        return self.store.tokens("" if self.user.role is Role.ADMIN else self.user.name)

    def new_token(self, name: str, role: Role, days: int = keys.USUAL_DAYS) -> str:
        """A key with which a program asks in the user's name, with this role, until it ends. It is
        told here only: what is stored cannot be turned back into it.

        Raises BadInput for a name or a number of days that no token has.
        """
        name, expires = keys.check_name(name), keys.expiry(days)
        with self._doing(Action.GET_TOKEN, detail=f"{name}, {role.word}, {days} days"):
            if role > self.user.role:
                raise Forbidden(f"{self.user.name} is a {self.user.role.word}; ask for a token of that role at most.")
            key = keys.new_key()
            self.store.add_token(name, keys.digest(key), self.user.name, role.word, expires)
            return key

    def revoke_token(self, number: int) -> None:
        """End one of the user's own tokens, or as an admin anybody's. Raises Missing."""
        token = self.store.token(number)
        with self._doing(Action.REVOKE_TOKEN, detail=f"token {number}, {token.name}, of {token.user}"):
            if token.user != self.user.name and self.user.role is not Role.ADMIN:
                raise Forbidden(f"Token {number} is not {self.user.name}'s; ask an admin, who may revoke any.")
            self.store.revoke_token(number)

    def check(self, action: Action) -> None:
        """Raise Forbidden where the user may not do this at all, before anything is prepared."""
        with self._doing(action):
            pass

    @contextmanager
    def _doing(self, action: Action, experiment_id: int | None = None, detail: str = "") -> Iterator[AuditEntry]:
        """Let the body do `action`, with a row of the audit in its first change of the database; or
        raise Forbidden."""
        entry = AuditEntry(self.user.name, self.user.role.word, self.via, action, experiment_id, detail=detail)
        try:
            experiment = None if experiment_id is None else self.store.experiment(experiment_id)
            policy.require(self.user, action, experiment)
            with self.store.audited(entry):
                yield entry
        except Forbidden as error:
            self.store.add_audit(dataclasses.replace(entry, outcome="refused", detail=str(error)))
            raise
