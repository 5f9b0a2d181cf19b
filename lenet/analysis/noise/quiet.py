"""Judge whether this machine is quiet enough to race, what disturbs it, and what to do about it.

Influences below the limits widen an interval and do not mislead it: turns cancel an influence that
lasts longer than a slice, and a round's figure over its slices cancels a shorter one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lenet.analysis.words import listed
from lenet.records import Run

if TYPE_CHECKING:
    from lenet.bench.machine_look import Look

OTHERS = 0.1
"""The largest share of all cores' time that other programs may use."""
STEAL = 0.01
WAITING = 0.01
"""The largest share of the time spent waiting for memory, or for a container's share of cores."""
FREE = 0.1
"""The share of the memory that should be free for the processes of a race."""
SWAPPING = 1e6
CAPPED = 0.98
MEBIBYTE = 1024**2
UNTOLD = "not told by this system"
QUIET, HINT, DISTURBED, UNKNOWN = "quiet", "hint", "disturbed", "unknown"


@dataclass(frozen=True)
class Sign:
    """One observation of the machine: its value, whether it disturbs a race, and advice.

    state: quiet, disturbed, unknown, or hint (it does not disturb, but could be better).
    """

    name: str
    value: str
    state: str
    advice: str = ""


@dataclass(frozen=True)
class Quiet:
    """Whether a machine is quiet enough, in a sentence, and the signs of that."""

    quiet: bool
    sentence: str
    signs: tuple[Sign, ...]

    @property
    def advice(self) -> tuple[str, ...]:
        """The advice of all signs, disturbances first."""
        said = sorted((sign for sign in self.signs if sign.advice), key=lambda sign: sign.state != DISTURBED)
        return tuple(sign.advice for sign in said)


def judge(look: Look) -> Quiet:
    """Judge whether the machine is quiet enough, from a look at it while nothing was raced."""
    signs = tuple(_signs(look))
    disturbed = [sign for sign in signs if sign.state == DISTURBED]
    if not disturbed:
        return Quiet(True, "This machine is quiet enough to race.", signs)
    what = listed([f"{sign.name.lower()} ({sign.value})" for sign in disturbed])
    return Quiet(False, f"This machine is disturbed: {what}.", signs)


def brief(look: Look) -> str:
    """The same in a few words: 'machine quiet', 'machine busy, chromium 39 % of a core'."""
    disturbed = [sign for sign in _signs(look) if sign.state == DISTURBED]
    if not disturbed:
        return "machine quiet"
    if look.others > OTHERS:
        who = f", {look.busiest[0][0]} {100 * look.busiest[0][1]:.0f} % of a core" if look.busiest else ""
        return f"machine busy{who}"
    return f"machine disturbed: {listed([sign.name.lower() for sign in disturbed])}"


def _signs(look: Look) -> Iterator[Sign]:
    yield _others(look)
    yield _steal(look)
    yield _waiting("Throttling", look.throttled, "Give this container more cores, or no limit on them (cpu.max).")
    yield _memory(look)
    yield _waiting("Memory pressure", look.memory_waiting, "Close what needs memory, or race fewer variants at once.")
    yield _swapping(look)
    yield _governor(look)
    yield _clock(look)
    yield _gpu(look)


def _others(look: Look) -> Sign:
    names = ", ".join(f"{name} {100 * cores:.0f} % of a core" for name, cores in look.busiest)
    value = f"{_percent(look.others)} of all cores" + (f": {names}" if names else "")
    if look.others <= OTHERS:
        return Sign("Other programs", value, QUIET)
    who = f"End or pause {look.busiest[0][0]}" if look.busiest else "Find out what runs beside this container"
    return Sign("Other programs", value, DISTURBED, f"{who}, or race when it is done.")


