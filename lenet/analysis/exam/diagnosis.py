"""Why a program failed its exam: which weights its first update moves wrongly, and which known
mistake moves them so.

After 20 updates a mistake anywhere has reached every weight, and the largest difference is mostly in
the first layer. After one update a layer is off only by a mistake in itself or nearer to the output.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lenet.analysis.exam import paper
from lenet.analysis.exam.mistakes import KNOWN
from lenet.analysis.exam.network import Array, Program
from lenet.analysis.words import listed
from lenet.problem import Weights
from lenet.settings import Settings
from lenet.worker.clock import prepare

CLOSE = 1e-3
"""By how much of itself an update may be off. Rounding to float32 was seen to take 7e-6 of it; a
learning rate that is one per cent too high, the smallest mistake that an exam must find, takes 1e-2."""
EXPLAINED = 0.1
"""The share of the difference after the whole exam that a known mistake may leave unexplained: 20
updates also multiply rounding."""
ROUNDED = 0.5
"""The share of itself by which rounding may hide a weight decay, which is the smallest of causes."""
COARSE = 0.05
"""An update that is off by less than this everywhere, and by no factor, was rounded."""
SORTED, MOVED, FEW = 0.05, 0.5, 100
"""Numbers are in another order where they are off by more than MOVED of themselves, but sorted by less
than SORTED of that; fewer than FEW of them could look so by chance."""
MOMENTA = (0.9, 0.5, 0.8, 0.95, 0.99)
"""What people write, whatever is asked for; no momentum at all is a known mistake."""
LAYERS = ("dense2", "dense1", "conv2", "conv1")
"""From the output on."""
KERNELS = tuple(f"{layer}_kernel" for layer in LAYERS)


def first_update(asked: Settings) -> Settings:
    """The exam `asked` with a single batch."""
    return dataclasses.replace(asked, epochs=1, images_per_epoch=asked.batch_size)


@dataclass(frozen=True)
class Diagnosis:
    """first: the program's weights after `first_update(asked)`; last: after the exam `asked`. All
    weights are there, finite and of the reference's shapes."""

    first: Mapping[str, Array]
    last: Mapping[str, Array]
    asked: Settings

    @cached_property
    def layer(self) -> str:
        """The weight in which the mistake is, as far as the updates tell.

        A known mistake may name it. Otherwise it is the worst of the layer nearest to the output
        that is off: those behind it follow from it. Where the output is off too, or the first
        update is right, it is the worst of all.
        """
        if self._known and KNOWN[self._known].names:
            return KNOWN[self._known].names[0]
        off = self.off or errors(paper.make(self.asked).weights, self.last, _right(self.asked))
        nearest = next(layer for layer in LAYERS if any(name.startswith(layer) for name in off))
        within = LAYERS if nearest == LAYERS[0] else (nearest,)
        return max((name for name in off if name.startswith(within)), key=off.__getitem__)

    @cached_property
    def off(self) -> dict[str, float]:
        """The updates that are off, each with the share of itself by which it is: the worst
        first."""
        found = {name: error for name, error in self._errors.items() if error > CLOSE}
        return dict(sorted(found.items(), key=lambda one: -one[1]))

    @property
    def words(self) -> str:
        """All weights that are off, and the cause where a known mistake explains it."""
        return f"{self._weights} {self._cause}".strip()

    @property
    def _once(self) -> Settings:
        return first_update(self.asked)

    @cached_property
    def _errors(self) -> dict[str, float]:
        return errors(paper.make(self._once).weights, self.first, _right(self._once))

    @property
    def _weights(self) -> str:
        if not self.off:
            return "Its first update is right; later ones are not."
        if len(self.off) == len(self._errors) and _alike(self.off.values()):
            return f"Its first update is off by {_percent(max(self.off.values()))} in every weight."
        said = ", ".join(f"{name} by {_percent(error)}" for name, error in self.off.items())
        rest = len(self._errors) - len(self.off)
        return f"Its first update is off: {said}{f'; the other {rest} are right' if rest else ''}."

    @property
    def _cause(self) -> str:
        if self._known:
            return f"It computes like a program with {self._known}."
        if self._elsewhere:
            where = listed(self._elsewhere)
            return f"It returns the numbers of {where} in another order than it was given them: look at `weights`."
        if self._factors.keys() == self._errors.keys() and _alike(self._factors.values()):
            return _of_all(float(np.mean([*self._factors.values()])), self.asked)
        if decay := self._decay():
            return f"It computes like a program with a weight decay of {decay:.2g}."
        if not self.off and (momentum := self._momentum()) is not None:
            asked = self.asked.momentum
            return f"It computes like a program with a momentum of {momentum:g}, where {asked:g} is asked for."
        if not self.off:
            return "Look at its momentum, and at what it keeps from one batch to the next."
        if self._factors.keys() == self.off.keys():
            return _of_some(self._factors)
        if max(self._errors.values()) < COARSE:
            return "It rounds more coarsely than float32, as with TF32, bfloat16 or float16."
        return ""

    @cached_property
    def _known(self) -> str:
        """The known mistake whose weights these are; '' when there is none."""
        apart = _distance(self.last, _right(self.asked))
        left = {
            words: _distance(self.last, trained(kind, self.asked)) / apart
            for words, kind in KNOWN.items()
            if self._moves_like(kind)
        }
        nearest = min(left, key=left.__getitem__, default="")
        return nearest if nearest and left[nearest] < EXPLAINED else ""

    def _moves_like(self, kind: type[Program]) -> bool:
        start, like = paper.make(self._once).weights, trained(kind, self._once)
        return max(errors(start, self.first, like).values()) < CLOSE

    @cached_property
    def _factors(self) -> dict[str, float]:
        """Of each update that is off by a factor only, how many times as large as it should be it
        is."""
        start, right = paper.make(self._once).weights, _right(self._once)
        found = {}
        for name in self.off:
            moved, wanted = (_moved(start, one, name) for one in (self.first, right))
            factor = float((moved * wanted).sum() / (wanted * wanted).sum())
            if _off(moved - factor * wanted + wanted, wanted) < CLOSE:
                found[name] = factor
        return found

    @cached_property
    def _elsewhere(self) -> list[str]:
        """The weights that hold the numbers they were given, each moved by an update, but in another
        order."""
        start = paper.make(self._once).weights
        found = []
        for name in self.off:
            given, returned = start[name].ravel(), self.first[name].ravel()
            apart = np.linalg.norm(np.sort(returned) - np.sort(given)) / (np.linalg.norm(returned - given) or 1.0)
            if returned.size > FEW and apart < SORTED and _off(returned, given) > MOVED:
                found.append(name)
        return found

    def _momentum(self) -> float | None:
        """The usual momentum that explains the last weights, of a program whose first update is right;
        None where none does. Weights after 20 updates say nothing of a momentum but its own, so each is
        tried."""
        apart = _distance(self.last, _right(self.asked))
        for momentum in MOMENTA:
            like = trained(Program, dataclasses.replace(self.asked, momentum=momentum))
            if momentum != self.asked.momentum and _distance(self.last, like) < EXPLAINED * apart:
                return momentum
        return None

    def _decay(self) -> float:
        """The weight decay that explains by how much kernels are off; 0 where none does."""
        start, right = paper.make(self._once).weights, _right(self._once)
        found = []
        for name in KERNELS:
            beyond, kernel = _moved(right, self.first, name), start[name].astype(np.float64)
            share = -float((beyond * kernel).sum() / (kernel * kernel).sum())
            if _off(-share * kernel, beyond) > ROUNDED:
                return 0.0
            found.append(share / self.asked.learning_rate)
        return float(np.median(found)) if max(found) < 1.5 * min(found) else 0.0


