"""Convolution: a kernel slides over a picture, and every number of the output is explained."""

from typing import Any

import streamlit as st
import torch

from explorer.ui import kernel_controls, operation_view, state, window_controls
from explorer.ui.carried import header
from explorer.ui.choices import Choices, ChoiceStore
from explorer.ui.player import player
from explorer.windows import Window
from explorer.windows.scene import convolution_scene, pack

NOTICES = "convolution_notices"

header("Convolution")
st.markdown(
    "A small grid of weights, the **kernel**, slides over the picture. At every place each weight "
    "is multiplied with the cell under it, and the products are added up: one cell of the output."
)


@st.fragment
def convolution() -> None:
    """The player and its controls; a change reruns only them."""
    picture = state.picture()
    store = ChoiceStore("convolution", Choices(Window.of(3), kernel="Sobel, left to right"))
    values = picture.tensor(store.now.mode, store.now.longest_side)
    notices = st.session_state.pop(NOTICES, [])
    notices += window_controls.corrected(store, values.shape[1:], "convolution")
    stage, side, details = operation_view.places("convolution")
    with side:
        kernel_controls.kernel_control(store)
        window_controls.window_controls(store, values.shape[1:], "convolution")
        operation_view.show_notices(notices)
        with st.expander("More", key="convolution_more"):
            operation_view.picture_choices(store)
            st.slider(
                "Bias",
                -2.0,
                2.0,
                step=0.1,
                format="%.1f",
                help="A number added to every output cell. PyTorch: `bias`.",
                **store.field("bias"),
            )
            window_controls.axes_toggle(store)
    weight = kernel_controls.chosen_weight(store, len(values))
    bias = torch.tensor([store.now.bias])
    scene = convolution_scene(picture.name, values, weight, bias, store.now.window)

    def take_kernel(sent: Any) -> None:
        st.session_state[NOTICES] = kernel_controls.take_edited(store, sent, tuple(weight.shape))

    with stage:
        player(pack(scene), key="convolution_player", on_kernel=take_kernel)
    with details:
        operation_view.formula_and_code(scene)


convolution()