def _steal(look: Look) -> Sign:
    if look.steal is None:
        return Sign("Steal", UNTOLD, UNKNOWN)
    value = f"{_percent(look.steal)} of all cores' time went to other virtual machines"
    if look.steal <= STEAL:
        return Sign("Steal", value, QUIET)
    return Sign("Steal", value, DISTURBED, "Race at another hour, or on a machine with cores of its own.")


def _waiting(name: str, share: float | None, advice: str) -> Sign:
    if share is None:
        return Sign(name, UNTOLD, UNKNOWN)
    value = f"{_percent(share)} of the time"
    return Sign(name, value, QUIET) if share <= WAITING else Sign(name, value, DISTURBED, advice)


def _memory(look: Look) -> Sign:
    value = f"{look.memory_free / MEBIBYTE:,.0f} of {look.memory_total / MEBIBYTE:,.0f} MiB"
    if look.memory_free >= FREE * look.memory_total:
        return Sign("Free memory", value, QUIET)
    return Sign("Free memory", value, DISTURBED, "Close what needs memory, or race fewer variants at once.")


def _swapping(look: Look) -> Sign:
    if look.swapping is None:
        return Sign("Swapping", UNTOLD, UNKNOWN)
    value = f"{look.swapping / MEBIBYTE:.1f} MiB/s"
    if look.swapping <= SWAPPING:
        return Sign("Swapping", value, QUIET)
    return Sign("Swapping", value, DISTURBED, "Close what needs memory: what is swapped out must be read back.")


def _governor(look: Look) -> Sign:
    governors = look.frequency.governors
    if not governors:
        return Sign("Frequency governor", UNTOLD, UNKNOWN)
    if governors == ("performance",):
        return Sign("Frequency governor", "performance", QUIET)
    advice = "Keep the clock steady during a race: `sudo cpupower frequency-set --governor performance`."
    return Sign("Frequency governor", listed(list(governors)), HINT, advice)


def _clock(look: Look) -> Sign:
    """The limit on the clock is judged: an idle core's clock tells nothing about a busy one's."""
    _, now, allowed, possible = look.frequency
    if now is None or allowed is None or possible is None:
        return Sign("Clock", UNTOLD, UNKNOWN)
    value = f"{now:,.0f} MHz now, {allowed:,.0f} of {possible:,.0f} MHz allowed"
    if allowed >= CAPPED * possible:
        return Sign("Clock", value, QUIET)
    return Sign("Clock", value, HINT, "Lift the cap on the clock (battery, heat, a power plan) to race at full speed.")


def _gpu(look: Look) -> Sign:
    """A hint only: other GPU processes disturb races on the GPU and no others."""
    if look.gpu_processes is None:
        return Sign("GPU", UNTOLD, UNKNOWN)
    if not look.gpu_processes:
        return Sign("GPU", "no other process", QUIET)
    names = listed([f"{name} ({pid})" for pid, name in look.gpu_processes])
    return Sign("GPU", f"used by {names}", HINT, f"Before a race on the GPU, end {names}.")


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share < 0.0995 else f"{100 * share:.0f} %"


def during(runs: Sequence[Run]) -> tuple[str, ...]:
    """A sentence for each disturbance of the machine during these runs, by their load records."""
    return tuple(
        f"{what} {_percent(seen)} of the time during these runs: {advice}"
        for name, limit, what, advice in _DURING
        if (seen := _mean(runs, name)) > limit
    )


_DURING = (
    ("steal_percent", STEAL, "The hypervisor gave the cores to others for", "expect wide intervals."),
    ("memory_waiting_percent", WAITING, "Something waited for memory for", "race fewer variants at once."),
    ("throttled_percent", WAITING, "This container had used up its share of the cores for", "give it more."),
)


def _mean(runs: Iterable[Run], name: str) -> float:
    """The mean of a percentage in the runs' loads, as a share; 0 where no run has it."""
    told = [run.load[name] / 100 for run in runs if isinstance(run.load.get(name), int | float)]
    return float(np.mean(told)) if told else 0.0
