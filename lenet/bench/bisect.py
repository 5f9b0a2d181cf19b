"""Bisects the releases of a package: which races that takes, and what those that are stored already say.

Nothing but the experiments and the stacks keeps how far it is: an experiment says in its plan what it was
raced for, and whoever asks for the same again goes on from there.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lenet import catalog
from lenet.analysis import bisect, releases
from lenet.analysis import report as reports
from lenet.analysis.bisect import Answer, Gap, Race
from lenet.analysis.words import counted
from lenet.catalog import Entry, Variant
from lenet.errors import BadInput
from lenet.home import Home
from lenet.records import Experiment, Filter, Request
from lenet.settings import Settings
from lenet.stacks import release_stacks
from lenet.stacks.installed import normal
from lenet.stacks.place import Place
from lenet.stacks.table import Stack
from lenet.store import Store

OVER = ("finished", "failed")
"""How an experiment ends that says something; one that was stopped is raced anew."""
ENDS = ("decide", "most_rounds", "precision", "budget", "rounds", "confirm")
"""Settings that end a race, and change nothing in what it measures."""
MOST_READ = 1000
SMALLEST, LARGEST = 0.001, 1.0
"""Between which a line to decide lies, as a share."""


@dataclass(frozen=True)
class Asked:
    """What is bisected: the releases of a package, the oldest first, with one variant."""

    package: str
    releases: tuple[str, ...]
    variant: str
    """An entry, perhaps with the stack on which the releases are to stand."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Settings of every race."""
    change: float = 0.02
    """The smallest difference that is looked for, as a share."""
    python: str | None = None

    @property
    def program(self) -> Variant:
        """The variant."""
        return catalog.asked(self.variant)

    def check(self) -> None:
        """Raise BadInput where the variant does not need the package."""
        needed = self.program.packages
        if normal(self.package) not in map(normal, needed):
            raise BadInput(f"{self.program.name} needs {', '.join(needed)}, not {self.package}; name one of these.")

    def settings(self, **more: Any) -> Settings:
        """The settings of a race. Raises BadInput."""
        return Settings.parse({**self.values, **more})

    @staticmethod
    def line(share: float) -> str:
        """A line to decide, as settings write it."""
        return f"{100 * min(max(share, SMALLEST), LARGEST):.3g}%"

    def stack(self, home: Home, release: str) -> Stack:
        """The stack of a release. Raises BadInput, Unavailable."""
        return release_stacks.of(home, self.package, release, self.program, self.python)

    def request(self, home: Home, chosen: Sequence[str], settings: Settings) -> Request:
        """A race of some of the releases."""
        entry = Entry.parse(self.variant)
        entries = [str(entry.in_stack(self.stack(home, release).name)) for release in chosen]
        known = [(one, release) for one, release in zip(entries, chosen, strict=True)]
        return Request(tuple(entries), settings, plan=releases.plan(self.package, known, asked=self.key()))

    def key(self) -> dict[str, Any]:
        """What two races must share so that one bisection may believe both."""
        settings = Settings.parse({name: value for name, value in self.values.items() if name not in ENDS}).as_dict()
        return {
            "variant": self.variant,
            "source": self.program.source_hash(),
            "python": self.python or "",
            "settings": {name: value for name, value in settings.items() if name not in ENDS},
        }


