"""Where the selected layer stands: add, move, duplicate, remove, wrap in a block and out again."""

from functools import partial
from typing import Any, cast

import streamlit as st

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec, edit
from explorer.network.base import LayerSpec, Shape
from explorer.network.blocks import BLOCKS, Block, Branches, Path, walk
from explorer.network.layers import KINDS
from explorer.network.pieces import depthwise_separable
from explorer.network.shapes import trace
from explorer.ui.network import edit as network_edit

SEPARABLE = "Depthwise-separable"
_ADD, _WRAP, _WRAP_COUNT = "network_add", "network_wrap", "network_wrap_count"


def read_only_around(spec: NetworkSpec, path: Path) -> Path | None:
    """The path of the outermost block around `path` that cannot be edited inside, if there is one.

    What is in a block of a pretrained network comes with its weights.
    """
    for other, _, node in walk(spec.layers):
        inside = len(other) < len(path) and path[: len(other)] == other
        if inside and isinstance(node, Block) and node.read_only:
            return other
    return None


def unwrap_button(path: Path, label: str = "Unwrap") -> None:
    """Take what is in the block at `path` out of it."""
    st.button(
        label,
        icon=":material/unarchive:",
        key="network_unwrap",
        help="Put what is in the block in its place.",
        on_click=partial(network_edit.change, partial(edit.unwrap, path=path), then_select=path),
    )


def place_buttons(spec: NetworkSpec, path: Path) -> None:
    """Move, duplicate, remove; wrap in a block, or take out what is in one."""
    with st.container(horizontal=True, gap="xsmall"):
        for label, icon, to in (
            ("up", "arrow_upward", one_up(spec, path)),
            ("down", "arrow_downward", one_down(spec, path)),
        ):
            st.button(
                f"Move {label}",
                icon=f":material/{icon}:",
                key=f"network_move_{label}",
                disabled=to is None,
                on_click=partial(
                    network_edit.change,
                    partial(edit.move, path=path, to=to or path),
                    then_select=to,
                ),
            )
        behind = (*path[:-1], path[-1] + 1)
        st.button(
            "Duplicate",
            icon=":material/content_copy:",
            key="network_duplicate",
            on_click=partial(
                network_edit.change, partial(edit.duplicate, path=path), then_select=behind
            ),
        )
        st.button(
            "Remove",
            icon=":material/delete:",
            key="network_remove",
            on_click=partial(
                network_edit.change, partial(edit.remove, path=path), then_select=path
            ),
        )
        _wrap(spec, path)
        node = edit.at(spec, path)
        if isinstance(node, Block):
            unwrap_button(path)
        if isinstance(node, Branches):
            _branch_buttons(node, path)


def one_up(spec: NetworkSpec, path: Path) -> Path | None:
    """One place up: before its neighbour, or from the start of a block to before the block."""
    if path[-1] > 0:
        return (*path[:-1], path[-1] - 1)
    return edit.parent(spec, path) or None


def one_down(spec: NetworkSpec, path: Path) -> Path | None:
    """One place down: after its neighbour, or from the end of a block to after the block."""
    if path[-1] + 1 < len(edit.siblings(spec, path)):
        return (*path[:-1], path[-1] + 1)
    around = edit.parent(spec, path)
    return (*around[:-1], around[-1] + 1) if around else None


def _wrap(spec: NetworkSpec, path: Path) -> None:
    left = len(edit.siblings(spec, path)) - path[-1]
    # Another key after each use: the popover that was open is gone, and the new one is closed.
    key = f"{_WRAP}_{st.session_state.get(_WRAP, 0)}"
    with st.popover("Wrap", icon=":material/select_all:", help="Put it into a block.", key=key):
        if left > 1:
            st.number_input(
                "Layers from here on",
                1,
                left,
                1,
                key=f"{_WRAP_COUNT}_{left}",
                help="How many layers, the selected one first, go into the block together.",
            )
        for kind, block in BLOCKS.items():
            if block.read_only:
                continue
            st.button(
                kind,
                key=f"{_WRAP}_{kind}",
                help=block.explanation,
                width="stretch",
                on_click=partial(_wrap_in, path, kind, f"{_WRAP_COUNT}_{left}"),
            )


def _wrap_in(path: Path, kind: str, count_key: str) -> None:
    st.session_state[_WRAP] = st.session_state.get(_WRAP, 0) + 1
    end = path[-1] + int(st.session_state.get(count_key, 1))
    network_edit.change(
        partial(edit.wrap, path=path, end=end, kind=cast(Any, kind)), then_select=path
    )


def _branch_buttons(block: Branches, path: Path) -> None:
    last = len(block.branches) - 1
    st.button(
        "Add a branch",
        icon=":material/call_split:",
        key="network_add_branch",
        on_click=partial(network_edit.change, partial(edit.add_branch, path=path)),
    )
    st.button(
        f"Remove branch{last + 1}",
        icon=":material/call_merge:",
        key="network_remove_branch",
        disabled=last < 2,
        on_click=partial(network_edit.change, partial(edit.remove_branch, path=path, number=last)),
    )


def add_menus(spec: NetworkSpec, path: Path, name: str) -> None:
    """Add a layer or block after the selected one, for a block also at the end of what is in it.

    `name` is the selected one's, as Markdown.
    """
    behind = (*path[:-1], path[-1] + 1) if path else (0,)
    traced = trace(spec)
    row = traced.row(path) if path else None
    leaves = row.output_shape if row else traced.output_shape if path else spec.input.shape
    _add_menu(f"Add a layer after {name}", _ADD, behind, leaves)
    node = edit.at(spec, path) if path else None
    if not isinstance(node, Block) or node.read_only:
        return
    for number, (part, nodes) in enumerate(zip(node.list_names(), node.lists, strict=True)):
        branch = (number,) if isinstance(node, Branches) else ()
        place = f"{name}.{part}" if part else name
        end = (*path, *branch, len(nodes))
        last = traced.row((*end[:-1], end[-1] - 1)) if nodes else None
        begins = row.input_shape if row else leaves
        _add_menu(
            f"Add a layer into {place}",
            f"{_ADD}_{number}",
            end,
            last.output_shape if last else begins,
        )


def kinds_for(arrives: Shape) -> list[str]:
    """Names of all kinds and blocks: those first that work on a shape, in the order of GROUPS."""
    works = [name for name, kind in KINDS.items() if _works(kind, arrives)]
    separable = [SEPARABLE] if len(arrives) > 1 else []
    return [*works, *separable, *BLOCKS, *(name for name in KINDS if name not in works)]


def _works(kind: type[LayerSpec], arrives: Shape) -> bool:
    """Whether a layer of the kind, as it is made at first, takes the shape."""
    try:
        kind.model_validate({}).check(arrives, "what is before")
    except ExplorerError:
        return False
    return True


def _add_menu(label: str, key: str, path: Path, arrives: Shape) -> None:
    st.menu_button(
        label,
        kinds_for(arrives),
        icon=":material/add:",
        key=key,
        type="primary" if key == _ADD else "secondary",
        width="stretch",
        on_click=partial(_add, key, path, arrives),
    )


def _add(key: str, path: Path, arrives: Shape) -> None:
    kinds: dict[str, type[LayerSpec]] = {**KINDS, **BLOCKS}
    chosen = st.session_state[key]
    made = chosen == SEPARABLE
    node = depthwise_separable(arrives) if made else kinds[chosen].model_validate({})
    network_edit.change(partial(edit.insert, path=path, node=node), then_select=path)
