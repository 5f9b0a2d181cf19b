"""The form that asks for an experiment: preset, variants, settings."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from lenet import catalog, stacks
from lenet.bench.estimate import estimate
from lenet.bench.plan_words import left_out, planned
from lenet.catalog import Preset
from lenet.errors import BadInput
from lenet.option import Option
from lenet.records import Request
from lenet.settings import OPTIONS, Settings, asked_by, written
from lenet.store import Store
from pages.parts.text import quoting

FRONT = ("batch_size", "epochs", "precision")
FOLDED = tuple(name for name in asked_by("race") if name not in FRONT)
CUSTOM = "custom"
_CUSTOM_HELP = "**Custom**: your own choice of variants and settings. A preset fills the form in."


def draw(store: Store) -> Request | None:
    """Show the form and the plan, and return the request.

    For a wrong setting the page says what is wrong, and the result is None. Raises BadInput for
    variants that cannot be planned, StoreError.
    """
    if "variants" not in st.session_state:
        _fill(next(iter(catalog.PRESETS.values())))
    preset = _presets()
    variants = _variants()
    with st.container(horizontal=True, key="front_settings"):
        values = {name: _field(name) for name in FRONT}
    with st.expander("More settings", icon=":material/tune:"), st.grid(min_column_width=200):
        values |= {name: _field(name) for name in FOLDED}
    try:
        settings = Settings.parse(values)
    except BadInput as error:
        st.error(quoting(str(error)), icon=":material/warning:")
        return None
    request = Request(variants, settings, preset)
    _say_plan(store, request)
    return request


def say_installing(names: Sequence[str]) -> None:
    """Warn before a start that stacks are being installed, so the machine is not quiet."""
    if names:
        what, are = (f"stack {names[0]}", "is") if len(names) == 1 else (f"stacks {', '.join(names)}", "are")
        st.warning(
            f"The {what} {are} being installed, and a race started now would run on a busy machine; "
            "wait until that has ended.",
            icon=":material/downloading:",
        )


def _presets() -> str:
    """Show a button per preset that fills in the form; return the preset that the form equals.

    Without one the name is CUSTOM. They are buttons and not a selection, because a selection must
    change to Custom when another field changes: with a quick next click the browser sent the old
    selection back, and that undid the click before.
    """
    current = next((p for p in catalog.PRESETS.values() if _is_filled(p)), None)
    with st.container(horizontal=True, key="presets"):
        for preset in catalog.PRESETS.values():
            icon = ":material/check:" if preset is current else ":material/edit_note:"
            st.button(preset.title, key=f"preset_{preset.name}", icon=icon, on_click=_fill, args=(preset,))
    st.caption(f"**{current.title}**: {current.description}" if current else _CUSTOM_HELP)
    return current.name if current else CUSTOM


def _filled(preset: Preset) -> dict[str, Any]:
    """The values of the form's fields when it is filled in as `preset`, by their keys."""
    settings = {**Settings().as_dict(), **preset.settings}
    fields = {f"setting_{name}": written(name, value) for name, value in settings.items()}
    return {**fields, "variants": [name for name in preset.variants if name in _available()], "against_itself": False}


def _fill(preset: Preset) -> None:
    st.session_state.update(_filled(preset))


def _is_filled(preset: Preset) -> bool:
    return all(st.session_state.get(key) == value for key, value in _filled(preset).items())


def _available() -> list[str]:
    return [name for name, variant in catalog.VARIANTS.items() if stacks.availability(variant).available]


def _variants() -> tuple[str, ...]:
    chosen = st.pills(
        "Variants", _available(), selection_mode="multi", format_func=catalog.title, key="variants",
        persist_state="session",
    )  # fmt: skip
    _say_unavailable()
    alone = len(chosen) == 1
    twice = st.toggle(
        "Race it against itself",
        key="against_itself",
        disabled=not alone,
        persist_state="session",
        help="With one variant chosen: two processes of the same program show this machine's noise floor.",
    )
    return tuple(chosen) * 2 if alone and twice else tuple(chosen)


def _say_unavailable() -> None:
    """Say which variants cannot run, folded away: a fresh install has only its own stack."""
    titles: dict[tuple[str, str], list[str]] = {}
    for variant in catalog.VARIANTS.values():
        state = stacks.availability(variant)
        if not state.available:
            titles.setdefault((variant.stack, state.reason), []).append(variant.title)
    if not titles:
        return
    count = sum(map(len, titles.values()))
    with st.expander(f"Cannot run here yet: {count} variant{'s' if count > 1 else ''}", icon=":material/block:"):
        for (_, reason), names in titles.items():
            st.markdown(f"**{', '.join(names)}:** {reason}")
        st.page_link("pages/system.py", label="Install stacks on the System page", icon=":material/memory:")


def _field(name: str) -> Any:
    """One setting. Numbers are text fields: a number field would silently put its own value in a
    wrong one's place."""
    about = OPTIONS[name]
    options = {"key": f"setting_{name}", "help": about.help, "persist_state": "session"}
    if about.choices:
        return st.selectbox(about.label, about.choices, **options)
    return st.text_input(_label(about), width=200 if name in FRONT else "stretch", **options)


def _label(about: Option) -> str:
    """The name of a setting, with an example or its unit."""
    if about.example:
        return f"{about.label}, such as {about.example}"
    return f"{about.label} ({about.unit})" if about.unit else about.label


def _say_plan(store: Store, request: Request) -> None:
    """Say how much will be trained, and how long that takes."""
    settings, variants = request.settings, len(request.variants)
    least = "at least " if settings.precision else ""
    size = (
        f"{settings.batches:,} batches a run, {variants} variants: {least}"
        f"{settings.batches * variants * settings.rounds:,} batches in all, {settings.threads} threads each."
    )
    st.caption(f"{size} {planned(estimate(store, request), request)}" if variants else size)
    if said := left_out():
        st.caption(said)
