"""One field of a layer as a control, chosen by the field's JSON schema."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec, edit
from explorer.network.base import AXES, LayerSpec
from explorer.network.blocks import Path
from explorer.network.layers import KINDS
from explorer.ui.network import edit as network_edit

_NUMBERS = "in numbers"


@dataclass(frozen=True)
class Field:
    """A field of the layer or block at `path`."""

    path: Path
    layer: LayerSpec
    name: str
    schema: dict[str, Any]
    follows: Any
    """What is inferred when it is empty, if it is."""
    apart: bool
    """Whether sizes have a control for each axis."""

    @property
    def value(self) -> Any:
        return getattr(self.layer, self.name)

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize() if len(self.name) > 1 else self.name

    @property
    def help(self) -> str:
        pytorch = f" PyTorch: `{self.name}`." if self.layer.kind in KINDS else ""
        return f"{self.schema['description']}{pytorch}"

    @property
    def parts(self) -> list[dict[str, Any]]:
        """What may be entered, besides nothing at all."""
        return [part for part in _all_parts(self.schema) if part.get("type") != "null"]

    @property
    def nullable(self) -> bool:
        return any(part.get("type") == "null" for part in _all_parts(self.schema))

    def bound(
        self,
        shown: Any,
        value_of: Callable[[LayerSpec, Any], Any] = lambda _layer, entered: entered,
        suffix: str = "",
    ) -> dict[str, Any]:
        """Arguments for a widget that shows the field's value and changes the network with it.

        `value_of` makes the field's value of what was entered. It gets the layer as it is then:
        another edit may have come between. Nothing entered is None where the field takes that,
        and its default otherwise.
        """
        key = f"network_{self.layer.kind}_{self.name}{suffix}"
        st.session_state[key] = shown

        def edited(spec: NetworkSpec) -> NetworkSpec:
            entered = st.session_state[key]
            if edit.nearest(spec, self.path) != self.path:
                return spec  # the layer this was meant for has just gone
            now = edit.at(spec, self.path)
            if now.kind != self.layer.kind:
                return spec
            default = None if self.nullable else type(now).model_fields[self.name].default
            value = default if entered is None else value_of(now, entered)
            return edit.change(spec, self.path, **{self.name: value})

        return {"key": key, "on_change": partial(network_edit.change, edited)}


def _all_parts(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return schema.get("anyOf", [schema])


def is_sizes(schema: dict[str, Any]) -> int:
    """How many whole numbers the field takes, one per axis; 0 if it is something else."""
    for part in _all_parts(schema):
        items = part.get("prefixItems")
        if items and all(item.get("type") == "integer" for item in items):
            return len(items)
    return 0


def field_control(field: Field) -> None:
    """Draw the control that fits what the field takes."""
    types = [part.get("type") for part in field.parts]
    words = [word for part in field.parts for word in part.get("enum", ())]
    if is_sizes(field.schema):
        _sizes(field, words)
    elif words:
        _words(field, words)
    elif types == ["boolean"] and not field.nullable:
        st.toggle(field.label, help=field.help, **field.bound(field.value))
    elif types == ["boolean"]:
        _words(field, [True, False])
    elif types == ["integer"]:
        _whole_number(field, field.label, field.parts[0], field.bound(field.value), field.help)
    elif types == ["number"]:
        _fraction(field)
    else:
        _numbers(field)


def _words(field: Field, words: list[Any]) -> None:
    first: Any = None if field.nullable else 0
    st.selectbox(
        field.label,
        words,
        index=first,
        format_func=str,
        placeholder="automatic",
        help=field.help,
        **field.bound(field.value),
    )


def _fraction(field: Field) -> None:
    part = field.parts[0]
    low, high = float(part["minimum"]), float(part["maximum"])
    step = field.schema.get("step", 0.05)
    if field.nullable or step < 0.01:
        st.number_input(
            field.label,
            low,
            high,
            value=None,
            step=step,
            format="%g",
            help=field.help,
            **field.bound(field.value),
        )
    else:
        st.slider(field.label, low, high, step=step, help=field.help, **field.bound(field.value))


def _sizes(field: Field, words: list[str]) -> None:
    """One control for all axes, or one for each; some sizes can also be a word."""
    if words:
        shown = field.value if isinstance(field.value, str) else _NUMBERS
        numbers = (0,) * is_sizes(field.schema)
        st.selectbox(
            f"{field.label}, how",
            [_NUMBERS, *words],
            help=field.help,
            **field.bound(
                shown, lambda _layer, word: numbers if word == _NUMBERS else word, "_how"
            ),
        )
        if isinstance(field.value, str):
            return
    value: tuple[int, ...] | None = field.value
    array = next(part for part in field.parts if "prefixItems" in part)
    axes = len(array["prefixItems"])
    if axes == 1 or (not field.apart and (value is None or len(set(value)) == 1)):
        bound = field.bound(value and value[0], lambda _layer, entered: (entered,) * axes)
        _whole_number(field, field.label, array["prefixItems"][0], bound, field.help)
        return
    for axis, column in enumerate(st.columns(axes, wrap=False)):
        name = AXES[axes][axis]
        with column:
            bound = field.bound(value and value[axis], partial(_one_axis, field, axis), f"_{name}")
            help = field.help if axis == 0 else None
            _whole_number(field, f"{field.label}, {name}", array["prefixItems"][axis], bound, help)


def _one_axis(field: Field, axis: int, layer: LayerSpec, entered: int) -> tuple[int, ...]:
    values = list(getattr(layer, field.name) or layer.model_dump()["kernel_size"])
    values[axis] = entered
    return tuple(values)


def _whole_number(
    field: Field, label: str, part: dict[str, Any], bound: dict[str, Any], help: str | None
) -> None:
    follows = field.follows
    if field.value is None and is_sizes(field.schema):
        follows = "kernel_size"
    st.number_input(
        label,
        part["minimum"],
        part["maximum"],
        value=None,
        step=1,
        placeholder="" if follows is None else f"follows: {follows}",
        help=help,
        **bound,
    )


def _numbers(field: Field) -> None:
    """One number or several with commas between; "-" for one that is left to PyTorch."""
    value = field.value if isinstance(field.value, tuple) else (field.value,)
    shown = "" if field.value is None else ", ".join("-" if n is None else f"{n:g}" for n in value)
    st.text_input(
        field.label,
        help=f"{field.help} Several with commas between.",
        placeholder="" if field.follows is None else f"follows: {field.follows}",
        **field.bound(shown, partial(_typed, field)),
    )


def _typed(field: Field, _layer: LayerSpec, text: str) -> Any:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        return None if field.nullable else type(field.layer).model_fields[field.name].default
    try:
        numbers = tuple(None if part in ("-", "−", "None") else float(part) for part in parts)
    except ValueError as error:
        raise ExplorerError(
            f"{field.name}: {text[:40]!a} is no row of numbers.", 'Write "2" or "2, 3".'
        ) from error
    whole = tuple(
        int(number) if number is not None and number.is_integer() else number for number in numbers
    )
    axes = next((len(part["prefixItems"]) for part in field.parts if "prefixItems" in part), 0)
    if len(whole) == 1:
        return whole * axes if axes else _single(field, whole)
    return whole


def _single(field: Field, numbers: tuple[Any, ...]) -> Any:
    """One number as such where that may be, or else as a row of one."""
    alone = any(part.get("type") in ("integer", "number") for part in field.parts)
    return numbers[0] if alone else numbers
