"""A sliding window: a kernel's size and how it moves, in 1, 2 or 3 dimensions.

Every value is a tuple with one entry per spatial axis, in PyTorch's order: (length,),
(height, width) or (depth, height, width).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from explorer.errors import ExplorerError
from explorer.windows.checks import AXES, before_and_after, check, is_sequence, per_axis


@dataclass(frozen=True)
class Window:
    """A kernel's size and how it moves, one entry per spatial axis. Build it with `Window.of`.

    Attributes:
        kernel_size: Cells of the kernel.
        stride: Cells from one window to the next.
        padding: Cells added (before, after) the input.
        dilation: Cells from one kernel cell to the next; 1 leaves no gap.
    """

    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    dilation: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.dimensions not in AXES:
            raise ExplorerError(
                f"A window has 1, 2 or 3 axes, not {self.dimensions}.",
                "Give one kernel size per axis, for example (3, 3).",
            )
        check("kernel size", self.kernel_size, self.dimensions, lowest=1)
        check("stride", self.stride, self.dimensions, lowest=1)
        check("dilation", self.dilation, self.dimensions, lowest=1)
        for side in (0, 1):
            check("padding", [pair[side] for pair in self.padding], self.dimensions, lowest=0)

    @classmethod
    def of(
        cls,
        kernel_size: int | Sequence[int],
        stride: int | Sequence[int] = 1,
        padding: int | Sequence[int | Sequence[int]] = 0,
        dilation: int | Sequence[int] = 1,
        *,
        dimensions: int = 2,
    ) -> Self:
        """A window from numbers that hold for all axes or sequences with one entry per axis.

        A padding entry is one number for both sides of its axis or a (before, after) pair.
        `Window.of(3, stride=(2, 1))` has `kernel_size` (3, 3) and `stride` (2, 1).

        Raises:
            ExplorerError: Not whole numbers, not one entry per axis, or out of bounds.
        """
        if dimensions not in AXES:
            raise ExplorerError(f"A window has 1, 2 or 3 axes, not {dimensions!r}.")
        sides = padding if is_sequence(padding) else [padding] * dimensions
        return cls(
            per_axis("kernel size", kernel_size, dimensions),
            per_axis("stride", stride, dimensions),
            tuple(before_and_after(entry) for entry in sides),
            per_axis("dilation", dilation, dimensions),
        )

    @property
    def dimensions(self) -> int:
        """How many spatial axes the window has: 1, 2 or 3."""
        return len(self.kernel_size)

    @property
    def span(self) -> tuple[int, ...]:
        """Cells the kernel covers along each axis, gaps included: dilation · (kernel − 1) + 1."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel_size, self.dilation, strict=True))

    @property
    def alike(self) -> bool:
        """Whether every axis is padded by as many cells before as after."""
        return all(before == after for before, after in self.padding)


def same_padding(
    kernel_size: Sequence[int], dilation: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """The padding that PyTorch calls "same": with stride 1 the output is as large as the input.

    In all dilation · (kernel − 1) cells an axis, half of them before the input; of an odd number
    (a kernel of even size) the one left over goes to the end; textbooks often put it first.
    """
    totals = [d * (k - 1) for k, d in zip(kernel_size, dilation, strict=True)]
    return tuple((total // 2, total - total // 2) for total in totals)
