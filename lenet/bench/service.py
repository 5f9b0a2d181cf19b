"""The experiments of one process: it queues them and races them itself. Page and shell of one
machine use it."""

from __future__ import annotations

from lenet.bench import queue
from lenet.bench.launcher import Outcome
from lenet.bench.owners import Owner
from lenet.bench.queue import Queue
from lenet.bench.race import CANCELLED
from lenet.bench.runner import Runner
from lenet.home import Home
from lenet.records import Experiment, Request
from lenet.store import Admit


class Service(Queue):
    """A queue with a runner of its own. Its experiments end with this process."""

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self._runner = Runner(self.store, home, shared=False)
        self.owner = self._runner.owner

    def submit(self, request: Request, seconds: float = 0.0, admit: Admit | None = None, uid: str = "") -> int:
        """Queue an experiment, start to race, and return its number; raises as a queue does.

        uid: its name, where another database has it already.
        """
        queue.check(request)
        self._runner.start()
        number = self.store.add_experiment(request, self.owner, seconds, admit, uid=uid)
        self._runner.wake()
        return number

    def stop(self, experiment_id: int, who: str = queue.WHO) -> None:
        """End an experiment as a queue does; what runs here ends at once, whatever the database
        says."""
        if not self._runner.stop(experiment_id, Outcome(CANCELLED.status, queue.stopped_by(who))):
            super().stop(experiment_id, who)
            self._runner.wake()

    def adrift(self, experiment: Experiment) -> bool:
        """Whether nobody can tell if the process of an unfinished experiment still lives."""
        return experiment.owner != self.owner and super().adrift(experiment)

    def _place_here(self, experiment_id: int) -> int:
        here = Owner.parse(self.owner)
        waiting = (e for e in self.store.pending() if e.id < experiment_id)
        return sum(Owner.parse(e.owner).beside(here) for e in waiting)

    def wait(self, experiment_id: int, timeout: float | None = None) -> Experiment:
        """Wait until the experiment ends, at most `timeout` seconds; as it is then."""
        self._runner.wait(experiment_id, timeout)
        return self.store.experiment(experiment_id)

    def stop_and_wait(self, experiment_id: int) -> Experiment:
        """Stop an experiment of this process; as it is once its end is stored.

        Raises StoreError when that cannot be stored.
        """
        self.stop(experiment_id)
        self._runner.wait_until_stored(experiment_id)
        return self.store.experiment(experiment_id)

    def close(self) -> None:
        """End the running experiment (as interrupted) and the thread; the service is then
        unusable."""
        self._runner.close()
        super().close()
