"""What the pages of one operation share: picture choices, notices, formula and code."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.ui.choices import SIDES, ChoiceStore
from explorer.windows.scene import Scene
from explorer.windows.snippets import pytorch_code


def places(page: str) -> tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator]:
    """Containers for the player, its controls beside it, and what is read below it.

    Where the page is narrow they follow one another (see `explorer.ui.style`).
    """
    with st.container(key=f"beside_{page}"):
        return st.container(), st.container(), st.container()


def picture_choices(store: ChoiceStore) -> None:
    """How large the picture is taken, and with how many channels."""
    st.segmented_control(
        "Cells along the longer side",
        SIDES,
        required=True,
        help="The picture is made this small first: few cells are easier to follow.",
        **store.field("longest_side"),
    )
    st.segmented_control(
        "Colour",
        ("grayscale", "rgb"),
        format_func={"grayscale": "Grayscale", "rgb": "RGB"}.__getitem__,
        required=True,
        help="Grayscale is one channel (one number per cell), RGB three: red, green, blue. "
        "PyTorch: `in_channels`.",
        **store.field("mode"),
    )


def show_notices(notices: Sequence[str]) -> None:
    """What was corrected, in words."""
    with st.container():  # there even when empty, so that what follows keeps its place
        for notice in notices:
            st.info(notice, icon=":material/auto_fix_high:")


def formula_and_code(scene: Scene) -> None:
    """The output's size with the numbers put in, and the PyTorch lines that do the same."""
    st.markdown("**How large is the output?** As many cells as the window has places to stop:")
    general = "floor((input + 2·padding − dilation·(kernel−1) − 1) / stride) + 1"
    put_in = scene.window.formula(tuple(scene.input.shape[1:]))
    lines = [f"{axis}  {text}" for axis, text in zip(("height", "width "), put_in, strict=True)]
    st.code("\n".join([f"size    {general}", *lines]), language=None, wrap_lines=True)
    st.markdown("**The same in PyTorch**")
    st.code(pytorch_code(scene), language="python")
