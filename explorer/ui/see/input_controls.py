"""Choosing what an operation reads: the picture, a row of it, or typed or made numbers."""

from typing import Any

import streamlit as st

from explorer.network.base import shape_text
from explorer.ui import state
from explorer.ui.places import page
from explorer.ui.see.choice_store import ChoiceStore
from explorer.ui.see.choices import PICTURE_SIDES, UPLOAD, VOLUME_SIDES
from explorer.ui.see.volumes import volume_choice
from explorer.ui.text import plain

_KINDS = {
    "picture": "The picture",
    "row": "One row of the picture (1-D)",
    "signal": "A typed signal (1-D)",
    "grid": "A typed grid",
    "numbers": "Made numbers",
    "layer": "A layer's input",
    "volume": "A volume",
}
_FLAT = ("picture", "row", "signal", "grid", "numbers")
_FILLS = {
    "counting": "0, 1, 2, …",
    "random": "Random",
    "ones": "All ones",
    "zeros": "All zeros",
    "dot": "A single 1",
}
_LONGEST_TYPED = 4000


def input_controls(store: ChoiceStore[Any], rows: int = 1) -> None:
    """What the operation reads; `rows` is how many the picture has."""
    now = store.now
    kinds = ("volume", "numbers") if store.page == "volume" else _FLAT
    layer = state.layer(store.page)
    if layer is not None:
        kinds = (*kinds, "layer")
    st.selectbox(
        "Input",
        kinds,
        format_func=_KINDS.__getitem__,
        help="What the window slides over. Click a cell in the player to change it.",
        **store.field("input"),
    )
    if now.input in ("picture", "row", "volume"):
        if now.input == "volume":
            volume_choice(store)
        _size_and_colour(store)
        if now.input == "row":
            st.slider(
                "Row",
                0,
                max(1, rows - 1),
                help="Which row of the picture, counted from 0 at the top.",
                **store.bound(
                    "row", min(now.row, rows - 1), lambda value: store.try_change(row=value)
                ),
            )
    elif now.input == "numbers":
        _made(store)
    elif now.input == "layer" and layer is not None:
        st.caption(f"{plain(layer.title).capitalize()}, {shape_text(tuple(layer.values.shape))}.")
        st.page_link(page("network"), label="Back to the network")
    else:
        _typed(store, now.input)
    if now.edits:
        st.button(
            f"Undo {len(now.edits)} edited cells" if len(now.edits) > 1 else "Undo the edited cell",
            icon=":material/undo:",
            key=f"{store.page}_undo_edits",
            on_click=lambda: store.change(edits=()),
        )


def _size_and_colour(store: ChoiceStore[Any]) -> None:
    usual = VOLUME_SIDES if store.page == "volume" else PICTURE_SIDES
    st.segmented_control(
        "Cells along the longer side",
        sorted({*usual, store.now.size}),
        required=True,
        help="It is made this small first: few cells are easier to follow.",
        **store.field("size"),
    )
    st.segmented_control(
        "Colour",
        ("grey", "rgb"),
        format_func={"grey": "Grayscale", "rgb": "RGB"}.__getitem__,
        required=True,
        help="Grayscale is one channel (one number per cell), RGB three: red, green, blue. "
        "PyTorch: `in_channels`.",
        **store.field("colour"),
    )


def _made(store: ChoiceStore[Any]) -> None:
    st.text_input(
        "Cells",
        max_chars=12,
        help="How many along each axis: 5 for all, or 4x6.",
        **_text_field(store, "cells"),
    )
    st.selectbox("Filled with", tuple(_FILLS), format_func=_FILLS.get, **store.field("fill"))  # type: ignore[arg-type]
    st.number_input(
        "Channels",
        1,
        16,
        help="Layers of numbers at each place. PyTorch: `in_channels`.",
        **store.field("channels"),
    )
    if store.now.fill == "random":
        seed_control(store)


def seed_control(store: ChoiceStore[Any], of: str = "input") -> None:
    """Which random numbers, of the input or of the weights: they share the seed."""
    st.number_input(
        "Seed",
        0,
        9999,
        help="The same seed gives the same random numbers. PyTorch: `torch.manual_seed`.",
        **store.bound(f"seed_{of}", store.now.seed, lambda seed: store.try_change(seed=seed)),
    )


def _typed(store: ChoiceStore[Any], name: str) -> None:
    text = st.text_input if name == "signal" else st.text_area
    text(
        "Numbers",
        max_chars=_LONGEST_TYPED,
        help="Commas between the numbers of a row, a new line or ; between rows, "
        "| between channels.",
        **_text_field(store, name, lines=name == "grid"),
    )


def _text_field(store: ChoiceStore[Any], name: str, *, lines: bool = False) -> dict[str, Any]:
    """Arguments for a text widget that shows a choice as links write it."""
    text = store.now.model_dump()[name]
    shown = text.replace(";", "\n").replace(",", ", ") if lines else text
    return store.bound(f"{name}_text", shown, lambda value: store.try_change(**{name: value}))


def own_picture_in_link(store: ChoiceStore[Any]) -> str | None:
    """What a link cannot hold of the input, in words."""
    now = store.now
    if now.input == "layer":
        return (
            "What arrives at the layer stays in this session: whoever opens the link sees the "
            "page's own input in its place."
        )
    kind = getattr(now, "volume" if now.input == "volume" else "picture", "")
    if now.input in ("picture", "row", "volume") and kind == UPLOAD:
        return (
            "The file you uploaded stays in this session: whoever opens the link sees a bundled "
            "one in its place."
        )
    return None


def output_size_control(store: ChoiceStore[Any]) -> None:
    """The output size of adaptive pooling."""
    st.text_input(
        "Output size",
        max_chars=12,
        help="Cells of the output along each axis: 4 for all, or 7x5. PyTorch: `output_size`.",
        **_text_field(store, "output_size"),
    )
