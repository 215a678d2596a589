"""What is done with the network as a whole, and with the selected layer."""

import streamlit as st

from explorer.network import InputShape, NetworkSpec, edit, pretrained
from explorer.network.base import LayerSpec, Shape
from explorer.network.blocks import Path, Pretrained, walk
from explorer.network.presets import PRESETS
from explorer.network.shapes import Trace
from explorer.ui.network import advice as network_advice
from explorer.ui.network import edit as network_edit
from explorer.ui.network.facts import layer_facts
from explorer.ui.network.importing import import_popover
from explorer.ui.network.input_form import input_form
from explorer.ui.network.layer_form import layer_form
from explorer.ui.network.link import link_popover
from explorer.ui.network.place import (
    add_menus,
    place_buttons,
    read_only_around,
    unwrap_button,
)
from explorer.ui.text import plain

EMPTY = NetworkSpec(name="My network", input=InputShape(channels=1, height=28, width=28))
STARTS = {**PRESETS, "An empty network": EMPTY}
_START = "network_start"


def toolbar(spec: NetworkSpec) -> None:
    """Undo and redo, networks to start from, import, and the link."""
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
        import_popover()
        link_popover(spec)


def _start() -> None:
    name = st.session_state[_START]
    network_edit.change(lambda _: STARTS[name], then_select=(0,))


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
    names = {other: name for other, name, _ in walk(spec.layers)}
    name = names[path]
    st.subheader(f"{plain(name)} · {node.kind}")
    st.caption(node.explanation)
    if isinstance(node, Pretrained) and (said := pretrained.about(node)):
        st.caption(plain(said))
    if around := read_only_around(spec, path):
        _read_only(node, around, names[around])
        layer_facts(traced, path)
        return
    place_buttons(spec, path)
    layer_form(path, node, name.rpartition(".")[2], _arrives(path, traced))
    add_menus(spec, path, plain(name))
    layer_facts(traced, path)


def _read_only(node: LayerSpec, around: Path, name: str) -> None:
    """A layer that comes with a block: what it is, and how to make it one's own."""
    st.code(f"{node.kind}({node.summary()})", language="python", wrap_lines=True)
    st.info(
        f"This is a part of {plain(name)}, whose layers come as they are, with their weights. "
        "Unwrapped, they are your own to change, and begin with random weights.",
        icon=":material/lock:",
    )
    unwrap_button(around, f"Unwrap {name}")


def _arrives(path: Path, traced: Trace) -> Shape | None:
    """What arrives at a node, or None if something before it fails."""
    if row := traced.row(path):
        return row.input_shape
    return traced.failure.arrives if traced.failure and traced.failure.path == path else None
