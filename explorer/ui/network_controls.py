"""What is done with the network as a whole, and with the selected layer."""

from functools import partial

import streamlit as st

from explorer.network import InputShape, NetworkSpec, edit, read_network
from explorer.network.layers import KINDS
from explorer.network.presets import PRESETS
from explorer.network.shapes import Trace
from explorer.network.spec import MAX_JSON_BYTES
from explorer.ui import network_edit
from explorer.ui.input_form import input_form
from explorer.ui.layer_form import layer_form
from explorer.ui.network_view import INPUT_INDEX
from explorer.ui.text import plain

EMPTY = NetworkSpec(name="My network", input=InputShape(channels=1, height=28, width=28))
STARTS = {**PRESETS, "An empty network": EMPTY}
_ADD, _START, _UPLOAD = "network_add", "network_start", "network_upload"


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
    network_edit.change(lambda _: STARTS[name], then_select=0)


def _open(key: str) -> None:
    file = st.session_state[key]
    # A fresh uploader each time: browsers say nothing when the same file is chosen again, mended.
    st.session_state[_UPLOAD] = st.session_state.get(_UPLOAD, 0) + 1
    network_edit.change(lambda _: read_network(file.read(MAX_JSON_BYTES + 1)), then_select=0)


def selected_panel(spec: NetworkSpec, traced: Trace) -> None:
    """The selected layer, or the input: what it does, its form, and where it stands."""
    index = network_edit.selected()
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
    if index == INPUT_INDEX:
        st.subheader("Input")
        st.caption("The shape of one picture. Training resizes every picture to it.")
        input_form(spec)
    else:
        layer, name = spec.layers[index], spec.layer_names[index]
        st.subheader(f"{plain(name)} · {layer.kind}")
        st.caption(layer.explanation)
        arrives = index <= len(traced.rows)
        shape = (
            (traced.rows[index - 1].output_shape if index else traced.input_shape)
            if arrives
            else None
        )
        _place(spec, index)
        layer_form(index, layer, name, shape)
    _add_menu(spec, index)


def _place(spec: NetworkSpec, index: int) -> None:
    """Move, duplicate, remove."""
    last = len(spec.layers) - 1
    with st.container(horizontal=True, gap="xsmall"):
        for label, icon, to in (("up", "arrow_upward", -1), ("down", "arrow_downward", 1)):
            st.button(
                f"Move {label}",
                icon=f":material/{icon}:",
                key=f"network_move_{label}",
                disabled=not 0 <= index + to <= last,
                on_click=partial(
                    network_edit.change,
                    partial(edit.move, index=index, to=index + to),
                    then_select=index + to,
                ),
            )
        st.button(
            "Duplicate",
            icon=":material/content_copy:",
            key="network_duplicate",
            on_click=partial(
                network_edit.change, partial(edit.duplicate, index=index), then_select=index + 1
            ),
        )
        st.button(
            "Remove",
            icon=":material/delete:",
            key="network_remove",
            on_click=partial(network_edit.change, partial(edit.remove, index=index)),
        )


def _add_menu(spec: NetworkSpec, index: int) -> None:
    after = "the input" if index == INPUT_INDEX else plain(spec.layer_names[index])
    st.menu_button(
        f"Add a layer after {after}",
        list(KINDS),
        icon=":material/add:",
        key=_ADD,
        type="primary",
        width="stretch",
        on_click=partial(_add, index + 1),
    )


def _add(index: int) -> None:
    layer = KINDS[st.session_state[_ADD]].model_validate({})
    network_edit.change(partial(edit.insert, index=index, layer=layer), then_select=index)
