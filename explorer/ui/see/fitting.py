"""Choices that a page's input does not allow are corrected before anything is drawn, in words."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from explorer.errors import ExplorerError
from explorer.ui.link_text import MOST_PADDING, sides_text
from explorer.ui.see.choice_store import ChoiceStore
from explorer.ui.see.chosen_input import along
from explorer.ui.see.chosen_window import window_choices, window_of
from explorer.ui.text import plain
from explorer.windows import Operation, Window, fitted

Kind = TypeVar("Kind", bound=Operation)

_LABELS = {
    "kernel": "Kernel size",
    "stride": "Stride",
    "padding": "Padding",
    "dilation": "Dilation",
    "output_padding": "Output padding",
}
_KINDS = {
    "pointwise": "A pointwise convolution is 1×1.",
    "average": "Average pooling has no dilation.",
    "lp": "Lp pooling has neither padding nor dilation.",
    "unpool": "Max-unpooling has no dilation.",
}


def fit(store: ChoiceStore[Any], operation: Kind, size: Sequence[int]) -> Kind:
    """The operation, made smaller where it is illegal on this input; choices follow, in words."""
    operation = _same_in_numbers(store, operation)
    try:
        operation.checked(size)
        reason = _KINDS.get(getattr(store.now, "kind", ""), "")
        result = operation
    except ExplorerError as error:
        reason = error.problem
        result = fitted(operation, size)
    window = getattr(result, "window", None)
    if isinstance(window, Window):
        _adopt(store, window, reason)
        _adopt_output_padding(store, getattr(result, "output_padding", None), reason)
    return result


def _same_in_numbers(store: ChoiceStore[Any], operation: Kind) -> Kind:
    """PyTorch refuses padding="same" with a stride: it becomes the numbers that it stood for."""
    window = getattr(operation, "window", None)
    same = getattr(store.now, "padding", None) == "same"
    if not same or not isinstance(window, Window) or max(window.stride) == 1:
        return operation
    sides = tuple(
        (min(before, MOST_PADDING), min(after, MOST_PADDING)) for before, after in window.padding
    )
    store.change(padding=sides)
    store.notice(
        'PyTorch\'s padding="same" takes stride 1 only; with another stride the padding is now '
        f"numbers: {sides_text(store.now.padding)}."
    )
    return replace(operation, window=replace(window, padding=sides))  # type: ignore[type-var]


def _adopt(store: ChoiceStore[Any], window: Window, reason: str) -> None:
    axes = window.dimensions
    before, first = window_of(store.now, axes), window_of(type(store.now)(), axes)
    if window == before:
        return
    told = [
        f"{_LABELS[name]} is now {_text(new)} instead of {_text(old)}."
        for name, old, new, default in (
            ("kernel", before.kernel_size, window.kernel_size, first.kernel_size),
            ("stride", before.stride, window.stride, first.stride),
            ("padding", before.padding, window.padding, first.padding),
            ("dilation", before.dilation, window.dilation, first.dilation),
        )
        # What nobody chose need not be mentioned: that pointwise is 1×1, its name says.
        if old != new and (old != default or reason not in _KINDS.values())
    ]
    store.change(**window_choices(store.now, window))
    if told:
        store.notice(plain(" ".join([reason, *told])))


def _adopt_output_padding(
    store: ChoiceStore[Any], output_padding: tuple[int, ...] | None, reason: str
) -> None:
    if output_padding is None:
        return
    before = along(store.now.output_padding, len(output_padding))
    if output_padding != before:
        store.change(output_padding=output_padding)
        store.notice(
            plain(
                f"{reason} Output padding is now {_text(output_padding)} instead of "
                f"{_text(before)}."
            )
        )


def with_window(operation: Kind, window: Window, output_padding: tuple[int, ...] | None) -> Kind:
    """The same operation with another window."""
    values: dict[str, Any] = {"window": window}
    if output_padding is not None and hasattr(operation, "output_padding"):
        values["output_padding"] = output_padding
    return replace(operation, **values)  # type: ignore[type-var]


def _text(values: Sequence[Any]) -> str:
    if all(value == values[0] for value in values):
        values = values[:1]
    return " and ".join(
        str(value[0] if isinstance(value, tuple) and value[0] == value[1] else value)
        for value in values
    )
