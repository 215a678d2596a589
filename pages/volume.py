"""Volume: convolution and pooling in three dimensions, on clips and scans."""

import streamlit as st

from explorer.errors import ExplorerError
from explorer.media.volumes import ORDER_TEXT
from explorer.ui.carried import header
from explorer.ui.see import chosen_operation, operation_view, volumes
from explorer.ui.see.choice_store import ChoiceStore
from explorer.ui.see.choices import VolumeChoices
from explorer.ui.see.chosen_input import edited, volume_input
from explorer.ui.see.chosen_weights import CHANGE_OVER_TIME, Layout, kernel_lines, settled_weight
from explorer.ui.see.convolution_controls import groups_control, padding_controls
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
from explorer.ui.see.pooling_controls import flags
from explorer.ui.text import plain
from explorer.windows import Convolution, scene

KINDS = {"convolution": "Convolution", "max": "Max pooling", "average": "Average pooling"}

header("Volume")
st.markdown(
    "A clip or a scan is a stack of slices, and the window is a **box**: it covers some slices at "
    "once and moves along depth as well. So it can see what changes from slice to slice."
)
volumes.follow(
    ChoiceStore("volume", VolumeChoices), operation_view.enter(ChoiceStore("volume", VolumeChoices))
)


@st.fragment
def volume() -> None:
    """The player and its controls; a change reruns only them."""
    store = ChoiceStore("volume", VolumeChoices)
    shown = volumes.chosen_volume(store)
    chosen = edited(volume_input(store.now, shown), store.now.edits)
    channels = len(chosen.values)
    stage, side, details = operation_view.places("volume")
    operation = chosen_operation.volume(store.now, channels)
    operation = fit(store, operation, chosen.size)
    weight = layout = bias = played = None
    if isinstance(operation, Convolution):
        layout = Layout(channels, operation.groups, operation.window.kernel_size)
        weight = settled_weight(store, layout)
        bias = bias_of(store.now.bias, len(weight.values))
    try:
        played = scene.make(
            operation,
            chosen.title,
            chosen.values,
            weight and weight.values,
            bias,
            map_names=weight.map_names if weight else (),
            channel_names=chosen.channel_names,
            kernel_lines=kernel_lines(weight.line_of) if weight else None,
            opening=operation_view.opening(store),
        )
    except ExplorerError as error:
        with stage:
            operation_view.refused(store, error)
    with side:
        operation_view.examples(store)
        st.selectbox("Operation", tuple(KINDS), format_func=KINDS.get, **store.field("kind"))  # type: ignore[arg-type]
        if weight and layout:
            kernel_control(store, first=(CHANGE_OVER_TIME,))
            weight_buttons(store, weight.values, layout)
        operation_view.show_notices(store)
        with st.expander("Input", key="volume_about_input"):
            input_controls(store)
        with st.expander("More", key="volume_more"):
            if weight:
                padding_controls(store)
                bias_control(store)
                maps_control(store)
                groups_control(store, channels)
                weights_seed(store)
            flags(store, 3)
    if played is None:
        return
    events = PlayerEvents(store, chosen, operation, weight and weight.values, layout)
    with stage:
        player(scene.pack(played), key="volume_player", on_change=events)
    with details:
        axes = shown.axes if store.now.input == "volume" else ORDER_TEXT
        st.caption(f"**{plain(chosen.title)}:** {plain(axes)}")
        operation_view.take_away(store, played)
        operation_view.facts(store, played)


volume()
