"""Convolution: a kernel slides over a picture, and every number of the output is explained."""

import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui import state
from explorer.ui.carried import header
from explorer.ui.see import convolution_parts, operation_view
from explorer.ui.see.choice_store import ChoiceStore
from explorer.ui.see.choices import ConvolutionChoices
from explorer.ui.see.chosen_input import edited, flat_input
from explorer.ui.see.chosen_weights import kernel_lines
from explorer.ui.see.convolution_controls import (
    flip_control,
    flip_explained,
    kind_controls,
    padding_controls,
    separable_explained,
)
from explorer.ui.see.input_controls import input_controls
from explorer.ui.see.kernel_controls import (
    bias_control,
    kernel_control,
    maps_control,
    weight_buttons,
    weights_seed,
)
from explorer.ui.see.player import player
from explorer.windows import scene

header("Convolution")
st.markdown(
    "A small grid of weights, the **kernel**, slides over the picture. At every place each weight "
    "is multiplied with the cell under it, and the products are added up: one cell of the output."
)
operation_view.enter(ChoiceStore("convolution", ConvolutionChoices))


@st.fragment
def convolution() -> None:
    """The player and its controls; a change reruns only them."""
    store = ChoiceStore("convolution", ConvolutionChoices)
    chosen = edited(flat_input(store.now, state.picture()), store.now.edits)
    stage, side, details = operation_view.places("convolution")
    parts = played = None
    try:
        parts = convolution_parts.parts(store, chosen)
        played = scene.make(
            parts.operation,
            parts.chosen.title,
            parts.chosen.values,
            parts.weight.values,
            parts.bias,
            map_names=parts.weight.map_names,
            channel_names=parts.chosen.channel_names,
            kernel_lines=kernel_lines(parts.weight.line_of),
            limits=parts.limits,
            opening=operation_view.opening(store),
        )
    except ExplorerError as error:
        with stage:
            operation_view.refused(store, error)
    with side:
        operation_view.examples(store)
        kernel_control(store)
        if parts:
            weight_buttons(store, parts.kernels, parts.layout)
        operation_view.show_notices(store)
        flip_control(store)
        with st.expander("Input", key="convolution_about_input"):
            input_controls(store, chosen.rows)
        with st.expander("More", key="convolution_more"):
            kind_controls(store, len(chosen.values))
            padding_controls(store)
            bias_control(store)
            maps_control(store)
            weights_seed(store)
    if parts is None or played is None:
        return
    with stage:
        player(scene.pack(played), key="convolution_player", on_change=parts.events)
    with details:
        operation_view.take_away(store, played)
        flip_explained(parts, played)
        separable_explained(store, parts, len(chosen.values))
        alone = convolution_parts.first_map_alone(played) if parts.compared else played
        operation_view.facts(store, alone)


convolution()
