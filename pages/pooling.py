"""Pooling: a window slides over a picture and keeps one number of what it covers."""

import streamlit as st
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.ui import state
from explorer.ui.carried import header
from explorer.ui.see import chosen_operation, operation_view
from explorer.ui.see.choice_store import ChoiceStore
from explorer.ui.see.choices import PoolingChoices
from explorer.ui.see.chosen_input import ChosenInput, edited, flat_input
from explorer.ui.see.fitting import fit
from explorer.ui.see.input_controls import input_controls
from explorer.ui.see.player import player
from explorer.ui.see.player_events import PlayerEvents
from explorer.ui.see.pooling_controls import flags, kind_control
from explorer.windows import AdaptivePooling, MaxUnpooling, Pooling, max_indices, result, scene

header("Pooling")
st.markdown(
    "A window slides over the picture and keeps **one number** of the cells it covers: the "
    "largest, or their mean. The picture gets smaller, and there is nothing to learn: pooling has "
    "no weights."
)
operation_view.enter(ChoiceStore("pooling", PoolingChoices))


def unpooling(operation: Pooling, chosen: ChosenInput) -> tuple[MaxUnpooling, ChosenInput, Tensor]:
    """The way back from a max pooling: its maps become the input, with where they came from."""
    pooled = ChosenInput(
        f"{chosen.title}, pooled", result(operation, chosen.values), chosen.channel_names
    )
    back = MaxUnpooling(operation.window, chosen.size)
    return back, pooled, max_indices(operation, chosen.values)


@st.fragment
def pooling() -> None:
    """The player and its controls; a change reruns only them."""
    store = ChoiceStore("pooling", PoolingChoices)
    chosen = edited(flat_input(store.now, state.picture()), store.now.edits)
    stage, side, details = operation_view.places("pooling")
    played = events = None
    try:
        operation: Pooling | AdaptivePooling | MaxUnpooling
        operation = fit(store, chosen_operation.pooling(store.now, chosen.size), chosen.size)
        indices, fixed, made = None, None, None
        if isinstance(operation, AdaptivePooling):
            fixed = "The windows follow from the output's size, which is chosen beside the player."
        elif store.now.kind == "unpool":
            operation, chosen, indices = unpooling(operation, chosen)
            fixed = "The window is that of the pooling before. Choose max pooling to change it."
            made = "This input is what was pooled. Choose max pooling to edit what it was made of."
        played = scene.make(
            operation,
            chosen.title,
            chosen.values,
            indices=indices,
            channel_names=chosen.channel_names,
            opening=operation_view.opening(store),
        )
        events = PlayerEvents(store, chosen, operation, fixed_window=fixed, fixed_input=made)
    except ExplorerError as error:
        with stage:
            operation_view.refused(store, error)
    with side:
        operation_view.examples(store)
        kind_control(store)
        operation_view.show_notices(store)
        flags(store, chosen.axes)
        with st.expander("Input", key="pooling_about_input"):
            input_controls(store, chosen.rows)
    if events is None or played is None:
        return
    with stage:
        player(scene.pack(played), key="pooling_player", on_change=events)
    with details:
        operation_view.take_away(store, played)
        operation_view.facts(store, played)


pooling()
