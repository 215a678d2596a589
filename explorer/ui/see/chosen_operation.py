"""The operation that a page's choices ask for, before it is fitted to the input."""

from dataclasses import replace
from typing import Any

from explorer.ui.see.choices import (
    ConvolutionChoices,
    PoolingChoices,
    TransposedChoices,
    VolumeChoices,
)
from explorer.ui.see.chosen_input import along
from explorer.ui.see.chosen_window import window_of
from explorer.windows import (
    AdaptivePooling,
    Convolution,
    Pooling,
    TransposedConvolution,
    Window,
)

POOLINGS = {"max": "max", "average": "average", "lp": "lp", "unpool": "max"}


def largest_divisor(wanted: int, *numbers: int) -> int:
    """The largest number up to `wanted` that divides all of `numbers`."""
    return next(n for n in range(wanted, 0, -1) if all(number % n == 0 for number in numbers))


def convolution(choices: ConvolutionChoices, axes: int, channels: int) -> Convolution:
    """The first (or only) stage of the page Convolution."""
    window = window_of(choices, axes)
    groups = 1
    if choices.kind == "pointwise":
        window = replace(window, kernel_size=(1,) * axes, dilation=(1,) * axes)
        if choices.padding == "same":
            window = replace(window, padding=((0, 0),) * axes)
    elif choices.kind in ("depthwise", "separable"):
        groups = channels
    elif choices.kind == "grouped":
        groups = largest_divisor(choices.groups, channels)
    return Convolution(window, choices.padding_mode, groups)


def mixing(axes: int) -> Convolution:
    """The second stage of a depthwise-separable convolution: 1×1 over all channels."""
    return Convolution(Window.of(1, dimensions=axes))


def pooling(choices: PoolingChoices, size: tuple[int, ...]) -> Pooling | AdaptivePooling:
    """The pooling of an input of this size; for max-unpooling the pooling before it."""
    axes = len(size)
    if choices.kind.startswith(("adaptive", "global")):
        whole = choices.kind.startswith("global")
        output = (1,) * axes if whole else along(choices.output_size, axes)
        return AdaptivePooling(
            "adaptive_max" if choices.kind.endswith("max") else "adaptive_average", output
        )
    window = window_of(choices, axes)
    if choices.kind in ("average", "lp", "unpool"):
        window = replace(window, dilation=(1,) * axes)
    if choices.kind == "lp":
        window = replace(window, padding=((0, 0),) * axes)
    return pooling_of(POOLINGS[choices.kind], window, choices)


def pooling_of(kind: Any, window: Window, choices: PoolingChoices | VolumeChoices) -> Pooling:
    """A pooling with the settings that its kind has."""
    settings: dict[str, Any] = {}
    if choices.kind != "unpool":
        settings["ceil_mode"] = choices.ceil_mode
    if kind == "average":
        settings |= {
            "count_include_pad": choices.count_include_pad,
            "divisor_override": choices.divisor_override if window.dimensions > 1 else None,
        }
    if kind == "lp" and isinstance(choices, PoolingChoices):
        settings["norm_type"] = choices.norm_type
    return Pooling(kind, window, **settings)


def transposed(choices: TransposedChoices, axes: int, channels: int) -> TransposedConvolution:
    """The operation of the page Transposed."""
    return TransposedConvolution(
        window_of(choices, axes),
        along(choices.output_padding, axes),
        largest_divisor(choices.groups, channels),
    )


def volume(choices: VolumeChoices, channels: int) -> Convolution | Pooling:
    """The operation of the page Volume."""
    window = window_of(choices, 3)
    if choices.kind == "convolution":
        groups = largest_divisor(choices.groups, channels)
        return Convolution(window, choices.padding_mode, groups)
    if choices.kind == "average":
        window = replace(window, dilation=(1, 1, 1))
    return pooling_of(choices.kind, window, choices)
