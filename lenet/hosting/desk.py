"""Where work is accepted: everything a user can change, checked, limited and written down, whether a
page, HTTP or a shell asks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lenet.bench.estimate import estimate, refuse
from lenet.bench.installer import Installer
from lenet.bench.queue import Queue
from lenet.errors import Forbidden
from lenet.hosting import policy
from lenet.hosting.config import Hosting
from lenet.hosting.identity import LOCAL, User
from lenet.hosting.policy import Action
from lenet.records import Annotation, AuditEntry, Experiment, Request

if TYPE_CHECKING:
    from lenet.exchange import Bundle


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

    def submit(self, request: Request) -> int:
        """Queue an experiment in the user's name; return its number. Raises BadInput for more than
        the limits allow."""
        request = dataclasses.replace(request, submitter=self.user.name)
        with self._doing(Action.START, detail=", ".join(request.variants)):
            refuse(estimate(self.store, request))
            return self.queue.submit(request)

    def stop(self, experiment_id: int) -> None:
        """End an experiment."""
        with self._doing(Action.STOP, experiment_id):
            self.queue.stop(experiment_id, self.user.name)

    def force(self, experiment_id: int) -> None:
        """End an experiment of whose process nobody can tell."""
        with self._doing(Action.FORCE, experiment_id):
            self.queue.force(experiment_id)

    def annotate(self, experiment_id: int, annotation: Annotation) -> None:
        """Replace title, note and tags of an experiment."""
        with self._doing(Action.ANNOTATE, experiment_id, annotation.title):
            self.store.annotate(experiment_id, annotation)

    def take_in(self, read: Callable[[], Bundle]) -> int:
        """Store an experiment that was raced elsewhere, as the user's; return its number here.

        read: reads and checks it; it is called only for a user who may import.
        """
        with self._doing(Action.IMPORT):
            from lenet.exchange import import_bundle  # brings pyarrow, which no page waits for

            return import_bundle(self.store, read(), self.user.name)

    def delete(self, experiment_id: int) -> None:
        """Delete an experiment that is over."""
        with self._doing(Action.DELETE, experiment_id):
            self.store.delete(experiment_id)

    def install(self, installer: Installer, stack: str) -> None:
        """Begin to build a stack."""
        with self._doing(Action.INSTALL, detail=stack) as entry:
            installer.start(stack)
            self.store.add_audit(entry)

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
