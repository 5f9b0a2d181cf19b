"""Show an unfinished experiment in a shell: its plan, its place in the queue, its progress."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from lenet import catalog
from lenet.cli.terminal import console
from lenet.errors import StoreError
from lenet.records import UNFINISHED, Experiment, Request

if TYPE_CHECKING:
    from lenet.bench.estimate import Estimate
    from lenet.bench.follow import Follower
    from lenet.bench.live import Outlook
    from lenet.bench.queue import Queue

REFRESH_SECONDS = 1.0


def show_plan(expected: Estimate, request: Request) -> None:
    """Print how many rounds will be raced and how long they will take."""
    from lenet.bench.plan_words import left_out, planned

    sentences = planned(expected, request), left_out()
    for sentence in filter(None, sentences):
        console.print(escape(sentence), highlight=False)


def watch(service: Queue, experiment_id: int) -> Experiment:
    """Show an experiment's progress until it has ended, and return the experiment as it is then."""
    (ended,) = watch_all(service, [experiment_id])
    return ended


def watch_all(service: Queue, numbers: Sequence[int]) -> list[Experiment]:
    """Show the progress of several experiments until all have ended; as they are then, in the given order."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[note]}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        screens = {number: _Screen(progress) for number in numbers}
        ended: dict[int, Experiment] = {}
        while left := [number for number in numbers if number not in ended]:
            # The first is waited for; of the others it is enough to look.
            for number, seconds in zip(left, (REFRESH_SECONDS, *[0.0] * len(left)), strict=False):
                experiment = service.wait(number, seconds)
                if experiment.status in UNFINISHED:
                    screens[number].draw(service, experiment)
                else:
                    screens[number].end(experiment)
                    ended[number] = experiment
    return [ended[number] for number in numbers]


class _Screen:
    """One line for the experiment and one per run of the current round."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.head = progress.add_task("Experiment", total=1, note="")
        self.lines: dict[str, TaskID] = {}
        self.said: set[str] = set()
        self.follower: Follower | None = None

    def draw(self, service: Queue, experiment: Experiment) -> None:
        """Bring every line up to date."""
        try:
            self._draw(service, experiment)
        except StoreError:
            # What a machine of the fleet sends back at its end replaces what was seen of it meanwhile.
            if service.store.experiment(experiment.id).status in UNFINISHED:
                raise

    def _draw(self, service: Queue, experiment: Experiment) -> None:
        from lenet.analysis import live as board
        from lenet.bench import live
        from lenet.bench.follow import Follower

        self.follower = self.follower or Follower(service.store, service.home, experiment)
        runs = self.follower.look().now
        number = board.round_now(runs)
        expected = live.outlook(service.home, experiment.id)
        rounds = expected.rounds if expected else experiment.request.settings.rounds
        stage = self._stage(service, experiment)
        if not console.is_terminal:  # a log file or CI cannot redraw, so each stage is a line there
            self._say(stage)
        self._say(expected.said if expected else "")
        self._say(self._whom_it_waits_for(service, experiment))
        self.progress.update(
            self.head,
            description=f"Experiment {experiment.id}, round {number} of {max(rounds, number)}",
            completed=max(number - 1, 0),
            total=max(rounds, number),
            note=stage or _left(expected),
        )
        for row in board.board(runs).to_dict("records"):
            # Every batch takes 0 ms where the clock is off.
            note = f"{row['median_ms']:.2f} ms/batch" if row["median_ms"] > 0 and row["batches"] > 1 else ""
            self.progress.update(self._line(row["label"], row["planned"]), completed=row["batches"], note=note)

    def end(self, experiment: Experiment) -> None:
        """Fill the bar of an experiment that has finished, even if it needed fewer rounds."""
        if experiment.status == "finished":
            self.progress.update(self.head, completed=self.progress.tasks[self.head].total)

    def _line(self, label: str, total: int) -> TaskID:
        if label not in self.lines:
            self.lines[label] = self.progress.add_task(f"  {catalog.title(label)}", total=total, note="")
        return self.lines[label]

    def _stage(self, service: Queue, experiment: Experiment) -> str:
        from lenet.bench import live

        if experiment.status == "queued":
            ahead = service.place(experiment.id)
            first = "waiting for its machine" if experiment.target else "waiting for another process to finish its race"
            return f"queued, {ahead} ahead of it" if ahead else first
        return live.stage(service.home, experiment.id)

    def _whom_it_waits_for(self, service: Queue, experiment: Experiment) -> str:
        """In a sentence; '' when it waits for nobody else's race."""
        from lenet.bench import lock

        waits = experiment.status == "queued" and not experiment.target and not service.place(experiment.id)
        other = lock.holder() if waits else None
        return f"{other.sentence}; waiting until it ends." if other else ""

    def _say(self, text: str) -> None:
        if text and text not in self.said:
            console.print(escape(text), highlight=False)
        self.said.add(text)


def _left(expected: Outlook | None) -> str:
    from lenet.bench.plan_words import duration

    return f"about {duration(expected.seconds_left)} left" if expected and expected.seconds_left else ""
