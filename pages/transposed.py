"""Transposed convolution: every input cell stamps the kernel onto a larger output."""

import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui import state
from explorer.ui.carried import header
from explorer.ui.see import chosen_operation, operation_view
from explorer.ui.see.choice_store import ChoiceStore
from explorer.ui.see.choices import TransposedChoices
from explorer.ui.see.chosen_input import edited, flat_input
from explorer.ui.see.chosen_weights import Layout, kernel_lines, settled_weight
from explorer.ui.see.convolution_controls import groups_control
from explorer.ui.see.convolution_parts import bias_of
from explorer.ui.see.fitting import fit
from explorer.ui.see.input_controls import input_controls
from explorer.ui.see.kernel_controls import (
    bias_control,
    kernel_control,
    maps_control,
    weight_buttons,
    weights_seed,
)
from explorer.ui.see.player import player
from explorer.ui.see.player_events import PlayerEvents
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
