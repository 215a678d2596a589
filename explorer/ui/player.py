"""The player: the browser component that lets a window slide over a picture."""

from collections.abc import Callable
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.ui import assets

LARGEST_WEIGHT = 1000.0  # as in components/player/weights.js


def player(blob: bytes, *, key: str, on_kernel: Callable[[Any], None] | None = None) -> None:
    """Show a packed scene (`explorer.windows.scene.pack`).

    Args:
        blob: The scene; an unchanged one is not sent again.
        key: Keeps speed, place and whether it plays across changes.
        on_kernel: Called with what the browser sent when a weight was typed into the kernel;
            check it with `edited_weight`. Without it a typed weight changes nothing.
    """

    def edited() -> None:
        if on_kernel is not None:
            on_kernel(st.session_state[key]["kernel"])

    # A trigger and not a state: typing a weight again after another kernel was chosen must count.
    assets.component("player")(key=key, data=blob, on_kernel_change=edited)


def edited_weight(value: Any, shape: tuple[int, ...]) -> Tensor:
    """What the browser sent as a whole kernel, as float32 of the shape expected.

    Raises:
        ExplorerError: Another shape, or something other than numbers of a reasonable size.
    """
    return torch.tensor(_checked(value, shape), dtype=torch.float32)


def _checked(value: Any, shape: tuple[int, ...]) -> Any:
    if not shape:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and abs(value) <= LARGEST_WEIGHT:  # false for NaN
            return float(value)
        raise ExplorerError(
            f"{value!r:.40} is not a kernel weight.",
            f"Weights are numbers from {-LARGEST_WEIGHT:g} to {LARGEST_WEIGHT:g}.",
        )
    if not isinstance(value, list) or len(value) != shape[0]:
        raise ExplorerError(
            "The edited kernel no longer has the size of the kernel in use.", "Edit it again."
        )
    return [_checked(entry, shape[1:]) for entry in value]
