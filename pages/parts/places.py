"""Where to race: on this machine, on one of the fleet, or on all of them. Without a fleet nothing is asked."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from lenet import stacks
from lenet.bench import machine as hardware
from lenet.catalog import Variant
from lenet.errors import BadInput
from lenet.fleet import machines as fleet
from lenet.records import Experiment, Machine, Request
from lenet.stacks import Availability
from pages.parts import fields
from pages.parts.service import get_desk, get_service

CHOICE = "race_on"
CHOSEN = "race_machines"
"""The machines on which the form races, as they were when it was drawn; none for this machine."""
HERE, ALL = "", fleet.ALL


def draw() -> None:
    """Ask where to race, and keep the machines that were chosen."""
    there = [one for one in get_service().store.machines() if fleet.is_there(one)]
    st.session_state[CHOSEN] = ()
    if not there:
        return
    names = {HERE: "This machine", **{one.id: _name(one, there) for one in there}}
    if len(there) > 1:
        names[ALL] = f"All {len(there)} machines of the fleet"
    now = st.session_state.get(CHOICE, HERE)
    now = now if now in names else HERE
    fields.fill(CHOICE, now, names[now])
    picked = st.selectbox(
        "Race on", list(names), format_func=names.__getitem__, key=CHOICE, width=360, persist_state="session"
    )
    ready = [one for one in there if not one.draining] if picked == ALL else []
    st.session_state[CHOSEN] = (*ready, *(one for one in there if one.id == picked))


def chosen() -> tuple[Machine, ...]:
    """The machines of the fleet on which to race; none for this machine."""
    there: tuple[Machine, ...] = st.session_state.get(CHOSEN, ())
    return there


def availability(variant: Variant, entry: str = "") -> Availability:
    """Whether a variant, or an entry of it, can run where the form races; on several machines, on any."""
    if not chosen():
        return stacks.availability(variant)
    reasons = [fleet.why_not(one, entry or variant.name) for one in chosen()]
    if all(reasons):
        return Availability(False, reasons[0])
    first = next(one for one, reason in zip(chosen(), reasons, strict=True) if not reason)
    return Availability(True, versions=first.stacks.get(variant.stack, {}))


def check(request: Request) -> None:
    """Raise BadInput for what one of the chosen machines cannot race."""
    for one in chosen():
        fleet.check(one, request)


def gpus() -> Sequence[str]:
    """The GPUs where the form races: on several machines those that all have."""
    if not chosen():
        return tuple(map(str, hardware.describe()["gpus"]))
    return () if any(not one.gpus for one in chosen()) else chosen()[0].gpus


def begin(request: Request) -> int:
    """Queue the request where the form races; the number of the first experiment."""
    if not chosen():
        return get_desk().submit(request)
    return get_desk().submit_to_all(chosen(), [request])[0]


def again(experiment: Experiment) -> int:
    """Queue the same once more where it was raced. Raises BadInput where that machine has left."""
    if not experiment.target:
        return get_desk().submit(experiment.request)
    there = [one for one in get_service().store.machines() if one.id == experiment.target]
    if not there:
        raise BadInput("The machine that raced it has left the fleet; race it again from the form.")
    return get_desk().submit_to(there[0], experiment.request)


def name(experiment: Experiment) -> str:
    """How the machine of the fleet is called that races an experiment; '' for one that is raced here."""
    known = get_service().store.machines() if experiment.target else []
    return next((one.name for one in known if one.id == experiment.target), experiment.target)


def _name(one: Machine, there: Sequence[Machine]) -> str:
    """'box (2 wait)', with its id where another machine is called the same."""
    alike = Counter(other.name for other in there)[one.name] > 1
    waiting = sum(placed.target == one.id for placed in get_service().store.placed())
    said = f"{waiting} before it" if waiting else "free"
    return f"{one.name}{f' {one.id[:6]}' if alike else ''} ({'draining' if one.draining else said})"
