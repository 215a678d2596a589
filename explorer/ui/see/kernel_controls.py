"""Choosing the kernels of a convolution: named ones, a bank of them, random, or numbers."""

from typing import Any

import streamlit as st
import torch
from torch import Tensor

from explorer.ui.see.choice_store import ChoiceStore
from explorer.ui.see.choices import KERNEL_SLUGS, MADE, MOST_MAPS
from explorer.ui.see.chosen_weights import Layout, explanation, own_numbers, title, use_own
from explorer.ui.see.input_controls import seed_control
from explorer.ui.text import count

OWN, BANK = "your-own", "several"
MOST_NAMED = 8
_FIRST_BANK = ("sobel-left-to-right", "sobel-top-to-bottom", "laplacian")


def kernel_control(
    store: ChoiceStore[Any], *, first: tuple[str, ...] = (), bank: bool = True
) -> None:
    """The list of kernels, and what the chosen one does.

    Args:
        first: Slugs that this page offers before the others.
        bank: Whether several kernels can be chosen, a map each.
    """
    names = store.now.weights
    now = OWN if own_numbers(store.now) else BANK if len(names) > 1 else names[0]
    options = [*first, *(name for name in (*KERNEL_SLUGS, *MADE) if name not in first)]
    options += [BANK] if bank else []
    options += [OWN] if now == OWN else []

    def changed(chosen: str) -> None:
        if chosen != OWN:
            store.try_change(weights=_FIRST_BANK if chosen == BANK else (chosen,))

    st.selectbox(
        "Kernel",
        options,
        format_func=_label,
        help="The grid of weights that slides over the input. Click a weight in the player to "
        "change it. PyTorch: `weight`.",
        **store.bound("kernel", now, changed),
    )
    if now == BANK:
        st.multiselect(
            "Kernels, an output map each",
            list(dict.fromkeys((*first, *KERNEL_SLUGS, *names))),
            format_func=title,
            max_selections=MOST_NAMED,
            help="A layer has many kernels, and every one makes a map of its own. "
            "PyTorch: `out_channels`.",
            **store.bound(
                "bank", list(dict.fromkeys(names)), lambda chosen: _choose_bank(store, chosen)
            ),
        )
    own = "The layer's weights." if store.now.input == "layer" else "The numbers you made."
    st.caption(own if now == OWN else _explain(names))


def _choose_bank(store: ChoiceStore[Any], chosen: list[str]) -> None:
    if chosen:
        store.try_change(weights=tuple(chosen))
    else:
        store.notice("A convolution needs at least one kernel, so the last ones stay.")


def _label(name: str) -> str:
    return {OWN: "Your own", BANK: "Several kernels, a map each"}.get(name) or title(name)


def _explain(names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return explanation(names[0])
    return f"{count(len(names), 'kernel')} slide at once; choose the map to look at in the player."


def weight_buttons(store: ChoiceStore[Any], weight: Tensor, layout: Layout) -> None:
    """Random, clear, normalise, transpose and flip: each makes the weights one's own numbers."""
    axes = tuple(range(2, weight.dim()))

    def use(changed: Tensor) -> None:
        use_own(store, changed, layout)

    def randomly() -> None:
        again = store.now.weights == ("random",)
        seed = (store.now.seed + 1) % 10_000 if again else store.now.seed
        maps = min(layout.maps(weight), MOST_MAPS)
        store.try_change(weights=("random",), seed=seed, maps=maps)

    square = weight.dim() > 3 and weight.shape[-1] == weight.shape[-2]
    buttons = (
        ("Random", ":material/casino:", "New small numbers, as before training.", randomly, True),
        ("Clear", ":material/backspace:", "All weights 0.", lambda: use(weight * 0), True),
        (
            "Normalise",
            ":material/balance:",
            "Divides so that each kernel's weights sum to 1, which keeps brightness; where they "
            "sum to 0, so that their absolute values do.",
            lambda: use(normalised(weight)),
            True,
        ),
        (
            "Transpose",
            ":material/swap_horiz:",
            "Rows become columns: what found upright edges finds level ones.",
            lambda: use(weight.transpose(-1, -2)),
            square,
        ),
        (
            "Flip",
            ":material/rotate_right:",
            "Turns the kernel by half a turn: both axes run backwards.",
            lambda: use(weight.flip(axes)),
            True,
        ),
    )
    with st.container(horizontal=True, gap="small", key=f"{store.page}_weight_buttons"):
        for label, icon, about, action, possible in buttons:
            st.button(
                label,
                icon=icon,
                help=about,
                key=f"{store.page}_weights_{label}",
                on_click=action,
                disabled=not possible,
                type="tertiary",
            )


def normalised(weight: Tensor) -> Tensor:
    """Each kernel divided by its sum, or by the sum of its absolute values where that is 0."""
    axes = tuple(range(2, weight.dim()))
    exact = weight.double()
    total, absolute = exact.sum(axes, keepdim=True), exact.abs().sum(axes, keepdim=True)
    divisor = torch.where(total.abs() > 1e-6 * absolute, total, absolute)
    return torch.where(divisor == 0, exact, exact / divisor).clamp(-1000, 1000).to(torch.float32)


def bias_control(store: ChoiceStore[Any]) -> None:
    """The number added to every output cell, or none."""
    st.number_input(
        "Bias",
        -1000.0,
        1000.0,
        step=0.1,
        placeholder="none",
        help="A number added to every output cell; empty for a convolution without. "
        "PyTorch: `bias`.",
        **store.field("bias"),
    )


def weights_seed(store: ChoiceStore[Any]) -> None:
    """Which random weights."""
    if store.now.weights == ("random",):
        seed_control(store, "weights")


def maps_control(store: ChoiceStore[Any]) -> None:
    """How many output maps, where the kernels have no names."""
    if own_numbers(store.now) or store.now.weights[0] in MADE:
        st.number_input(
            "Output maps",
            1,
            MOST_MAPS,
            help="Every output map has a kernel of its own. PyTorch: `out_channels`.",
            **store.field("maps"),
        )
