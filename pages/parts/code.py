"""Parts of the Code page: the choice of two variants, and the card of each beside its code."""

import math
from collections.abc import Sequence
from typing import Any

import streamlit as st

from lenet import catalog, instruments, stacks
from lenet.analysis import ranking, sources, work_done
from lenet.analysis.across.origin import origin
from lenet.bench.queue import Queue
from lenet.errors import BadInput
from lenet.records import Experiment, Run
from lenet.views.written_as import MEANING
from pages.parts import fields, pair
from pages.parts.service import get_report, shows_source
from pages.parts.text import plain, quoting

SIDES = {"left": "tensorflow_graph", "right": "keras_fit"}
HEADS = {"left": "Left", "right": "Right"}
TOO_SHORT = "its run was too short for a time"


def addressed() -> dict[str, str]:
    """The variant of each side that the address names (?left=keras_fit&right=jax_jit).

    NAME@STACK is a name too. For an unknown name the page says so, and takes the side's usual
    variant.
    """
    return {side: _addressed(side) for side in SIDES}


def choose(side: str, chosen: str) -> catalog.Variant:
    """Let the user choose another variant for a side; the address then names it."""
    names = dict.fromkeys([*catalog.known(), *catalog.RUNGS, chosen])
    fields.fill(f"code_{side}", chosen)
    st.selectbox(
        HEADS[side], list(names), format_func=catalog.title, key=f"code_{side}", on_change=_to_address, args=(side,)
    )
    return catalog.variant(chosen)


def lines(variant: catalog.Variant) -> list[str]:
    """The lines of a variant's file, as far as the reader may see it."""
    return sources.lines(variant) if shows_source(variant) else ["# Sign in to read this program."]


def _addressed(side: str) -> str:
    name = st.query_params.get(side, SIDES[side])
    try:
        catalog.variant(name)
    except BadInput as error:
        st.error(f"{quoting(str(error))} {catalog.title(SIDES[side])} stands here instead.", icon=":material/warning:")
        return SIDES[side]
    return name


def _to_address(side: str) -> None:
    st.query_params[side] = st.session_state[f"code_{side}"]


def raced_together(service: Queue, left: catalog.Variant, right: catalog.Variant) -> Experiment | None:
    """The newest race in which both finished, so that their times make a ratio; one from elsewhere only
    where there is none from here. None without."""
    races = service.store.experiments(instruments=(instruments.RACE.name,))
    for one in sorted(races, key=lambda race: bool(race.origin)):
        labels = {entry for entry in one.request.variants if _is(entry, left) or _is(entry, right)}
        if len(labels) > 1 and len(_finished(service, one, (left, right))) > 1:
            return one
    return None


def _is(entry: str, variant: catalog.Variant) -> bool:
    known = catalog.of_label(entry)
    return known is not None and (known.name, known.stack) == (variant.name, variant.stack)


def _finished(service: Queue, one: Experiment, wanted: Sequence[catalog.Variant]) -> dict[str, Run]:
    """The last finished run of each of these variants in an experiment, by the variant's name."""
    runs = [run for run in service.store.runs(one.id) if run.status == "finished"]
    return {variant.name: run for variant in wanted for run in runs if _is(run.label, variant)}


def links(service: Queue, left: catalog.Variant, right: catalog.Variant, together: Experiment | None) -> None:
    """Say the pair's verdict where the two raced together, and link to its race and its causes."""
    if left.name == right.name:
        return
    names = left.name, right.name
    if together is not None:
        report = get_report(service, together)
        found = ranking.pair_of(report, *names)
        if found:
            st.markdown(f"**{plain(found.verdict)}**")
            for sentence in work_done.beside([names]):
                st.caption(plain(sentence))
    else:
        st.caption("The two were not raced together yet, so their times make no ratio.")
    with st.container(horizontal=True):
        if together is not None:
            query = {"experiment": str(together.id), **pair.query(*names)}
            st.page_link("pages/results.py", label="Their race", icon=":material/bar_chart:", query_params=query)
        query = {"section": "ladder", **pair.query(*names)}
        st.page_link("pages/why.py", label="Why is one slower?", icon=":material/stairs:", query_params=query)


def card(service: Queue, variant: catalog.Variant, side: str, together: Experiment | None) -> None:
    """Show how a variant is written, its time, stack, versions, facts, lines of code and caveats.

    together: the race to take the time from; None for the variant's newest one from here.
    """
    if together is None:
        run = service.store.newest_run(variant.name, variant.stack)
    else:
        run = _finished(service, together, (variant,)).get(variant.name)
    with st.container(border=True, height="stretch", key=f"card_{side}"):
        st.header(variant.title, anchor=False)
        st.badge(variant.written_as, color="gray", help=f"Written {MEANING[variant.written_as]}.")
        if run is None:
            _no_time(variant)
        else:
            _time(service, run, variant)
        _about(variant, run)
        for caveat in variant.caveats:
            st.caption(f":material/info: {caveat}")


def _no_time(variant: catalog.Variant) -> None:
    st.metric("Time per batch", "–")
    state = stacks.availability(variant)
    st.caption("It has no finished run yet." if state.available else f"It cannot run here: {state.reason}")


def _time(service: Queue, run: Run, variant: catalog.Variant) -> None:
    experiment = service.store.experiment(run.experiment_id)
    row = _figures(service, experiment, run)
    known = not math.isnan(row["median_ms"])
    st.metric("Time per batch", f"{row['median_ms']:,.3f} ms" if known else "–", help="Median batch.")
    figure = _interval(row) if known else TOO_SHORT
    when = f"{run.started:%Y-%m-%d %H:%M} UTC" if run.started else ""
    size = f"batch size {experiment.request.settings.batch_size}"
    st.caption(" · ".join(part for part in (figure, size, when) if part))
    if experiment.origin:
        st.caption(plain(origin(experiment)))
    if row["equivalent"] is False:
        st.caption(":material/warning: It did not compute what the reference computes: compare no times with it.")
    if run.source_hash != variant.source_hash():
        st.caption(":material/history: Its program has changed since that run.")
    st.page_link(
        "pages/results.py",
        label=f"Experiment {experiment.id}",
        icon=":material/bar_chart:",
        query_params={"experiment": str(experiment.id)},
    )


def _figures(service: Queue, experiment: Experiment, run: Run) -> dict[Any, Any]:
    """The run's row in its experiment's table, so that the Results page shows the same figures."""
    rows = get_report(service, experiment).variants
    return rows[rows["label"] == run.label].iloc[0].to_dict()


def _about(variant: catalog.Variant, run: Run | None) -> None:
    facts = dict(run.facts) if run else {}
    versions = facts.pop("packages", None) or stacks.availability(variant).versions
    lines = f"{sources.code_lines(sources.lines(variant))} lines of code"
    said = [f"stack {variant.stack}", lines, *(f"{name} {version}" for name, version in versions.items())]
    st.markdown(plain(" · ".join(said)))
    if facts:
        st.markdown(" ".join(f":gray-badge[{plain(f'{name} {fact}')}]" for name, fact in facts.items()))


def _interval(row: dict[Any, Any]) -> str:
    low, high = row["median_low"], row["median_high"]
    return "" if math.isnan(low) else f"95 % interval {low:,.3f} to {high:,.3f} ms"
