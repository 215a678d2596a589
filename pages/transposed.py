"""Transposed convolution: every input cell stamps the kernel onto a larger output."""

import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui import chosen_operation, operation_view, state
from explorer.ui.carried import header
from explorer.ui.choice_store import ChoiceStore
from explorer.ui.choices import TransposedChoices
from explorer.ui.chosen_input import edited, flat_input
from explorer.ui.chosen_weights import Layout, kernel_lines, settled_weight
from explorer.ui.convolution_controls import groups_control
from explorer.ui.convolution_parts import bias_of
from explorer.ui.fitting import fit
from explorer.ui.input_controls import input_controls
from explorer.ui.kernel_controls import (
    bias_control,
    kernel_control,
    maps_control,
    weight_buttons,
    weights_seed,
)
from explorer.ui.player import player
from explorer.ui.player_events import PlayerEvents
from explorer.windows import scene

header("Transposed convolution")
st.markdown(
    "The way back to a larger picture: every input cell **stamps** the kernel, times its value, "
    "onto the output, and where stamps overlap they add up. The stride is the distance between "
    "stamps. Where some cells get more stamps than others, a checkerboard shows."
)
operation_view.enter(ChoiceStore("transposed", TransposedChoices))


@st.fragment
def transposed() -> None:
    """The player and its controls; a change reruns only them."""
    store = ChoiceStore("transposed", TransposedChoices)
    chosen = edited(flat_input(store.now, state.picture()), store.now.edits)
    channels = len(chosen.values)
    stage, side, details = operation_view.places("transposed")
    operation = chosen_operation.transposed(store.now, chosen.axes, channels)
    operation = fit(store, operation, chosen.size)
    layout = Layout(channels, operation.groups, operation.window.kernel_size, transposed=True)
    weight = settled_weight(store, layout)
    played = None
    try:
        played = scene.make(
            operation,
            chosen.title,
            chosen.values,
            weight.values,
            bias_of(store.now.bias, layout.maps(weight.values)),
            map_names=weight.map_names,
            channel_names=chosen.channel_names,
            kernel_lines=kernel_lines(weight.line_of),
            opening=operation_view.opening(store),
        )
    except ExplorerError as error:
        with stage:
            operation_view.refused(store, error)
    with side:
        operation_view.examples(store)
        kernel_control(store, first=("ones", "counting"))
        weight_buttons(store, weight.values, layout)
        operation_view.show_notices(store)
        with st.expander("Input", key="transposed_about_input"):
            input_controls(store, chosen.rows)
        with st.expander("More", key="transposed_more"):
            bias_control(store)
            maps_control(store)
            groups_control(store, channels)
            weights_seed(store)
    if played is None:
        return
    events = PlayerEvents(store, chosen, operation, weight.values, layout)
    with stage:
        player(scene.pack(played), key="transposed_player", on_change=events)
    with details:
        operation_view.take_away(store, played)
        operation_view.facts(store, played)


transposed()
