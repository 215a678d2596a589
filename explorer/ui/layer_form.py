"""The form of a layer, made from the declarations of its kind's fields."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from explorer.network import NetworkSpec, edit
from explorer.network.base import LayerSpec, Shape
from explorer.ui import network_edit

AXES = ("height", "width")
_APART = "network_axes_apart"


def layer_form(index: int, layer: LayerSpec, name: str, shape: Shape | None) -> None:
    """A control for every field, each changing the network at once; seldom used ones under "More".

    Args:
        index: Which layer of the network.
        layer: Its spec.
        name: The name it has, given or automatic.
        shape: What arrives at it, or None if a layer before it fails.
    """
    schema = type(layer).model_json_schema()["properties"]
    follows = layer.arguments(shape) if shape else {}
    fields = type(layer).parameter_fields()
    for field in fields:
        if not schema[field].get("more"):
            _control(index, layer, field, schema[field], follows)
    with st.expander("More", key="network_more"):
        for field in fields:
            if schema[field].get("more"):
                _control(index, layer, field, schema[field], follows)
        if any(_choices(schema[field])["type"] == "array" for field in fields):
            st.toggle(
                "Height and width apart",
                key=_APART,
                persist_state="session",
                help="PyTorch takes a pair, (height, width), for each size above.",
            )
        st.text_input(
            "Name",
            max_chars=40,
            placeholder=name,
            help=schema["name"]["description"],
            **_bound(index, layer, "name", layer.name or "", _typed_name),
        )


def _control(
    index: int, layer: LayerSpec, field: str, schema: dict[str, Any], follows: dict[str, Any]
) -> None:
    label = field.replace("_", " ").capitalize() if len(field) > 1 else field
    explained = f"{schema['description']} PyTorch: `{field}`."
    value, choices = getattr(layer, field), _choices(schema)
    if choices["type"] == "array":
        _pair(index, layer, field, label, explained, choices["prefixItems"][0])
    elif choices["type"] == "boolean":
        st.toggle(label, help=explained, **_bound(index, layer, field, value))
    elif choices["type"] == "number":
        st.slider(
            label,
            float(choices["minimum"]),
            float(choices["maximum"]),
            step=0.05,
            help=explained,
            **_bound(index, layer, field, value),
        )
    else:
        _whole_number(
            label, choices, explained, follows.get(field), _bound(index, layer, field, value)
        )


def _pair(
    index: int, layer: LayerSpec, field: str, label: str, explained: str, choices: dict[str, Any]
) -> None:
    """One control for both axes, or one for each."""
    value: tuple[int, int] | None = getattr(layer, field)
    follows = None if value else "kernel_size"
    if not st.session_state.get(_APART) and (value is None or value[0] == value[1]):
        shown = value and value[0]
        _whole_number(label, choices, explained, follows, _bound(index, layer, field, shown, _both))
        return
    for axis, column in enumerate(st.columns(2, wrap=False)):
        with column:
            _whole_number(
                f"{label}, {AXES[axis]}",
                choices,
                explained if axis == 0 else None,
                follows,
                _bound(
                    index,
                    layer,
                    field,
                    value and value[axis],
                    partial(_one_axis, field, axis),
                    f"_{AXES[axis]}",
                ),
            )


def _both(_layer: LayerSpec, entered: int) -> tuple[int, int]:
    return (entered, entered)


def _one_axis(field: str, axis: int, layer: LayerSpec, entered: int) -> tuple[int, ...]:
    values = list(getattr(layer, field) or layer.model_dump()["kernel_size"])
    values[axis] = entered
    return tuple(values)


def _whole_number(
    label: str, choices: dict[str, Any], explained: str | None, follows: Any, bound: dict[str, Any]
) -> None:
    st.number_input(
        label,
        choices["minimum"],
        choices["maximum"],
        value=None,
        step=1,
        placeholder="" if follows is None else f"follows: {follows}",
        help=explained,
        **bound,
    )


def _typed_name(_layer: LayerSpec, typed: str) -> str | None:
    return typed.strip() or None


def _as_entered(_layer: LayerSpec, entered: Any) -> Any:
    return entered


def _bound(
    index: int,
    layer: LayerSpec,
    field: str,
    shown: Any,
    value_of: Callable[[LayerSpec, Any], Any] = _as_entered,
    suffix: str = "",
) -> dict[str, Any]:
    """Arguments for a widget that shows a field's value and changes the network with it.

    `value_of` makes the field's value of what was entered. It gets the layer as it is then: another
    edit may have come between. Nothing entered stands for the field's default.
    """
    key = f"network_{layer.kind}_{field}{suffix}"
    st.session_state[key] = shown

    def edited(spec: NetworkSpec) -> NetworkSpec:
        entered = st.session_state[key]
        now = spec.layers[index] if index < len(spec.layers) else None
        if now is None or now.kind != layer.kind:
            return spec  # the layer this was meant for has just gone
        default = type(now).model_fields[field].default
        value = default if entered is None else value_of(now, entered)
        return edit.change(spec, index, **{field: value})

    return {"key": key, "on_change": partial(network_edit.change, edited)}


def _choices(schema: dict[str, Any]) -> dict[str, Any]:
    """The part of a field's JSON schema that says what may be entered, besides nothing at all."""
    return next(part for part in schema.get("anyOf", [schema]) if part["type"] != "null")
