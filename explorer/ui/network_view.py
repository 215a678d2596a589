"""A traced network as the browser shows it: a diagram to scale and a table of its layers."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.network import NetworkSpec
from explorer.network.base import LayerSpec
from explorer.network.blocks import Block, Path, walk
from explorer.network.shapes import LayerRow, Trace
from explorer.ui import assets

INPUT_INDEX = -1


def network_diagram(data: dict[str, Any], select: Callable[[Path], None]) -> None:
    """The layers of `view_data`, to scale; `select` is called with the path of a clicked one."""
    _show("network_diagram", data, select)


def network_table(data: dict[str, Any], select: Callable[[Path], None]) -> None:
    """The table of `view_data`; `select` is called with the path of a clicked layer."""
    _show("network_table", data, select)


def _show(component: str, data: dict[str, Any], select: Callable[[Path], None]) -> None:
    def clicked() -> None:
        index = st.session_state[component]["select"]
        for item in data["items"]:
            if index == item["index"]:
                select(tuple(item["path"]))

    assets.component(component)(key=component, data=data, on_select_change=clicked)


def view_data(spec: NetworkSpec, traced: Trace, selected: Path) -> dict[str, Any]:
    """What both components draw: the input and the nodes as items, totals, and the failure.

    Blocks come before what is in them, which is `depth` blocks deep; what is repeated comes once.
    """
    items = [
        {
            "index": INPUT_INDEX,
            "path": [],
            "depth": 0,
            "block": False,
            "name": "input",
            "label": "input",
            "kind": "",
            "summary": _ORDERS[len(traced.input_shape)],
            "shape": list(traced.input_shape),
            "parameters": None,
            "mult_adds": None,
            "formula": "",
            "role": "input",
            "plate": False,
            "kernel": None,
        }
    ]
    rows = {row.path: row for row in reversed(traced.rows)}  # the first of those repeated
    around: list[tuple[Path, str]] = []
    for index, (path, name, node) in enumerate(walk(spec.layers)):
        while around and around[-1][0] != path[: len(around[-1][0])]:
            around.pop()
        inside = f"{around[-1][1]}." if around else ""
        label = name.removeprefix(inside)
        items.append(_item(index, path, len(around), name, label, node, rows.get(path), traced))
        if isinstance(node, Block):
            around.append((path, name))
    failure = traced.failure
    return {
        "items": [item | {"selected": tuple(item["path"]) == selected} for item in items],
        "selected": next(item["index"] for item in items if tuple(item["path"]) == selected),
        "failure": failure and {"problem": failure.problem, "remedy": failure.remedy},
        "totals": {
            "parameters": traced.parameters,
            "mult_adds": traced.mult_adds,
            "activations": traced.activations,
        },
    }


_ORDERS = {
    2: "channels × length",
    3: "channels × height × width",
    4: "channels × depth × height × width",
}


def _item(
    index: int,
    path: Path,
    depth: int,
    name: str,
    label: str,
    node: LayerSpec,
    row: LayerRow | None,
    traced: Trace,
) -> dict[str, Any]:
    return {
        "index": index,
        "path": list(path),
        "depth": depth,
        "block": isinstance(node, Block),
        "name": name,
        "label": label,
        "kind": node.kind,
        "summary": node.summary(),
        "shape": list(row.output_shape) if row else None,
        "parameters": row.parameters if row else None,
        "mult_adds": row.mult_adds if row else None,
        "formula": _formula(row, traced) if row else "",
        "role": _role(path, row, traced),
        "plate": row is not None and row.output_shape == row.input_shape and _is_plate(node),
        "kernel": _kernel(node),
    }


def _formula(row: LayerRow, traced: Trace) -> str:
    """How the parameters come about; of a projection, which has no row of its own, how many."""
    if not row.is_block:
        return row.parameter_formula
    projection = sum(
        other.parameters
        for other in traced.rows
        if other.is_shortcut and other.node_path == row.path and other.repetition == row.repetition
    )
    return f"{projection:,} of them in the shortcut" if projection else ""


def _role(path: Path, row: LayerRow | None, traced: Trace) -> str:
    if traced.failure and path == traced.failure.path:
        return "failed"
    if row is None:
        return "waiting"
    last = max((other.path for other in traced.rows if other.depth == 0), default=())
    inner = row.is_block or len(path) > 1
    return "output" if traced.failure is None and path == last and not inner else "layer"


def _is_plate(layer: LayerSpec) -> bool:
    """Whether the layer treats every value (of a channel) alike, and so changes no shape."""
    sized = {"kernel_size", "out_features", "output_size", "scale_factor"}
    return not isinstance(layer, Block) and not sized & set(layer.parameter_fields())


def _kernel(layer: LayerSpec) -> list[int] | None:
    """The cells a window covers, gaps included, along height and width."""
    windows = layer.windows()
    if windows is None or len(windows) < 2:
        return None
    return [window.reach for window in windows[-2:]]
