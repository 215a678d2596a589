"""Pooling: a window slides over a picture and keeps one number of what it covers."""

import streamlit as st

from explorer.ui import operation_view, state, window_controls
from explorer.ui.carried import header
from explorer.ui.choices import Choices, ChoiceStore
from explorer.ui.player import player
from explorer.windows import Window
from explorer.windows.scene import pack, pooling_scene

header("Pooling")
st.markdown(
    "A window slides over the picture and keeps **one number** of the cells it covers: the "
    "largest, or their mean. The picture gets smaller, and there is nothing to learn: pooling has "
    "no weights."
)


@st.fragment
def pooling() -> None:
    """The player and its controls; a change reruns only them."""
    picture = state.picture()
    store = ChoiceStore("pooling", Choices(Window.of(2, stride=2)))
    values = picture.tensor(store.now.mode, store.now.longest_side)
    kind = store.now.pooling
    notices = window_controls.corrected(store, values.shape[1:], kind)
    stage, side, details = operation_view.places("pooling")
    with side:
        st.segmented_control(
            "What is kept",
            ("max", "average"),
            format_func={"max": "The largest", "average": "The mean"}.__getitem__,
            required=True,
            help="Max pooling keeps the largest cell, average pooling the mean of all. "
            "PyTorch: `MaxPool2d`, `AvgPool2d`.",
            **store.field("pooling"),
        )
        window_controls.window_controls(store, values.shape[1:], kind)
        operation_view.show_notices(notices)
        with st.expander("More", key="pooling_more"):
            operation_view.picture_choices(store)
            window_controls.axes_toggle(store)
    scene = pooling_scene(picture.name, values, store.now.window, kind)
    with stage:
        player(pack(scene), key="pooling_player")
    with details:
        operation_view.formula_and_code(scene)


pooling()
