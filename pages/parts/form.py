"""The form that asks for an experiment: preset, variants, settings."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from lenet import catalog, instruments, requests, twins
from lenet.bench.estimate import Estimate
from lenet.bench.installer import Installer
from lenet.bench.plan_words import cautions, left_out, planned
from lenet.catalog import Preset
from lenet.errors import BadInput
from lenet.option import Option, Switch
from lenet.records import Experiment, Request
from lenet.settings import OPTIONS, Settings, asked_by, default_threads, written
from pages.parts import form_variants, places
from pages.parts.service import get_desk
from pages.parts.system import quiet
from pages.parts.text import plain, quoting

FRONT = ("batch_size", "epochs", "rounds", "precision", "decide", "twin")
FOLDED = tuple(name for name in asked_by("race") if name not in FRONT)
PRESETS = (*catalog.PRESETS.values(), requests.NOISE_CHECK)
CUSTOM = "custom"
FILLED = "form_filled_from"
_CUSTOM_HELP = "**Custom**: your own choice of variants and settings. A preset fills the form in."


def draw(installer: Installer) -> Request | None:
    """Show the form and the plan, and return the request.

    For a request that cannot be started the page says why, and the result is None. Raises
    StoreError.
    """
    if not form_variants.is_filled():
        _fill(PRESETS[0])
    places.draw()
    preset = _presets()
    chosen = form_variants.draw(installer)
    with st.container(horizontal=True, vertical_alignment="bottom", key="front_settings"):
        copies = _copies(chosen)
        values = {name: _field(name, copies) for name in FRONT}
    with st.expander("More settings", icon=":material/tune:"), st.grid(min_column_width=200):
        values |= {name: _field(name, copies) for name in FOLDED}
    try:
        request = get_desk().settle(_request(chosen, values, preset, copies))
        places.check(request)
        expected = get_desk().plan(request, next(iter(places.chosen()), None))
    except BadInput as error:
        st.error(quoting(str(error)), icon=":material/warning:")
        return None
    _say_plan(expected, request)
    return request


def _request(chosen: Sequence[str], values: dict[str, Any], preset: str, copies: int) -> Request:
    if not chosen:
        raise BadInput("Choose at least one variant above.")
    if copies:
        own = {name: values[name] for name in asked_by("noise") if name in values}
        return requests.noise_request(chosen[0], copies, own)
    return Request(tuple(chosen), Settings.parse(values), preset)


def fill_once(like: Experiment) -> None:
    """Fill the form in as an experiment was raced, once: what a user changes then stays.

    A ladder or a law is nothing that this form could ask for, so it changes nothing.
    """
    if st.session_state.get(FILLED) != like.id and can_fill(like):
        settings = like.request.settings
        # As many threads as by default are written as the default, as presets have it.
        usual = settings.threads == default_threads()
        _put(twins.competitors(like.request), replace(settings, threads=0) if usual else settings)
        st.session_state[places.CHOICE] = like.target
        st.session_state[FILLED] = like.id


def can_fill(like: Experiment) -> bool:
    """Whether this form can ask for what an experiment was."""
    return instruments.of(like.request) in (instruments.RACE, instruments.NOISE)


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
    current = next((p for p in PRESETS if _is_filled(p)), None)
    with st.container(horizontal=True, key="presets"):
        for preset in PRESETS:
            icon = ":material/check:" if preset is current else ":material/edit_note:"
            st.button(preset.title, key=f"preset_{preset.name}", icon=icon, on_click=_fill, args=(preset,))
    st.caption(f"**{current.title}**: {current.description}" if current else _CUSTOM_HELP)
    return current.name if current else CUSTOM


def _fill(preset: Preset) -> None:
    _put(_entries(preset), _settings(preset))


def _put(entries: Sequence[str], settings: Settings) -> None:
    """Fill in entries and settings; entries that are named twice are copies of one program."""
    once = tuple(dict.fromkeys(entries))
    form_variants.choose(once)
    fields = {f"setting_{name}": _shown(name, value) for name, value in settings.as_dict().items()}
    st.session_state.update({**fields, "against_itself": len(once) == 1 < len(entries)})


def _is_filled(preset: Preset) -> bool:
    entries, settings = _entries(preset), _settings(preset).as_dict()
    return (
        form_variants.chosen() == form_variants.runnable(dict.fromkeys(entries))
        and st.session_state.get("against_itself") == (preset is requests.NOISE_CHECK)
        and all(st.session_state.get(f"setting_{name}") == _shown(name, value) for name, value in settings.items())
    )


def _shown(name: str, value: Any) -> Any:
    """A setting as its field holds it."""
    return value if isinstance(OPTIONS[name], Switch) else written(name, value)


def _entries(preset: Preset) -> tuple[str, ...]:
    return preset.variants * (requests.COPIES if preset is requests.NOISE_CHECK else 1)


def _settings(preset: Preset) -> Settings:
    return Settings(**{**Settings().as_dict(), **preset.settings})


def _copies(chosen: Sequence[str]) -> int:
    """Ask whether the one chosen variant races against itself; in how many copies, 0 if not."""
    alone = len(chosen) == 1
    twice = st.toggle(
        "Race it against itself",
        key="against_itself",
        disabled=not alone,
        persist_state="session",
        help=f"With one variant chosen: {requests.COPIES} copies of it show this machine's noise floor.",
    )
    return requests.COPIES if alone and twice else 0


def _field(name: str, copies: int) -> Any:
    """One setting. Numbers are text fields: a number field would silently put its own value in a
    wrong one's place."""
    about = OPTIONS[name]
    unasked = bool(copies) and name not in asked_by("noise")
    options = {"key": f"setting_{name}", "help": about.help, "persist_state": "session", "disabled": unasked}
    if about.choices:
        return st.selectbox(about.label, about.choices, **options)
    if isinstance(about, Switch):
        return st.toggle(about.label, **options)
    return st.text_input(_label(about), width=180 if name in FRONT else "stretch", **options)


def _label(about: Option) -> str:
    """The name of a setting, with an example or its unit."""
    if about.example:
        return f"{about.label}, such as {about.example}"
    return f"{about.label} ({about.unit})" if about.unit else about.label


def _say_plan(expected: Estimate, request: Request) -> None:
    """Say how long it takes, how quiet the machine is, and what may spoil the result."""
    settings, variants = request.settings, len(request.variants)
    with st.container(horizontal=True, key="plan", gap="small"):
        st.markdown(planned(expected, request), width="content")
        if not places.chosen():
            quiet.line()
    least = "at least " if settings.open_ended else ""
    size = (
        f"{settings.batches:,} batches a run, {variants} variants: {least}"
        f"{settings.batches * variants * settings.rounds:,} batches in all, {settings.threads} threads each."
    )
    st.caption(" ".join(filter(None, (size, left_out()))))
    for said in cautions(request, places.gpus()):
        st.warning(plain(said), icon=":material/warning:")
