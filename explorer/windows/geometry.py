"""Where a sliding window lands: sizes, validity and the cells read, in 1, 2 or 3 dimensions.

Every value is a tuple with one entry per spatial axis, in PyTorch's order: (length,),
(height, width) or (depth, height, width). Size formula: the "Shape" section of
`torch.nn.Conv2d` and `torch.nn.MaxPool2d`, without `ceil_mode`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Self

from explorer.errors import ExplorerError
from explorer.windows.checks import AXES, before_and_after, check, is_sequence, per_axis
from explorer.windows.refusals import Operation, check_pooling, padded_text, too_large


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

    def padded_size(self, input_size: Sequence[int]) -> tuple[int, ...]:
        """The input's size with the padding of both sides."""
        size = per_axis("input size", input_size, self.dimensions)
        check("input size", size, self.dimensions, lowest=1, highest=None)
        return tuple(n + sum(pair) for n, pair in zip(size, self.padding, strict=True))

    def output_size(
        self, input_size: Sequence[int], operation: Operation = "convolution"
    ) -> tuple[int, ...]:
        """How many windows fit along each axis: floor((padded − span) / stride) + 1.

        Raises:
            ExplorerError: PyTorch would refuse this window on this input, in an axis's numbers.
        """
        padded = self.padded_size(input_size)
        if operation != "convolution":
            check_pooling(self, operation)
        for axis, (cells, available) in enumerate(zip(self.span, padded, strict=True)):
            if cells > available:
                raise too_large(self, input_size, axis, operation)
        return tuple(
            (n - span) // s + 1 for n, span, s in zip(padded, self.span, self.stride, strict=True)
        )

    def unused(self, input_size: Sequence[int]) -> tuple[int, ...]:
        """Padded cells at the end of each axis that no window reaches: what the floor drops."""
        return tuple(
            padded - ((count - 1) * stride + span)
            for padded, count, stride, span in zip(
                self.padded_size(input_size),
                self.output_size(input_size),
                self.stride,
                self.span,
                strict=True,
            )
        )

    def start(self, position: Sequence[int]) -> tuple[int, ...]:
        """The first padded-input cell that the window of an output position reads."""
        position = per_axis("position", position, self.dimensions)
        check("position", position, self.dimensions, lowest=0, highest=None)
        return tuple(p * s for p, s in zip(position, self.stride, strict=True))

    def cells(self, position: Sequence[int]) -> tuple[tuple[int, ...], ...]:
        """Per axis, the padded-input cells read; subtract the padding before for input cells."""
        return tuple(
            tuple(range(start, start + span, dilation))
            for start, span, dilation in zip(
                self.start(position), self.span, self.dilation, strict=True
            )
        )

    def formula(self, input_size: Sequence[int]) -> tuple[str, ...]:
        """Per axis PyTorch's size formula with the numbers put in.

        `"floor((5 + 2·1 − 1·(3−1) − 1) / 2) + 1 = 3"`
        """
        return tuple(
            f"floor(({padded_text(n, pair)} − {d}·({k}−1) − 1) / {s}) + 1 = {out}"
            for n, pair, d, k, s, out in zip(
                input_size,
                self.padding,
                self.dilation,
                self.kernel_size,
                self.stride,
                self.output_size(input_size),
                strict=True,
            )
        )


@dataclass(frozen=True)
class AxisRanges:
    """What each control of one axis may take while the others stay as they are.

    An empty range means that no value of this control alone makes the window legal. `padding`
    sets both sides alike; `padding_before` and `padding_after` set one and keep the other.
    """

    kernel_size: range
    stride: range
    padding: range
    padding_before: range
    padding_after: range
    dilation: range


def legal_ranges(
    window: Window,
    input_size: Sequence[int],
    operation: Operation = "convolution",
    *,
    largest_kernel_size: int = 11,
    largest_stride: int = 8,
    largest_padding: int = 8,
    largest_dilation: int = 8,
) -> tuple[AxisRanges, ...]:
    """Per axis, the values that PyTorch accepts, up to the largest that a page wants to offer.

    Found by trying each value, so that there is one rule of what is legal: `output_size`.
    """
    offered = AxisRanges(
        kernel_size=range(1, largest_kernel_size + 1),
        stride=range(1, largest_stride + 1),
        padding=range(largest_padding + 1),
        padding_before=range(largest_padding + 1),
        padding_after=range(largest_padding + 1),
        dilation=range(1, largest_dilation + 1),
    )
    return tuple(
        _axis_ranges(along, n, operation, offered) for along, n in _axes(window, input_size)
    )


def shared_ranges(ranges: Sequence[AxisRanges]) -> AxisRanges:
    """What one control that sets all axes alike may take, from the ranges of each axis."""

    def common(name: str) -> range:
        of_each = [getattr(axis, name) for axis in ranges]
        return range(max(r.start for r in of_each), min(r.stop for r in of_each))

    return AxisRanges(**{field.name: common(field.name) for field in fields(AxisRanges)})


def fitted(
    window: Window, input_size: Sequence[int], operation: Operation = "convolution"
) -> Window:
    """The window with each axis that is illegal on this input made smaller until it is legal.

    Such an axis loses, as far as needed, padding that pooling does not allow, then its dilation,
    then kernel cells; legal axes stay.
    """
    axes = [_fitted_axis(along, n, operation) for along, n in _axes(window, input_size)]
    return Window(
        tuple(axis.kernel_size[0] for axis in axes),
        window.stride,
        tuple(axis.padding[0] for axis in axes),
        tuple(axis.dilation[0] for axis in axes),
    )


def _fitted_axis(along: Window, n: int, operation: Operation) -> Window:
    (k,), ((before, after),), (d,) = along.kernel_size, along.padding, along.dilation
    trials = []
    for kernel_size, dilation in ((k, d), (k, 1), (min(k, n), 1)):
        limit = max(before, after) if operation == "convolution" else kernel_size // 2
        padding = (min(before, limit), min(after, limit))
        trials.append(Window((kernel_size,), along.stride, (padding,), (dilation,)))
    return next(trial for trial in trials if _accepts(trial, n, operation))


def _axes(window: Window, input_size: Sequence[int]) -> list[tuple[Window, int]]:
    """Each axis of the window as a window of its own, with the input's size along it."""
    entries = zip(window.kernel_size, window.stride, window.padding, window.dilation, strict=True)
    sizes = per_axis("input size", input_size, window.dimensions)
    return [
        (Window((k,), (s,), (pair,), (d,)), n)
        for (k, s, pair, d), n in zip(entries, sizes, strict=True)
    ]


def _axis_ranges(along: Window, n: int, operation: Operation, offered: AxisRanges) -> AxisRanges:
    ((before, after),) = along.padding

    def legal(values: range, changed: Callable[[int], Window]) -> range:
        found = [value for value in values if _accepts(changed(value), n, operation)]
        return range(found[0], found[-1] + 1) if found else range(0)

    return AxisRanges(
        legal(offered.kernel_size, lambda v: replace(along, kernel_size=(v,))),
        legal(offered.stride, lambda v: replace(along, stride=(v,))),
        legal(offered.padding, lambda v: replace(along, padding=((v, v),))),
        legal(offered.padding_before, lambda v: replace(along, padding=((v, after),))),
        legal(offered.padding_after, lambda v: replace(along, padding=((before, v),))),
        legal(offered.dilation, lambda v: replace(along, dilation=(v,))),
    )


def _accepts(window: Window, n: int, operation: Operation) -> bool:
    try:
        window.output_size((n,), operation)
    except ExplorerError:
        return False
    return True
