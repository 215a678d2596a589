"""What was changed in the player becomes choices of its page; what cannot be is said in words."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from torch import Tensor

from explorer.errors import ExplorerError
from explorer.ui.link_text import MOST_EDITS
from explorer.ui.see.choice_store import ChoiceStore
from explorer.ui.see.chosen_input import ChosenInput, typed_with
from explorer.ui.see.chosen_weights import Layout, own_numbers, refitted, use_own
from explorer.ui.see.chosen_window import window_choices
from explorer.ui.see.fitting import with_window
from explorer.ui.see.player import sent_input, sent_view, sent_weight, sent_window
from explorer.ui.text import plain
from explorer.windows import Operation, Window

TakeWeight = Callable[[Tensor], None]


class PlayerEvents:
    """Takes what the player sends; an instance is the player's `on_change`.

    Args:
        store: The page's choices.
        chosen: The operation's input.
        operation: The operation that is shown.
        weight: Its weight, or None.
        layout: How the weight is laid out, or None.
        take_weight: What to do with an edited weight, if not the usual.
        sent_shape: Of the weight that the player has, where that is not `weight`.
        fixed_window: Why the window cannot be changed here, or None.
        fixed_input: Why the input cannot be edited here, or None.
    """

    def __init__(
        self,
        store: ChoiceStore[Any],
        chosen: ChosenInput,
        operation: Operation,
        weight: Tensor | None = None,
        layout: Layout | None = None,
        *,
        take_weight: TakeWeight | None = None,
        sent_shape: tuple[int, ...] | None = None,
        fixed_window: str | None = None,
        fixed_input: str | None = None,
    ) -> None:
        self.store, self.chosen, self.operation = store, chosen, operation
        self.weight, self.layout = weight, layout
        self.take_weight = take_weight or self._own_weight
        self.sent_shape = sent_shape or (None if weight is None else tuple(weight.shape))
        self.fixed_window, self.fixed_input = fixed_window, fixed_input

    def __call__(self, name: str, value: Any) -> None:
        handlers = {
            "kernel": self._kernel,
            "window": self._window,
            "input": self._input,
            "view": self._view,
        }
        try:
            handlers[name](value)
        except ExplorerError as error:
            self.store.notice(plain(str(error)))

    def _kernel(self, value: Any) -> None:
        if self.sent_shape is None:
            raise ExplorerError("This operation has no weights.")
        self.take_weight(sent_weight(value, self.sent_shape))

    def _own_weight(self, weight: Tensor) -> None:
        assert self.layout is not None
        use_own(self.store, weight, self.layout)

    def _window(self, value: Any) -> None:
        if self.fixed_window:
            raise ExplorerError(self.fixed_window)
        axes = self.chosen.axes
        sent = sent_window(value, axes)
        window = Window.of(
            sent.kernel_size, sent.stride, sent.padding, sent.dilation, dimensions=axes
        )
        with_window(self.operation, window, sent.output_padding).checked(self.chosen.size)
        now = self.store.now
        changes = window_choices(now, window)
        if sent.output_padding is not None and "output_padding" in type(now).model_fields:
            changes["output_padding"] = sent.output_padding
        self.store.change(**changes)
        # Numbers of one's own go along: the browser shows them with zeros around, or cut.
        if self.weight is not None and self.layout is not None and own_numbers(now):
            shape = (*self.weight.shape[:2], *window.kernel_size)
            layout = replace(self.layout, kernel_size=window.kernel_size)
            use_own(self.store, refitted(self.weight, shape), layout)

    def _input(self, value: Any) -> None:
        if self.fixed_input:
            raise ExplorerError(self.fixed_input)
        sent = sent_input(value, self.chosen.values.numel())
        now = self.store.now
        if now.input in ("signal", "grid"):
            cells = typed_with(getattr(now, now.input), sent.index, sent.value)
            self.store.change(**{now.input: cells})
            return
        edits = {**dict(now.edits), sent.index: sent.value}
        if len(edits) > MOST_EDITS:
            raise ExplorerError(
                f"{MOST_EDITS} cells are edited, which is as many as are kept.",
                "Choose the input anew to begin again.",
            )
        self.store.change(edits=tuple(edits.items()))

    def _view(self, value: Any) -> None:
        sent = sent_view(value)
        self.store.change(step=sent.step, map=sent.map, views=sent.views)
