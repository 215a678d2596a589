"""The window that a page's choices ask for, and choices made of a window that was dragged."""

from typing import Any

from explorer.ui.see.choices import Choices
from explorer.ui.see.chosen_input import along
from explorer.windows import Window, same_padding


def window_of(choices: Choices, axes: int) -> Window:
    """The window over an input with so many axes; "same" padding becomes its numbers."""
    kernel_size, dilation = along(choices.kernel, axes), along(choices.dilation, axes)
    padding: Any = getattr(choices, "padding", ((0, 0),))
    sides = same_padding(kernel_size, dilation) if padding == "same" else along(padding, axes)
    return Window.of(kernel_size, along(choices.stride, axes), sides, dilation, dimensions=axes)


def window_choices(choices: Choices, window: Window) -> dict[str, Any]:
    """What to change so that the choices ask for this window.

    "same" stays "same" while the padding is what "same" gave before or gives now.
    """
    values = {
        "kernel": window.kernel_size,
        "stride": window.stride,
        "padding": window.padding,
        "dilation": window.dilation,
    }
    if getattr(choices, "padding", None) == "same" and max(window.stride) == 1:
        before = window_of(choices, window.dimensions).padding
        if window.padding in (before, same_padding(window.kernel_size, window.dilation)):
            values["padding"] = "same"
    if "padding" not in type(choices).model_fields:
        del values["padding"]
    return values