def trained(kind: type[Program], asked: Settings) -> Weights:
    """The weights of a program after the exam `asked`."""
    sheet, size = paper.make(asked), asked.batch_size
    program, images = kind(sheet.weights, asked.as_dict()), prepare(sheet.images)
    for first in [*range(0, len(images), size)] * asked.epochs:
        program.step(images[first : first + size], sheet.labels[first : first + size])
    weights: Weights = program.weights()
    return weights


def errors(start: Mapping[str, Array], found: Mapping[str, Array], right: Mapping[str, Array]) -> dict[str, float]:
    """By how much of itself each weight's movement from `start` is off (1: by all of it)."""
    return {name: _off(_moved(start, found, name), _moved(start, right, name)) for name in right}


def _right(asked: Settings) -> Weights:
    return paper.reference_weights(asked)


def _moved(start: Mapping[str, Array], end: Mapping[str, Array], name: str) -> Array:
    return end[name].astype(np.float64) - start[name]


def _off(found: Array, wanted: Array) -> float:
    apart, size = np.linalg.norm(found - wanted), np.linalg.norm(wanted)
    return float(apart / size) if size else float("inf") if apart else 0.0


def _distance(one: Mapping[str, Array], other: Mapping[str, Array]) -> float:
    return max(float(np.abs(_moved(one, other, name)).max()) for name in other)


def _alike(numbers: Collection[float]) -> bool:
    return max(numbers) - min(numbers) < CLOSE * max(1.0, max(numbers))


def _percent(error: float) -> str:
    return f"{100 * error:.2g} %" if error < 1 else f"{100 * error:,.0f} %"


def _of_all(factor: float, asked: Settings) -> str:
    if abs(factor) < CLOSE:
        return "It updates no weight."
    rate = asked.learning_rate
    return f"It computes like a program with a learning rate of {factor * rate:.3g}, where {rate:g} is asked for."


def _of_some(factors: Mapping[str, float]) -> str:
    grouped: dict[str, list[str]] = {}
    for name, factor in factors.items():
        grouped.setdefault(f"{0 if abs(factor) < CLOSE else factor:.2g}", []).append(name)
    return " ".join(map(_of_group, grouped, grouped.values()))


def _of_group(factor: str, names: list[str]) -> str:
    if factor == "0":
        return f"It does not update {listed(names)}."
    return f"It updates {listed(names)} {factor} times as much as it should."
