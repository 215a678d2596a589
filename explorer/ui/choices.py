"""What the controls of a page say, kept for the session under the page's own name.

Widgets are views on these choices: each writes its value back when it changes, and is set from
them before it is drawn. So values survive going to another page and back, and a choice that became
impossible can be corrected before anything is drawn.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from explorer.media import Mode
from explorer.windows import Pooling, Window

SIDES = (28, 64, 128, 224)


@dataclass(frozen=True)
class Choices:
    """A page's choices.

    Attributes:
        window: Kernel size, stride, padding and dilation.
        per_axis: Whether height and width have controls of their own.
        mode: How the picture is taken: grayscale or RGB.
        longest_side: Cells along the picture's longer side.
        kernel: Name of the kernel, or None for weights of one's own.
        weights: One's own weights, nested as [channel][row][column]; None for a named kernel.
        bias: Added to every output cell.
        pooling: Which pooling.
    """

    window: Window
    per_axis: bool = False
    mode: Mode = "grayscale"
    longest_side: int = SIDES[1]
    kernel: str | None = None
    weights: tuple[Any, ...] | None = None
    bias: float = 0.0
    pooling: Pooling = "max"


class ChoiceStore:
    """The choices of one page in this session.

    Args:
        page: The page's name; begins every key.
        first: What the page opens with.
    """

    def __init__(self, page: str, first: Choices) -> None:
        self.page = page
        self._key = f"{page}_choices"
        st.session_state.setdefault(self._key, first)

    @property
    def now(self) -> Choices:
        return st.session_state[self._key]

    def change(self, **values: Any) -> None:
        """Replace some of the choices."""
        st.session_state[self._key] = replace(self.now, **values)

    def bound(self, name: str, value: Any, changed: Callable[[Any], None]) -> dict[str, Any]:
        """Arguments for a widget that shows `value` and calls `changed` with a new one."""
        key = f"{self.page}_{name}"
        st.session_state[key] = value
        return {"key": key, "on_change": lambda: changed(st.session_state[key])}

    def field(self, name: str) -> dict[str, Any]:
        """Arguments for a widget that shows and changes the choice of this name."""
        return self.bound(name, getattr(self.now, name), lambda value: self.change(**{name: value}))
