"""The exams of a race: takes each entry's stored answer, or lets it sit its exam now, untimed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lenet import catalog, stacks
from lenet.analysis.exam import parity
from lenet.analysis.words import listed
from lenet.bench import exam
from lenet.bench.exam import Sitting
from lenet.bench.launcher import Worker
from lenet.records import Experiment, Parity
from lenet.settings import Settings
from lenet.store import Store

AT_ONCE = 2


class Exams:
    """The exams of one experiment.

    `started` is called with each worker as soon as it runs, `say` with a line on what is being
    done.
    """

    def __init__(
        self,
        experiment: Experiment,
        store: Store,
        folder: Path,
        started: Callable[[Worker], None],
        say: Callable[[str], None],
    ) -> None:
        self.experiment = experiment
        self.settings = experiment.request.settings
        self.store = store
        self.folder = folder
        self.started = started
        self.say = say

    def answers(self) -> dict[str, Sitting]:
        """Entry -> answer, with a log if it was sat just now, for each entry that can run: one
        variant in two stacks sits two exams.

        Entries that share an exam sit it once, and so do those that share its first paper only, such
        as the batch sizes of a law. Raises StoreError when an answer cannot be read or stored.
        """
        keys = self._keys(self.settings_of)
        firsts = self._keys(lambda name: parity.first_of(self.settings_of(name)))
        known = self.store.parities([*keys.values(), *firsts.values()])
        due = {key: name for name, key in keys.items() if key not in known}
        if due:
            self.say(_checking(list(dict.fromkeys(catalog.variant(name).title for name in due.values()))))
        before = {firsts[name]: name for name in due.values() if firsts[name] not in known}
        sat = self._sit_all(before, lambda name: self._sit(name, parity.first_of(self.settings_of(name))), known)
        left = {key: name for key, name in due.items() if key not in sat}
        first = {name: sat.get(firsts[name]) or Sitting(known[firsts[name]]) for name in left.values()}
        sat |= self._sit_all(left, lambda name: self._sit(name, self.settings_of(name), first[name]), known)
        answered = {name: key for name, key in keys.items() if key in known}
        self._keep(answered)
        return {name: sat.get(key) or Sitting(known[key]) for name, key in keys.items()}

    def settings_of(self, name: str) -> Settings:
        """The settings of an entry's runs."""
        return catalog.settings_of(name, self.settings)

    def _keys(self, settings_of: Callable[[str], Settings]) -> dict[str, str]:
        chosen = {name: catalog.variant(name) for name in self.experiment.request.variants}
        ready = {name: variant for name, variant in chosen.items() if stacks.availability(variant).available}
        return {name: exam.key(variant, settings_of(name)) for name, variant in ready.items()}

    def _sit_all(
        self, due: Mapping[str, str], sit: Callable[[str], Sitting], known: dict[str, Parity]
    ) -> dict[str, Sitting]:
        """Key -> answer, which is stored and noted in `known`. `due`: key -> the entry that sits."""
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            sat = dict(zip(due, pool.map(sit, due.values()), strict=True))
        for answer in (sitting.answer for sitting in sat.values()):
            # An exam without an answer is not kept: the next experiment asks again.
            if answer.status == "finished":
                self.store.add_parity(answer)
                known[answer.key] = answer
        return sat

    def _sit(self, name: str, settings: Settings, first: Sitting | None = None) -> Sitting:
        return exam.sit(catalog.variant(name), settings, self.folder / f"exam-{name}", self.started, first)

    def _keep(self, answered: dict[str, str]) -> None:
        names = self.experiment.request.variants
        entries = zip(catalog.labels(names), names, strict=True)
        self.store.set_parity_keys(
            self.experiment.id, {label: answered[name] for label, name in entries if name in answered}
        )


def _checking(titles: Sequence[str]) -> str:
    if len(titles) == 1:
        return f"checking that {titles[0]} computes what the reference computes"
    return f"checking that {listed(titles)} compute the same thing"
