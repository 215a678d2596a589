"""What can be chosen about a pooling, and what it means."""

from typing import Any

import streamlit as st

from explorer.ui.see.choice_store import ChoiceStore
from explorer.ui.see.choices import PoolingChoices
from explorer.ui.see.input_controls import output_size_control

_KINDS = {
    "max": ("The largest (max)", "Keeps the largest cell of each window. `MaxPool2d`"),
    "average": ("The mean (average)", "Keeps the mean of each window. `AvgPool2d`"),
    "lp": (
        "The p-norm (Lp)",
        "Keeps the p-th root of the sum of p-th powers: p = 1 is the sum, and the larger p, the "
        "nearer to the largest. `LPPool2d`",
    ),
    "adaptive_max": (
        "The largest, adaptive",
        "The output's size is chosen, and the windows follow: where it does not divide the input's "
        "they are uneven and overlap. `AdaptiveMaxPool2d`",
    ),
    "adaptive_average": (
        "The mean, adaptive",
        "The output's size is chosen, and the windows follow: where it does not divide the input's "
        "they are uneven and overlap. `AdaptiveAvgPool2d`",
    ),
    "global_max": (
        "The largest of all (global)",
        "One window over everything: one number for each channel. `AdaptiveMaxPool2d(1)`",
    ),
    "global_average": (
        "The mean of all (global)",
        "One window over everything: one number for each channel, as many networks have it before "
        "their last layer. `AdaptiveAvgPool2d(1)`",
    ),
    "unpool": (
        "Max-unpooling",
        "The way back: max pooling remembers where each largest cell was, and unpooling puts it "
        "there again, with zeros everywhere else. `MaxUnpool2d`",
    ),
}


def kind_control(store: ChoiceStore[PoolingChoices]) -> None:
    """Which pooling."""

    st.selectbox(
        "What is kept",
        tuple(_KINDS),
        format_func=lambda kind: _KINDS[kind][0],
        help="What becomes of the cells under a window.",
        **store.bound("kind", store.now.kind, lambda kind: store.try_change(kind=kind)),
    )
    st.caption(_KINDS[store.now.kind][1])
    if store.now.kind.startswith("adaptive"):
        output_size_control(store)
    if store.now.kind == "lp":
        st.number_input(
            "p",
            0.5,
            16.0,
            step=0.5,
            help="The power. PyTorch: `norm_type`.",
            **store.field("norm_type"),
        )


def flags(store: ChoiceStore[Any], axes: int) -> None:
    """What happens at the edges, and what an average is divided by."""
    now = store.now
    if now.kind in ("max", "average", "lp"):
        st.toggle(
            "Windows may reach over the end",
            help="The size is rounded up instead of down, so that no cell is left out. "
            "PyTorch: `ceil_mode`.",
            **store.field("ceil_mode"),
        )
    if now.kind == "average":
        st.toggle(
            "Padding counts in the mean",
            help="Whether the sum is divided by all cells of the window, or only by those of the "
            "picture. PyTorch: `count_include_pad`.",
            **store.field("count_include_pad"),
        )
        if axes > 1:
            st.number_input(
                "Divide by",
                1,
                1000,
                placeholder="the number of cells",
                help="Another number to divide the sum by; empty for the number of cells. "
                "PyTorch: `divisor_override`.",
                **store.field("divisor_override"),
            )
