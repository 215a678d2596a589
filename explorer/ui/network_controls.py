"""What is done with the network as a whole, and with the selected layer."""

from functools import partial

import streamlit as st

from explorer.network import InputShape, NetworkSpec, edit, read_network
from explorer.network.base import Shape
from explorer.network.blocks import Path, walk
from explorer.network.presets import PRESETS
from explorer.network.shapes import Trace
from explorer.network.spec import MAX_JSON_BYTES
from explorer.ui import network_advice, network_edit
from explorer.ui.input_form import input_form
from explorer.ui.layer_form import layer_form
from explorer.ui.network_place import add_menus, place_buttons
from explorer.ui.text import plain

EMPTY = NetworkSpec(name="My network", input=InputShape(channels=1, height=28, width=28))
STARTS = {**PRESETS, "An empty network": EMPTY}
_START, _UPLOAD = "network_start", "network_upload"


def toolbar(spec: NetworkSpec) -> None:
    """Undo and redo, networks to start from, and files."""
    history = network_edit.history()
    with st.container(horizontal=True, key="network_toolbar"):
        st.button(
            "Undo",
            icon=":material/undo:",
            key="network_undo",
            disabled=not history.can_undo,
            on_click=network_edit.undo,
        )
        st.button(
            "Redo",
            icon=":material/redo:",
            key="network_redo",
            disabled=not history.can_redo,
            on_click=network_edit.redo,
        )
        st.menu_button(
            "Start from", list(STARTS), icon=":material/category:", key=_START, on_click=_start
        )
        with st.popover("File", icon=":material/folder_open:"):
            st.download_button(
                "Download as JSON",
                spec.model_dump_json(indent=2),
                "network.json",
                "application/json",
                key="network_json",
                on_click="ignore",
                width="stretch",
            )
            key = f"{_UPLOAD}_{st.session_state.get(_UPLOAD, 0)}"
            st.file_uploader(
                "Open a network's JSON file", type="json", key=key, on_change=partial(_open, key)
            )


def _start() -> None:
    name = st.session_state[_START]
    network_edit.change(lambda _: STARTS[name], then_select=(0,))


def _open(key: str) -> None:
    file = st.session_state[key]
    # A fresh uploader each time: browsers say nothing when the same file is chosen again, mended.
    st.session_state[_UPLOAD] = st.session_state.get(_UPLOAD, 0) + 1
    network_edit.change(lambda _: read_network(file.read(MAX_JSON_BYTES + 1)), then_select=(0,))


def selected_panel(spec: NetworkSpec, traced: Trace) -> None:
    """The selected layer or block, or the input: what it does, its form, and where it stands."""
    path = network_edit.selected()
    problem = network_edit.problem()
    if problem:
        st.error(plain(str(problem)), icon=":material/error:")
    if traced.failure:
        # Names of layers are identifiers, so there is nothing to escape.
        failure = traced.failure
        st.error(
            f"`{failure.name}` cannot work. {failure.problem} {failure.remedy}",
            icon=":material/error:",
        )
        network_advice.repair_buttons(spec, traced)
    if not path:
        st.subheader("Input")
        st.caption("The shape of one picture. Training resizes every picture to it.")
        input_form(spec)
        add_menus(spec, path, "the input")
        return
    node = edit.at(spec, path)
    name = next(name for other, name, _ in walk(spec.layers) if other == path)
    st.subheader(f"{plain(name)} · {node.kind}")
    st.caption(node.explanation)
    place_buttons(spec, path)
    layer_form(path, node, name.rpartition(".")[2], _arrives(path, traced))
    add_menus(spec, path, plain(name))


def _arrives(path: Path, traced: Trace) -> Shape | None:
    """What arrives at a node, or None if something before it fails."""
    if row := traced.row(path):
        return row.input_shape
    return traced.failure.arrives if traced.failure and traced.failure.path == path else None
