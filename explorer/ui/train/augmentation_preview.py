"""What a recipe's augmentation does to the samples of a data set."""

import threading

import streamlit as st
import torch
from torch import Tensor

from explorer.training.augment import augmenter
from explorer.training.recipe import Recipe

_STEP = "augmentation_step"
# PyTorch's random numbers belong to the whole process: one session at a time borrows them.
_random_numbers = threading.Lock()


def changed_pictures(images: Tensor, recipe: Recipe, step: int) -> Tensor | None:
    """Pictures (N, C, H, W) uint8 as a step of training would show them; None if unchanged."""
    augment = augmenter(recipe)
    if augment is None:
        return None
    with _random_numbers:
        changed = augment(images.float() / 255, step)
    return (changed * 255).round().to(torch.uint8)


def shown_step() -> int:
    """The step whose random changes are shown."""
    return st.session_state.get(_STEP, 1)


def another_step() -> None:
    """A button that shows other random changes."""

    def advance() -> None:
        st.session_state[_STEP] = shown_step() + 1

    st.button(
        "Again",
        icon=":material/casino:",
        key="augmentation_again",
        on_click=advance,
        help="Shows other random changes of the same pictures.",
    )
