"""The form of a layer or block, made from the declarations of its kind's fields."""

from functools import cache
from typing import Any

import streamlit as st

from explorer.network.base import AXES, LayerSpec, Shape
from explorer.network.blocks import Path
from explorer.ui.network.layer_field import Field, field_control, is_sizes

_APART = "network_axes_apart"


def layer_form(path: Path, layer: LayerSpec, name: str, shape: Shape | None) -> None:
    """A control for every field, each changing the network at once; seldom used ones under "More".

    Args:
        path: Which layer or block of the network.
        layer: Its spec.
        name: The name it has, given or automatic, without that of the block around it.
        shape: What arrives at it, or None if a layer before it fails.
    """
    schema = _schema(type(layer))
    follows = _follows(layer, shape)
    apart = bool(st.session_state.get(_APART))
    fields = [
        Field(path, layer, field, schema[field], follows.get(field), apart)
        for field in type(layer).parameter_fields()
    ]
    for field in fields:
        if not field.schema.get("more"):
            field_control(field)
    with st.expander("More", key="network_more"):
        for field in fields:
            if field.schema.get("more"):
                field_control(field)
        axes = max((is_sizes(field.schema) for field in fields), default=0)
        if axes > 1:
            names = AXES[axes]
            st.toggle(
                f"{', '.join(names[:-1]).capitalize()} and {names[-1]} apart",
                key=_APART,
                persist_state="session",
                help=f"PyTorch takes ({', '.join(names)}) for each size above.",
            )
        st.text_input(
            "Name",
            max_chars=40,
            placeholder=name,
            help=schema["name"]["description"],
            **Field(path, layer, "name", schema["name"], None, apart).bound(
                layer.name or "", lambda _layer, typed: typed.strip() or None
            ),
        )


@cache
def _schema(kind: type[LayerSpec]) -> dict[str, Any]:
    """JSON schema by field; that of a block, which can contain itself, is among the definitions."""
    schema = kind.model_json_schema()
    return schema.get("properties") or schema["$defs"][kind.__name__]["properties"]


def _follows(layer: LayerSpec, shape: Shape | None) -> dict[str, Any]:
    """What is inferred for fields that are left empty, where something fitting arrives."""
    if shape is None or (layer.dimensions and len(shape) != layer.dimensions + 1):
        return {}
    return layer.arguments(shape)
