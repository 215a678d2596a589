"""The player: the browser component that lets a window slide over a picture.

It answers while something is dragged or typed by itself; what it then sends is checked here before
it is used, for anything can come from a browser.
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, TypeVar

import streamlit as st
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.ui import assets
from explorer.ui.link_text import (
    LARGEST_NUMBER,
    MOST_DILATION,
    MOST_KERNEL,
    MOST_STRIDE,
    Views,
)

TRIGGERS = ("kernel", "window", "input", "view")
_MOST_SAME = (MOST_KERNEL - 1) * MOST_DILATION  # cells of padding="same" in all, at most

_Whole = Annotated[int, Field(strict=True)]
_Side = Annotated[int, Field(strict=True, ge=0, le=_MOST_SAME)]


def player(blob: bytes, *, key: str, on_change: Callable[[str, Any], None]) -> None:
    """Show a packed scene (`explorer.windows.scene.pack`).

    Args:
        blob: The scene; an unchanged one is not sent again.
        key: Keeps speed, place and whether it plays across changes.
        on_change: Called with the name of what was changed in the browser (one of `TRIGGERS`) and
            what the browser sent. Check it: `sent_weight`, `sent_window`, `sent_input`,
            `sent_view`.
    """

    def changed(name: str) -> None:
        on_change(name, st.session_state[key][name])

    # Triggers and not states: typing a weight again after another kernel was chosen must count.
    callbacks = {f"on_{name}_change": partial(changed, name) for name in TRIGGERS}
    assets.component("player")(key=key, data=blob, **callbacks)


class _Sent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SentWindow(_Sent):
    """A window dragged in the player, one entry per axis."""

    kernel_size: tuple[Annotated[_Whole, Field(ge=1, le=MOST_KERNEL)], ...]
    stride: tuple[Annotated[_Whole, Field(ge=1, le=MOST_STRIDE)], ...]
    padding: tuple[tuple[_Side, _Side], ...]
    dilation: tuple[Annotated[_Whole, Field(ge=1, le=MOST_DILATION)], ...]
    output_padding: tuple[Annotated[_Whole, Field(ge=0, le=7)], ...] | None = None


class SentInput(_Sent):
    """A cell of the input that was typed: its flat index into (C, *spatial), and the number."""

    index: Annotated[_Whole, Field(ge=0)]
    value: Annotated[float, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER, allow_inf_nan=False)]

    @field_validator("value", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        if isinstance(value, bool | str):
            raise ValueError("a number is wanted")
        return value


class SentView(_Sent):
    """The pinned output cell, the map shown and the views that are open."""

    step: Annotated[_Whole, Field(ge=0, le=99_999_999)] | None = None
    map: Annotated[_Whole, Field(ge=0, le=255)] = 0
    views: Views = ()


_Kind = TypeVar("_Kind", bound=_Sent)


def sent_window(value: Any, axes: int) -> SentWindow:
    """What the browser sent as a window with so many axes.

    Raises:
        ExplorerError: Anything else, or numbers out of bounds.
    """
    window = _checked_model(SentWindow, value, "window")
    entries = (window.kernel_size, window.stride, window.padding, window.dilation)
    if any(len(entry) != axes for entry in (*entries, window.output_padding or (0,) * axes)):
        raise ExplorerError("The dragged window no longer has the axes in use.", "Drag it again.")
    return window


def sent_input(value: Any, count: int) -> SentInput:
    """What the browser sent as an edited cell of an input with so many cells.

    Raises:
        ExplorerError: Anything else, or a cell that does not exist.
    """
    sent = _checked_model(SentInput, value, "cell")
    if sent.index >= count:
        raise ExplorerError("The edited cell is no longer part of the input.", "Edit it again.")
    return sent


def sent_view(value: Any) -> SentView:
    """What the browser sent about what is pinned and open.

    Raises:
        ExplorerError: Anything else.
    """
    return _checked_model(SentView, value, "view")


def _checked_model(model: type[_Kind], value: Any, what: str) -> _Kind:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = " ".join(str(part) for part in first["loc"][:1])
        raise ExplorerError(
            f"The {what} sent by the browser cannot be used ({where}: {first['msg']:.80}).",
            "What was there before stays.",
        ) from None


def sent_weight(value: Any, shape: tuple[int, ...]) -> Tensor:
    """What the browser sent as a whole weight, as float32 of the shape expected.

    Raises:
        ExplorerError: Another shape, or something other than numbers of a reasonable size.
    """
    return torch.tensor(_checked(value, shape), dtype=torch.float32)


def _checked(value: Any, shape: tuple[int, ...]) -> Any:
    if not shape:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and abs(value) <= LARGEST_NUMBER:  # false for NaN
            return float(value)
        raise ExplorerError(
            f"{value!r:.40} is not a kernel weight.",
            f"Weights are numbers from {-LARGEST_NUMBER:g} to {LARGEST_NUMBER:g}.",
        )
    if not isinstance(value, list) or len(value) != shape[0]:
        raise ExplorerError(
            "The edited kernel no longer has the size of the kernel in use.", "Edit it again."
        )
    return [_checked(entry, shape[1:]) for entry in value]
