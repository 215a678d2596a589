"""A traced network as the browser shows it: a diagram to scale and a table of its layers."""

from collections.abc import Callable
from math import prod
from typing import Any

import streamlit as st

from explorer.network import NetworkSpec
from explorer.network.base import LayerSpec
from explorer.network.blocks import Block, Branches, Path, Residual, walk
from explorer.network.shapes import LayerRow, Trace
from explorer.network.trace import FLOAT_BYTES
from explorer.ui import assets
from explorer.ui.network.figures import bytes_text, looks_at, parameter_shapes

INPUT_INDEX = -1


def network_diagram(data: dict[str, Any], select: Callable[[Path], None]) -> None:
    """The layers of `view_data`, to scale; `select` is called with the path of a clicked one."""

    def clicked() -> None:
        index = st.session_state["network_diagram"]["select"]
        for item in data["items"]:
            if index == item["index"]:
                select(tuple(item["path"]))

    assets.component("network_diagram")(key="network_diagram", data=data, on_select_change=clicked)


def view_data(spec: NetworkSpec, traced: Trace, selected: Path) -> dict[str, Any]:
    """What both components draw: the input and the nodes as items, totals, and the failure.

    Blocks come before what is in them, which is `depth` blocks deep; what is repeated comes once.
    `list` says in which list of the block around it a node stands: 0 everywhere but in Branches.
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
            "memory": bytes_text(prod(traced.input_shape) * FLOAT_BYTES),
            "looks": ["", ""],
            "weights": "",
            "role": "input",
            "plate": False,
            "kernel": None,
            "list": 0,
            **_structure(None),
        }
    ]
    rows = {row.path: row for row in reversed(traced.rows)}  # the first of those repeated
    projections = _projections(traced)
    last = max((row.path for row in traced.rows if row.depth == 0), default=())
    around: list[tuple[Path, str, LayerSpec]] = []
    for index, (path, name, node) in enumerate(walk(spec.layers)):
        while around and around[-1][0] != path[: len(around[-1][0])]:
            around.pop()
        row = rows.get(path)
        items.append(
            {
                "index": index,
                "path": list(path),
                "depth": len(around),
                "block": isinstance(node, Block),
                "name": name,
                "label": name.removeprefix(f"{around[-1][1]}.") if around else name,
                "kind": node.kind,
                "summary": node.summary(),
                "shape": list(row.output_shape) if row else None,
                "parameters": row.parameters if row else None,
                "mult_adds": row.mult_adds if row else None,
                "formula": _formula(row, projections) if row else "",
                "memory": _memory(row) if row else "",
                "looks": list(looks_at(row.receptive_field)) if row else ["", ""],
                "weights": parameter_shapes(row) if row else "",
                "role": _role(path, row, last, traced),
                "plate": row is not None
                and row.output_shape == row.input_shape
                and _is_plate(node),
                "kernel": _kernel(node),
                "list": _list_number(path, around[-1]) if around else 0,
                **_structure(node),
            }
        )
        if isinstance(node, Block):
            around.append((path, name, node))
    failure = traced.failure
    return {
        "title": spec.name,
        "items": [item | {"selected": tuple(item["path"]) == selected} for item in items],
        "selected": next(item["index"] for item in items if tuple(item["path"]) == selected),
        "failure": failure and {"problem": failure.problem, "remedy": failure.remedy},
        "totals": {
            "parameters": traced.parameters,
            "mult_adds": traced.mult_adds,
            "activations": traced.activations,
            "memory": bytes_text(traced.activations * FLOAT_BYTES),
        },
    }


_ORDERS = {
    2: "channels × length",
    3: "channels × height × width",
    4: "channels × depth × height × width",
}


def _structure(node: LayerSpec | None) -> dict[str, Any]:
    """What the diagram draws a block by: how its lists come together, and how often it is there."""
    return {
        "join": node.join if isinstance(node, Branches) else None,
        "shortcut": node.shortcut if isinstance(node, Residual) else None,
        "repeat": node.times if isinstance(node, Block) else 1,
        "frozen": isinstance(node, Block) and node.is_frozen,
        "lists": len(node.lists) if isinstance(node, Block) else 0,
    }


def _list_number(path: Path, block: tuple[Path, str, LayerSpec]) -> int:
    """In which list of the block around it a node stands."""
    return path[len(block[0])] if isinstance(block[2], Branches) else 0


def _projections(traced: Trace) -> dict[tuple[Path, tuple[int, ...]], int]:
    """How many parameters the shortcuts have: by their block's path and which time it is."""
    counted: dict[tuple[Path, tuple[int, ...]], int] = {}
    for row in traced.rows:
        if row.is_shortcut:
            block = (row.node_path, row.repetition)
            counted[block] = counted.get(block, 0) + row.parameters
    return counted


def _formula(row: LayerRow, projections: dict[tuple[Path, tuple[int, ...]], int]) -> str:
    """How the parameters come about; of a projection, which has no row of its own, how many."""
    if not row.is_block:
        return row.parameter_formula
    projection = projections.get((row.path, row.repetition), 0)
    return f"{projection:,} of them in the shortcut" if projection else ""


def _memory(row: LayerRow) -> str:
    """What the outputs take; of a block those of all layers in it."""
    return bytes_text(row.activation_bytes) + (" inside" if row.is_block else "")


def _role(path: Path, row: LayerRow | None, last: Path, traced: Trace) -> str:
    if traced.failure and path == traced.failure.path:
        return "failed"
    if row is None:
        return "waiting"
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
