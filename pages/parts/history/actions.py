"""Actions on the chosen experiments: name, note, tag, export, compare, delete."""

from collections.abc import Sequence

import streamlit as st

from lenet.analysis.words import listed
from lenet.bench.queue import Queue
from lenet.hosting.policy import Action
from lenet.records import Annotation, Experiment
from pages.parts import errors, head
from pages.parts.history import baseline, comparison, exports, pooled
from pages.parts.history.listing import hold
from pages.parts.service import get_desk, may
from pages.parts.text import plain


def show(service: Queue, chosen: Sequence[Experiment]) -> None:
    """Show one experiment, or several side by side; then the button that deletes them."""
    base = baseline.pinned(service)
    others = [one for one in chosen if base is None or one.id != base.id]
    if len(chosen) == 1:
        _one(service, chosen[0])
    if base is not None and others:
        comparison.show(service, base, others)
    elif len(chosen) > 1:
        oldest, *rest = sorted(chosen, key=lambda one: (one.created, one.id))
        comparison.show(service, oldest, rest)
    if len(chosen) > 1:
        pooled.show(service, chosen)
    if all(may(Action.DELETE, one) for one in chosen):
        _delete(service, chosen)


def _one(service: Queue, one: Experiment) -> None:
    note = service.store.annotation(one.id)
    st.header(f"Experiment {one.id}", anchor=False, divider="gray")
    if one.origin:
        from lenet.analysis.across.origin import origin

        st.caption(plain(origin(one)))
    head.link_to_result(one)
    baseline.offer(one)
    if may(Action.ANNOTATE, one):
        _form(service, one.id, note)
    else:
        _note(note)
    exports.draw(service, one)


def _note(note: Annotation) -> None:
    """Title, tags and note, for who may only read them."""
    if note.title:
        st.markdown(f"**{plain(note.title)}**")
    if note.tags:
        st.caption(plain(", ".join(note.tags)))
    if note.note:
        st.text(note.note)


def _form(service: Queue, number: int, note: Annotation) -> None:
    key = f"{number}_{hash(note)}"  # shows, and never overwrites, what another browser has written
    known = sorted({*service.store.choices().tags, *note.tags})
    with st.form(f"history_note_{key}"):
        title = st.text_input("Title", note.title, key=f"history_title_{key}")
        tags = st.multiselect(
            "Tags", known, note.tags, key=f"history_tags_{key}", accept_new_options=True,
            placeholder="Choose, or type a new one and press Enter",
        )  # fmt: skip
        text = st.text_area("Note", note.note, key=f"history_text_{key}")
        saved = st.form_submit_button("Save", icon=":material/save:", key="history_save")
    if saved:
        with errors.shown():
            get_desk().annotate(number, Annotation(title, text, tuple(tags)))
            st.rerun()


def _delete(service: Queue, chosen: Sequence[Experiment]) -> None:
    numbers = [one.id for one in chosen]
    which = f"experiment {numbers[0]}" if len(numbers) == 1 else f"{len(numbers)} experiments"
    with st.popover(f"Delete {which} …", icon=":material/delete:"):
        named = f"{'experiment' if len(numbers) == 1 else 'experiments'} {listed([str(number) for number in numbers])}"
        st.markdown(f"Delete {named} with all batches? This cannot be undone.")
        if st.button("Delete for good", type="primary", key="history_delete"):
            with errors.shown():
                for done, number in enumerate(numbers, 1):
                    get_desk().delete(number)
                    hold(numbers[done:])
                st.rerun()