class Bisection:
    """A search among releases: it reads what is stored, and says what to race next.

    after: experiments up to this number count for nothing.
    """

    def __init__(self, asked: Asked, store: Store, home: Home, after: int = 0) -> None:
        self.asked, self.store, self.home, self.after = asked, store, home, after
        self.unbuilt: dict[str, str] = {}
        """Release -> why its stack cannot be built."""
        self.known: dict[tuple[int, int], Gap] = {}
        self.skipped: dict[str, str] = {}
        """Release -> why it cannot be raced."""
        self.read: list[Experiment] = []
        """The experiments that count, the oldest first."""
        self._seen: set[int] = set()

    def look(self) -> Answer:
        """What is to be done now. Raises StoreError."""
        for experiment in self._new():
            self._take(experiment)
        self.skipped |= self.unbuilt
        raced = {place for pair in self.known for place in pair}
        places = {self.asked.releases.index(release) for release in self.skipped}
        return bisect.search(len(self.asked.releases), self.known, places - raced, self.asked.change)

    def request(self, race: Race) -> Request:
        """The experiment of a step: it goes on until every pair lies on one side of the line."""
        chosen = [self.asked.releases[place] for place in race.places]
        whole = self.known.get((race.places[0], race.places[-1]))
        share = bisect.halfway(whole) if whole and len(chosen) > 2 else self.asked.change
        return self.asked.request(self.home, chosen, self.asked.settings(decide=self.asked.line(share)))

    def _new(self) -> Iterator[Experiment]:
        wanted = Filter(variant=self.asked.program.name, instrument="race", limit=MOST_READ)
        for experiment in reversed(self.store.search(wanted).experiments):
            if experiment.id > self.after and experiment.id not in self._seen and self._counts(experiment):
                yield experiment

    def _counts(self, one: Experiment) -> bool:
        if one.origin or one.machine.get("host") != socket.gethostname() or one.status not in OVER:
            return False
        plan = one.request.plan.get(releases.KEY, {})
        return bool(plan.get("package") == self.asked.package and plan.get("asked") == self.asked.key())

    def _take(self, experiment: Experiment) -> None:
        self._seen.add(experiment.id)
        places = {release: place for place, release in enumerate(self.asked.releases)}
        report = reports.load(self.store, experiment.id)
        row = releases.of(report)
        if row is None or not any(one.name in places for one in releases.planned(experiment.request)):
            return
        self.read.append(experiment)
        for one, later, gap in releases.gaps(report):
            if one in places and later in places:
                self.known[places[one], places[later]] = gap
        self.skipped |= {one.name: why for one, why in row.left_out if one.name in places}


@dataclass(frozen=True)
class Room:
    """What the stacks of a bisection take on the disk: so many to build at most, each of so many bytes."""

    home: Home
    stacks: int
    each: int | None
    """None where nothing tells."""
    most: int
    """Bytes that all stacks made by bisecting may take."""

    @property
    def sentence(self) -> str:
        """How many stacks are to be built, and what they take."""
        taken, most = release_stacks.size(release_stacks.taken(self.home)), release_stacks.size(self.most)
        each = f"some {release_stacks.size(self.each)} each" if self.each else "of a size that nothing here tells"
        stacks = counted(self.stacks, "stack")
        return f"{stacks} at most to build, {each}; those that bisecting made take {taken} of the {most} allowed."

    def check(self) -> None:
        """Raise BadInput where there is not enough of it."""
        release_stacks.check_room(self.home, self.most, self.stacks * (self.each or 0))


def room(asked: Asked, home: Home, number: int, most: int) -> Room:
    """The room for the stacks of a bisection that builds `number` of them at most."""
    missing = sum(release_stacks.missing(home, asked.stack(home, one)) for one in asked.releases)
    return Room(home, min(missing, number), release_stacks.bytes_of(home, asked.package, asked.program), most)


def unused(store: Store, home: Home, before: datetime) -> list[str]:
    """The stacks that bisecting made and in which nothing has been raced since."""
    return [one.name for one in release_stacks.made(home) if not _in_use(store, home, one.name, before)]


def _in_use(store: Store, home: Home, name: str, before: datetime) -> bool:
    """Whether a stack was built or raced in since, or waits to be."""
    record = Place(home, name).read_record() or {}
    with contextlib.suppress(ValueError):
        if datetime.fromisoformat(str(record.get("when"))) >= before:
            return True
    asked = (store.experiment(one.id).request.variants for one in store.pending())
    waiting = {Entry.parse(entry).stack for entries in asked for entry in entries}
    newest = store.search(Filter(stack=name, limit=1)).experiments
    return name in waiting or any(one.created >= before for one in newest)
