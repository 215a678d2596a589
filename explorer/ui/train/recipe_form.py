"""The choices of a training run: a preset and few fields at first, the rest under "More"."""

from typing import Any

import streamlit as st

from explorer.datasets.reference import Source
from explorer.network.spec import InputShape
from explorer.training.recipe import Recipe, applies
from explorer.training.recipes import HANDWRITING, PRESETS, USUAL
from explorer.ui.train.recipe_field import field_control, has_words, possible, schemas, shown_value
from explorer.ui.train.recipe_values import (
    AUGMENTATION,
    Values,
    flat,
    nearest_preset,
    of_preset,
    recipe_of,
)

_VALUES, _PRESET, _SOURCE = "recipe_values", "recipe_preset", "recipe_source"
GROUP = "recipe_group"
_FIRST = ("epochs", "learning_rate", "optimizer", "batch_size")
MORE = {
    "Optimizer": ("momentum", "nesterov", "weight_decay", "max_norm"),
    "Schedule": (
        "schedule",
        "step_size",
        "gamma",
        "factor",
        "plateau_patience",
        "pct_start",
        "warmup_epochs",
    ),
    "Pictures": ("normalisation", *AUGMENTATION),
    "Loss": ("loss", "label_smoothing", "class_weights"),
    "Ending": ("patience", "tested_weights", "monitor", "validation_fraction"),
    "Machine": ("precision", "seed", "deterministic"),
}
_COLOURS = ("augmentation.saturation", "augmentation.hue")


def recipe_form(source: Source, input: InputShape) -> Recipe:
    """Draw the choices for pictures of this shape and return them; they last for the session."""
    values = _values(source)
    preset = st.session_state[_PRESET]
    _preset_control(preset)
    _difference(values, of_preset(preset, source))
    left, right = st.columns(2)
    for place, name in zip((left, right, left, right), _FIRST, strict=True):
        with place:
            field_control(name, values[name], _changed)
    with st.expander("More", key="recipe_more"):
        group = st.pills(
            "Group",
            list(MORE),
            key=GROUP,
            default=next(iter(MORE)),
            label_visibility="collapsed",
            persist_state="session",
        )
        names = MORE[group] if group else ()
        _fields([name for name in names if _shown(name, values, input)], values)
    if source in HANDWRITING and values["augmentation.horizontal_flip"]:
        st.caption(
            ":material/warning: Mirrored handwriting mostly means nothing or something else: "
            "Horizontal flip makes learning harder here."
        )
    return recipe_of({name: it for name, it in values.items() if _shown(name, values, input)})


def _fields(names: list[str], values: Values) -> None:
    if any(name in AUGMENTATION for name in names):
        st.caption(
            "What changes training pictures at random is shown below the samples. It makes them "
            "harder: training accuracy may stay below that of validation."
        )
    narrow = [name for name in names if not has_words(name)]
    for name in names:
        if has_words(name):  # too long to stand beside others
            field_control(name, values[name], _changed)
    columns = st.columns(2)
    for index, name in enumerate(narrow):
        with columns[index % 2]:
            field_control(name, values[name], _changed)


def _shown(name: str, values: Values, input: InputShape) -> bool:
    return applies(name, values) and (input.channels == 3 or name not in _COLOURS)


def _values(source: Source) -> Values:
    """What is chosen now; where nothing was changed, it follows the preset to another data set."""
    session = st.session_state
    if _VALUES not in session:
        session[_PRESET], session[_SOURCE] = "plain", source
        session[_VALUES] = of_preset("plain", source)
    elif session[_SOURCE] != source:
        preset = session[_PRESET]
        before, now = of_preset(preset, session[_SOURCE]), of_preset(preset, source)
        values = session[_VALUES]
        session[_VALUES] = {
            name: now[name] if value == before[name] else value for name, value in values.items()
        }
        session[_SOURCE] = source
    return session[_VALUES]


def _preset_control(preset: str) -> None:
    key = "recipe_preset_choice"
    st.session_state[key] = preset

    def chosen() -> None:
        _fill(st.session_state[key])

    st.selectbox(
        "Recipe",
        list(PRESETS),
        format_func=lambda it: PRESETS[it].name,
        key=key,
        on_change=chosen,
        help="Fills in everything below, which can then be changed. " + PRESETS[preset].origin,
    )


def _difference(values: Values, of_preset: Values) -> None:
    """What was changed since the preset filled everything in, and the way back."""
    changes = [
        f"{schemas()[name]['label']} {shown_value(name, value)} "
        f"(was {shown_value(name, of_preset[name])})"
        for name, value in values.items()
        if value != of_preset[name] and applies(name, values)
    ]
    if not changes:
        return
    preset = st.session_state[_PRESET]
    st.caption(f"Changed from {PRESETS[preset].name}: {', '.join(changes)}.")
    st.button(
        "Undo the changes",
        icon=":material/undo:",
        type="tertiary",
        key="recipe_reset",
        on_click=_fill,
        args=(preset,),
    )


def _fill(preset: str) -> None:
    session = st.session_state
    session[_PRESET] = preset
    session[_VALUES] = of_preset(preset, session[_SOURCE])


def shown_values() -> tuple[str, Values] | None:
    """The preset and what the form shows of every field; None before it was drawn or filled in."""
    session = st.session_state
    return (session[_PRESET], session[_VALUES]) if _VALUES in session else None


def chosen_rate() -> float | None:
    """The learning rate that the form shows; None before it was drawn in this session."""
    return st.session_state.get(_VALUES, {}).get("learning_rate")


def use_rate(learning_rate: float) -> None:
    """Have the form show another learning rate, with the next run of the page."""
    st.session_state[_VALUES]["learning_rate"] = learning_rate


def use_recipe(recipe: Recipe, source: Source, preset: str | None = None) -> None:
    """Have the form show all of a recipe that was made for data of this source.

    Args:
        recipe: What to show; values that nobody can enter here become the nearest that one can.
        source: Where the data come from.
        preset: What changes are told from; by default the preset that is most like the recipe.
    """
    session = st.session_state
    values = {name: possible(name, value) for name, value in flat(recipe).items()}
    session[_PRESET] = preset or nearest_preset(values, source)
    session[_SOURCE] = source
    session[_VALUES] = values


def _changed(name: str, value: Any) -> None:
    """Keep a value; another optimizer brings its usual learning rate and momentum along."""
    values: Values = st.session_state[_VALUES]
    if name == "optimizer":
        before, now = USUAL[values["optimizer"]], USUAL[value]
        for field, usual, other in zip(("learning_rate", "momentum"), before, now, strict=True):
            if values[field] == usual:
                values[field] = other
    values[name] = value
