"""Choosing the kernel of a convolution: a named one, or one's own weights."""

from collections.abc import Sequence
from typing import Any

import streamlit as st
import torch
from torch import Tensor
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.ui.choices import ChoiceStore
from explorer.ui.player import edited_weight
from explorer.windows import NAMED_KERNELS, kernel, kernels_of

OWN = "Your own"
SUBSTITUTE = "Gaussian blur"  # exists at every size


def _in_use(store: ChoiceStore) -> str | None:
    """The chosen kernel's name, or the substitute's while the chosen one has no such size."""
    name = store.now.kernel
    height, width = store.now.window.kernel_size
    if name is None or NAMED_KERNELS[name].fits((height, width)):
        return name
    return SUBSTITUTE


def chosen_weight(store: ChoiceStore, in_channels: int) -> Tensor:
    """The weight (1, in_channels, height, width): the same named kernel in each channel, or own."""
    size = store.now.window.kernel_size
    if name := _in_use(store):
        height, width = size
        return kernel(name, (height, width)).expand(1, in_channels, -1, -1).clone()
    return reshaped(torch.tensor(store.now.weights), in_channels, size)[None]


def reshaped(weights: Tensor, channels: int, size: Sequence[int]) -> Tensor:
    """Weights (C, height, width) for another number of channels and size.

    Around the middle, zeros are added or cells cut off; one channel is repeated, several become
    their mean, which undoes repeating.
    """
    if len(weights) != channels:
        weights = weights.mean(dim=0, keepdim=True).expand(channels, -1, -1)
    sides: list[int] = []
    for now, wanted in zip(reversed(weights.shape[1:]), reversed(size), strict=True):
        before = (wanted - now) // 2
        sides += [before, wanted - now - before]
    return functional.pad(weights, sides)  # a negative side cuts


def kernel_control(store: ChoiceStore) -> None:
    """The list of kernels that exist at the chosen size, and what the chosen one does."""
    height, width = store.now.window.kernel_size
    name = _in_use(store)
    names = [each.name for each in kernels_of((height, width))]
    if store.now.weights is not None:
        names.append(OWN)

    def changed(chosen: str) -> None:
        store.change(kernel=None if chosen == OWN else chosen)

    st.selectbox(
        "Kernel",
        names,
        help="The grid of weights that slides over the picture. Click a weight in the player to "
        "change it. PyTorch: `weight`.",
        **store.bound("kernel", name or OWN, changed),
    )
    if name != store.now.kernel:
        st.info(
            f"{store.now.kernel} needs odd sizes from 3×3 on, to have a middle. "
            f"At {height}×{width} the kernel is {name} instead.",
            icon=":material/auto_fix_high:",
        )
    st.caption(NAMED_KERNELS[name].explains if name else "The weights you typed.")


def take_edited(store: ChoiceStore, sent: Any, shape: tuple[int, ...]) -> list[str]:
    """Use the weights that were typed into the player; says in words if they cannot be used."""
    try:
        weights = edited_weight(sent, shape)
    except ExplorerError as error:
        return [str(error)]
    store.change(kernel=None, weights=tuple(weights[0].tolist()))
    return []
