"""Max-unpooling: every pooled value goes back to the cell it was taken from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

from explorer.errors import ExplorerError
from explorer.windows.operation import OperationBase, Remedy, changed, window_settings
from explorer.windows.poolings import check_target
from explorer.windows.taps import AxisTaps, Pairs, TransposedAxis
from explorer.windows.window import Window


@dataclass(frozen=True)
class MaxUnpooling(OperationBase):
    """The partial inverse of max pooling: pooled values at their indices, zeros elsewhere.

    Its input is the pooled maps and their indices, flat positions in an output map as
    `max_indices` gives them. Where a cell is named more than once, the last pooled value stays.

    Attributes:
        window: The pooling's window. It only says which output sizes are possible.
        target_size: The output's size, one entry per axis; PyTorch's `output_size`.
    """

    kind: ClassVar[Literal["unpool"]] = "unpool"

    window: Window
    target_size: tuple[int, ...]

    def __post_init__(self) -> None:
        check_target(self.target_size)
        if len(self.target_size) != self.dimensions:
            raise ExplorerError(
                f"The output size has {len(self.target_size)} entries, but the window has "
                f"{self.dimensions}."
            )

    @property
    def dimensions(self) -> int:
        """How many spatial axes the window has."""
        return self.window.dimensions

    @property
    def general_formula(self) -> str:
        """PyTorch's size formula; other sizes less than a stride away can be chosen."""
        return "out = (n − 1)·stride − 2·padding + kernel, or less than a stride more or less"

    def axis(self, axis: int, n: int) -> TransposedAxis:
        """The arithmetic of the default size; which cells are read is up to the indices."""
        window = self.window
        return TransposedAxis(
            n, window.kernel_size[axis], window.stride[axis], window.padding[axis][0], 1, 0
        )

    def output_size(self, input_size: Sequence[int]) -> tuple[int, ...]:
        """The target size; raises where the window could not have come from it."""
        self.checked(input_size)
        return self.target_size

    def taps(self, input_size: Sequence[int]) -> tuple[AxisTaps, ...]:
        """Refused: the indices, not the axes, say what an output cell reads."""
        raise ExplorerError("What max-unpooling reads is not a matter of each axis by itself.")

    def reads(self, input_size: Sequence[int], position: Sequence[int]) -> tuple[Pairs, ...]:
        """Refused, as `taps`."""
        raise ExplorerError("What max-unpooling reads is not a matter of each axis by itself.")

    def possible(self, axis: int, n: int) -> range:
        """The output sizes that PyTorch accepts along an axis; the pooling's input was of one."""
        default, stride = self.axis(axis, n).size, self.window.stride[axis]
        return range(max(1, default - stride + 1), default + stride)

    def fault(self, axis: int, n: int) -> str | None:
        """Dilation, sides that differ, or a size that the window could not have come from."""
        name, window = self.axis_name(axis), self.window
        before, after = window.padding[axis]
        if window.dilation[axis] != 1:
            return (
                f"Max-unpooling has no dilation, but the dilation of {name} is "
                f"{window.dilation[axis]}."
            )
        if before != after:
            return (
                f"The padding of {name} is {before} before and {after} after, but unpooling has "
                "both sides alike."
            )
        sizes, target = self.possible(axis, n), self.target_size[axis]
        if target in sizes:
            return None
        if not sizes:
            return (
                f"A padding of {before} leaves no output: {n} cells with a kernel {name} of "
                f"{window.kernel_size[axis]} and stride {window.stride[axis]}."
            )
        return (
            f"The output {name} is {target}, but {n} cells can come only from {sizes[0]} to "
            f"{sizes[-1]} cells with a kernel {name} of {window.kernel_size[axis]}, stride "
            f"{window.stride[axis]} and padding {before}."
        )

    def remedies(self, axis: int, n: int) -> Iterator[Remedy]:
        """A possible size, or the setting that is not allowed undone."""
        name, window = self.axis_name(axis), self.window
        sides = set(window.padding[axis])
        if window.dilation[axis] != 1:
            yield "dilation 1", replace(self, window=changed(window, axis, dilation=1)), n
        if len(sides) > 1:
            for side in sorted(sides):
                alike = replace(self, window=changed(window, axis, padding=(side, side)))
                yield f"a padding of {side} on each side", alike, n
        sizes = self.possible(axis, n)
        if sizes and self.target_size[axis] not in sizes:
            target = min(max(self.target_size[axis], sizes[0]), sizes[-1])
            bound = (
                "at least" if target == sizes[0] and target > self.target_size[axis] else "at most"
            )
            yield f"an output {name} of {bound} {target}", self._with_target(axis, target), n
        if not sizes:
            yield "no padding", replace(self, window=changed(window, axis, padding=(0, 0))), n

    def smaller(self, axis: int, n: int) -> Iterator[Self]:
        """No dilation, padding alike, and the nearest possible size."""
        side = min(self.window.padding[axis])
        for cells in (side, 0):
            window = changed(self.window, axis, dilation=1, padding=(cells, cells))
            trial = replace(self, window=window)
            if sizes := trial.possible(axis, n):
                target = min(max(self.target_size[axis], sizes[0]), sizes[-1])
                yield trial._with_target(axis, target)

    def _with_target(self, axis: int, cells: int) -> Self:
        entries = list(self.target_size)
        entries[axis] = cells
        return replace(self, target_size=tuple(entries))

    def _formula(self, axis: int, n: int) -> str:
        along, target = self.axis(axis, n), self.target_size[axis]
        sizes = self.possible(axis, n)
        chosen = f"; {target} is chosen from {sizes[0]} to {sizes[-1]}"
        return (
            f"({n} − 1)·{along.stride} − 2·{along.padding} + {along.kernel_size} = {along.size}"
            f"{chosen if target != along.size else ''}"
        )

    def settings(self, axis: int) -> dict[str, str]:
        """The settings along an axis."""
        name = self.axis_name(axis)
        settings = window_settings(self.window, axis, name)
        return {**settings, f"output {name}": str(self.target_size[axis])}

    def header(self) -> dict[str, Any]:
        """The settings as plain values."""
        return {
            "kind": self.kind,
            "kernel_size": self.window.kernel_size,
            "stride": self.window.stride,
            "padding": self.window.padding,
            "output_size": self.target_size,
        }
