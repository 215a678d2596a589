"""Controls of a sliding window: each offers what is legal given the others."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from explorer.ui.choices import ChoiceStore
from explorer.windows import Operation, Window, fitted, legal_ranges, shared_ranges

AXES = ("height", "width")


@dataclass(frozen=True)
class _Control:
    field: str
    label: str
    noun: str  # before "height" or "width"
    help: str


CONTROLS = (
    _Control(
        "kernel_size",
        "Kernel size",
        "Kernel",
        "How many cells the window covers, along height and width. PyTorch: `kernel_size`.",
    ),
    _Control(
        "stride",
        "Stride",
        "Stride",
        "How many cells the window moves from one step to the next; 2 halves the output. "
        "PyTorch: `stride`.",
    ),
    _Control(
        "padding",
        "Padding",
        "Padding",
        "Rings of extra cells around the picture, so that the window can sit on its edge. "
        "PyTorch: `padding`.",
    ),
    _Control(
        "dilation",
        "Dilation",
        "Dilation",
        "Distance between the cells the window reads: 1 reads neighbours, 2 skips every other "
        "cell and so looks wider with as many weights. PyTorch: `dilation`.",
    ),
)


def corrected(store: ChoiceStore, input_size: Sequence[int], operation: Operation) -> list[str]:
    """Make the chosen window fit this input; says in words what was changed, if anything."""
    before = store.now.window
    after = fitted(before, input_size, operation)
    if after == before:
        return []
    store.change(window=after)
    size = "×".join(map(str, input_size))
    why = {
        "convolution": f"a {size} picture takes no more",
        "max": f"max pooling of a {size} picture takes no more",
        "average": f"average pooling of a {size} picture takes no more",
    }[operation]
    return [
        f"{control.label} is now {_text(getattr(after, control.field))} instead of "
        f"{_text(getattr(before, control.field))}: {why}."
        for control in CONTROLS
        if getattr(after, control.field) != getattr(before, control.field)
    ]


def window_controls(store: ChoiceStore, input_size: Sequence[int], operation: Operation) -> None:
    """Sliders for kernel size, stride, padding and (where there is one) dilation."""
    window = store.now.window
    ranges = legal_ranges(window, input_size, operation)
    for control in CONTROLS:
        if control.field == "dilation" and operation == "average":
            continue
        values = _per_axis(window, control.field)
        if store.now.per_axis:
            for axis, column in enumerate(st.columns(len(values), wrap=False)):
                name = f"{control.noun} {AXES[axis]}"
                allowed = getattr(ranges[axis], control.field)
                with column:
                    _slider(store, control, name, values[axis], allowed, (axis,))
        else:
            allowed = getattr(shared_ranges(ranges), control.field)
            axes = tuple(range(len(values)))
            _slider(store, control, control.label, values[0], allowed, axes)


def axes_toggle(store: ChoiceStore) -> None:
    """Whether height and width are set apart; put together again, both take the height's value."""

    def changed(apart: bool) -> None:
        window = store.now.window
        if not apart:
            window = replace(
                window,
                **{
                    control.field: (getattr(window, control.field)[0],) * window.dimensions
                    for control in CONTROLS
                },
            )
        store.change(per_axis=apart, window=window)

    st.toggle(
        "Height and width apart",
        help="Every PyTorch parameter above also takes a pair: (height, width).",
        **store.bound("per_axis", store.now.per_axis, changed),
    )


def _slider(
    store: ChoiceStore,
    control: _Control,
    label: str,
    value: int,
    allowed: range,
    axes: tuple[int, ...],
) -> None:
    if len(allowed) < 2:
        st.caption(f"{label}: **{value}** (nothing else fits)", help=control.help)
        return

    def changed(chosen: int) -> None:
        values: list[Any] = list(getattr(store.now.window, control.field))
        for axis in axes:
            values[axis] = (chosen, chosen) if control.field == "padding" else chosen
        store.change(window=replace(store.now.window, **{control.field: tuple(values)}))

    name = control.field + "".join(f"_{axis}" for axis in axes)
    # A range of its own is a slider of its own: Streamlit would reset it, and complain of values.
    bounds = f"{allowed.start}_{allowed.stop}"
    st.slider(
        label,
        allowed.start,
        allowed.stop - 1,
        help=control.help if 0 in axes else None,  # once per control is enough
        **store.bound(f"{name}_{bounds}", value, changed),
    )


def _per_axis(window: Window, field: str) -> tuple[int, ...]:
    values = getattr(window, field)
    return tuple(before for before, _ in values) if field == "padding" else values


def _text(values: Sequence[Any]) -> str:
    if all(value == values[0] for value in values):
        values = values[:1]
    return " and ".join(
        str(value[0] if isinstance(value, tuple) and value[0] == value[1] else value)
        for value in values
    )
