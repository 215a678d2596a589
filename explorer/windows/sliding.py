"""What convolution and pooling share: a kernel slid over the padded input."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Self

from explorer.windows.operation import (
    OperationBase,
    Remedy,
    changed,
    padded_text,
    times,
    window_settings,
)
from explorer.windows.taps import SlidingAxis
from explorer.windows.window import Window


class Sliding(OperationBase):
    """An operation whose output is one value per window that fits."""

    window: Window

    @property
    def dimensions(self) -> int:
        """How many spatial axes the window has."""
        return self.window.dimensions

    @abstractmethod
    def with_window(self, window: Window) -> Self:
        """The same operation with another window."""

    @abstractmethod
    def axis(self, axis: int, n: int) -> SlidingAxis:
        """The arithmetic of one axis."""

    @abstractmethod
    def most_padding(self, axis: int, n: int) -> int | None:
        """The largest padding of a side that PyTorch takes; None without a limit."""

    def settings(self, axis: int) -> dict[str, str]:
        """The window's settings along an axis."""
        return window_settings(self.window, axis, self.axis_name(axis))

    def unused(self, input_size: Sequence[int]) -> tuple[int, ...]:
        """Padded cells at the end of each axis that no window reaches: what the floor drops."""
        rest = []
        for axis, n in enumerate(self.checked(input_size)):
            along = self.axis(axis, n)
            # with ceil_mode the last window may reach further than the padding
            rest.append(max(0, along.padded - (along.size - 1) * along.stride - along.span))
        return tuple(rest)

    def _too_large(self, axis: int, n: int) -> str | None:
        """The fault of a kernel that covers more than the padded axis."""
        along = self.axis(axis, n)
        if along.size >= 1:
            return None
        window, name = self.window, self.axis_name(axis)
        dilated = f" with dilation {_alike(window.dilation)}" if set(window.dilation) != {1} else ""
        size = times(window.kernel_size)
        kernel = f"{size} kernel" if self.dimensions > 1 else f"kernel of {size}"
        available = f"{name} is only {n}"
        if along.padded > n:
            available = f"padded {name} is only {along.padded} ({padded_text(n, along.padding)})"
        return f"The {kernel}{dilated} covers {along.span} cells, but the {available}."

    def remedies(self, axis: int, n: int) -> Iterator[Remedy]:
        """Smaller kernel or dilation, more or less padding, a larger picture."""
        along, name = self.axis(axis, n), self.axis_name(axis)
        k, d = along.kernel_size, along.dilation
        # with ceil_mode the one window may reach beyond, by less than a stride
        beyond = along.stride - 1 if along.ceil_mode else 0
        room = along.padded + beyond

        def using(**settings: int | tuple[int, int]) -> Self:
            return self.with_window(changed(self.window, axis, **settings))

        most = self.most_padding(axis, n)
        if most is not None and max(along.padding) > most:
            less = (min(along.padding[0], most), min(along.padding[1], most))
            yield f"a padding of at most {most}", using(padding=less), n
            yield from self._for_the_padding(axis, n)
            return
        smaller = (room - 1) // d + 1
        yield f"a kernel {name} of at most {smaller}", using(kernel_size=smaller), n
        if d > 1 and k > 1 and (room - 1) // (k - 1) >= 1:
            flatter = (room - 1) // (k - 1)
            yield f"a dilation of at most {flatter}", using(dilation=flatter), n
        wider = (along.span - beyond - n + 1) // 2
        yield f"a padding of at least {wider} on each side", using(padding=(wider, wider)), n
        larger = along.span - beyond - sum(along.padding)
        yield f"a picture whose {name} is at least {larger}", self, larger

    def _for_the_padding(self, axis: int, n: int) -> Iterator[Remedy]:
        """What else mends too much padding."""
        yield from ()

    def smaller(self, axis: int, n: int) -> Iterator[Self]:
        """Less padding, then no dilation, then a smaller kernel."""
        window = self.window
        k, d = window.kernel_size[axis], window.dilation[axis]
        for kernel_size, dilation in ((k, d), (k, 1), (min(k, n), 1)):
            trial = changed(window, axis, kernel_size=kernel_size, dilation=dilation)
            most = self.with_window(trial).most_padding(axis, n)
            yield self.with_window(changed(trial, axis, padding=self._cut(axis, most)))

    def _cut(self, axis: int, most: int | None) -> tuple[int, int]:
        """The padding of an axis with no more than `most` on a side."""
        before, after = self.window.padding[axis]
        return (before, after) if most is None else (min(before, most), min(after, most))


def _alike(values: Sequence[int]) -> str:
    return str(values[0]) if len(set(values)) == 1 else times(values)
