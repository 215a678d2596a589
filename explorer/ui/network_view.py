"""A traced network as the browser shows it: a diagram to scale and a table of its layers."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.network import NetworkSpec
from explorer.network.base import LayerSpec, per_axis
from explorer.network.shapes import Trace
from explorer.ui import assets

INPUT_INDEX = -1


def network_diagram(data: dict[str, Any], select: Callable[[int], None]) -> None:
    """The blocks of `view_data`, to scale; `select` is called with the index of a clicked one."""
    _show("network_diagram", data, select)


def network_table(data: dict[str, Any], select: Callable[[int], None]) -> None:
    """The table of `view_data`; `select` is called with the index of a clicked layer."""
    _show("network_table", data, select)


def _show(component: str, data: dict[str, Any], select: Callable[[int], None]) -> None:
    def clicked() -> None:
        index = st.session_state[component]["select"]
        if isinstance(index, int | float) and any(index == item["index"] for item in data["items"]):
            select(int(index))

    assets.component(component)(key=component, data=data, on_select_change=clicked)


def view_data(spec: NetworkSpec, traced: Trace, selected: int) -> dict[str, Any]:
    """What both components draw: the input and the layers as items, totals, and the failure."""
    items = [
        {
            "index": INPUT_INDEX,
            "name": "input",
            "kind": "",
            "summary": "channels × height × width",
            "shape": list(traced.input_shape),
            "parameters": None,
            "mult_adds": None,
            "formula": "",
            "role": "input",
            "plate": False,
            "kernel": None,
        }
    ]
    items += [
        _item(index, name, layer, traced)
        for index, (name, layer) in enumerate(zip(spec.layer_names, spec.layers, strict=True))
    ]
    failure = traced.failure
    return {
        "items": [item | {"selected": item["index"] == selected} for item in items],
        "selected": selected,
        "failure": failure and {"problem": failure.problem, "remedy": failure.remedy},
        "totals": {
            "parameters": traced.parameters,
            "mult_adds": traced.mult_adds,
            "activations": traced.activations,
        },
    }


def _item(index: int, name: str, layer: LayerSpec, traced: Trace) -> dict[str, Any]:
    row = traced.rows[index] if index < len(traced.rows) else None
    return {
        "index": index,
        "name": name,
        "kind": layer.kind,
        "summary": layer.summary(),
        "shape": list(row.output_shape) if row else None,
        "parameters": row.parameters if row else None,
        "mult_adds": row.mult_adds if row else None,
        "formula": row.parameter_formula if row else "",
        "role": _role(index, traced),
        "plate": row is not None and row.output_shape == row.input_shape and _is_plate(layer),
        "kernel": _kernel(layer),
    }


def _role(index: int, traced: Trace) -> str:
    if traced.failure and index >= traced.failure.index:
        return "failed" if index == traced.failure.index else "waiting"
    last = traced.failure is None and index == len(traced.rows) - 1
    return "output" if last else "layer"


def _is_plate(layer: LayerSpec) -> bool:
    """Whether the layer treats every value (of a channel) alike, and so changes no shape."""
    return not {"kernel_size", "out_features"} & set(layer.parameter_fields())


def _kernel(layer: LayerSpec) -> list[int] | None:
    """The cells a window covers, gaps included, along height and width."""
    if "kernel_size" not in layer.parameter_fields():
        return None
    values = layer.model_dump()
    return [
        gap * (kernel - 1) + 1
        for kernel, gap in zip(
            values["kernel_size"], per_axis(values.get("dilation", 1)), strict=True
        )
    ]
