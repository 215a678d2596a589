"""Convolution and transposed convolution, their settings and their sizes.

PyTorch lays the kernel on the picture as it is written (cross-correlation, no flip).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self, get_args

from explorer.errors import ExplorerError
from explorer.windows.checks import check, whole
from explorer.windows.operation import OperationBase, Remedy, changed, padded_text, window_settings
from explorer.windows.sliding import Sliding
from explorer.windows.taps import PaddingMode, SlidingAxis, TransposedAxis
from explorer.windows.window import Window

MOST_GROUPS = 10_000


@dataclass(frozen=True)
class Convolution(Sliding):
    """Each output cell is the sum of what its window covers, cell by cell times the weight.

    Attributes:
        window: How the kernel moves; the padding of the two sides of an axis may differ.
        padding_mode: What the padded cells hold: zeros, the picture mirrored at its edge
            ("reflect"), its edge repeated ("replicate") or its other end ("circular").
        groups: Into how many groups the channels are divided; an output channel reads only the
            input channels of its group. The weight is (out, in / groups, *kernel_size).
    """

    kind: ClassVar[Literal["convolution"]] = "convolution"

    window: Window
    padding_mode: PaddingMode = "zeros"
    groups: int = 1

    def __post_init__(self) -> None:
        _check_groups(self.groups)
        if self.padding_mode not in get_args(PaddingMode):
            raise ExplorerError(
                f"There is no padding mode {self.padding_mode!r:.40}.",
                f"There are: {', '.join(get_args(PaddingMode))}.",
            )

    @property
    def general_formula(self) -> str:
        """PyTorch's size formula; its padding is that of one side."""
        return "out = floor((n + 2·padding − dilation·(kernel − 1) − 1) / stride) + 1"

    def with_window(self, window: Window) -> Self:
        """The same convolution with another window."""
        return replace(self, window=window)

    def axis(self, axis: int, n: int) -> SlidingAxis:
        """The arithmetic of one axis."""
        window = self.window
        return SlidingAxis(
            n,
            window.kernel_size[axis],
            window.stride[axis],
            window.padding[axis],
            window.dilation[axis],
            padding_mode=self.padding_mode,
        )

    def most_padding(self, axis: int, n: int) -> int | None:
        """A mirror shows no more than n − 1 cells, the other end no more than n."""
        return {"reflect": n - 1, "circular": n}.get(self.padding_mode)

    def fault(self, axis: int, n: int) -> str | None:
        """Padding that the picture cannot fill, or a kernel that does not fit."""
        most, widest = self.most_padding(axis, n), max(self.window.padding[axis])
        if most is not None and widest > most:
            why = (
                "mirrors the cells beside the edge"
                if self.padding_mode == "reflect"
                else "repeats the other end once"
            )
            name = self.axis_name(axis)
            return (
                f"The padding of {widest} in {name} is too much for a picture whose {name} is {n}: "
                f"{self.padding_mode} padding {why}, which gives at most {most}."
            )
        return self._too_large(axis, n)

    def _for_the_padding(self, axis: int, n: int) -> Iterator[Remedy]:
        needed = max(self.window.padding[axis]) + (self.padding_mode == "reflect")
        along = self.axis(axis, n)
        needed = max(needed, along.span - sum(along.padding))
        yield f"a picture whose {self.axis_name(axis)} is at least {needed}", self, needed
        for mode in ("zeros", "replicate"):
            yield f"the padding mode {mode}", replace(self, padding_mode=mode), n

    def _formula(self, axis: int, n: int) -> str:
        along = self.axis(axis, n)
        return (
            f"floor(({padded_text(n, along.padding)} − {along.dilation}·({along.kernel_size}−1) "
            f"− 1) / {along.stride}) + 1 = {along.size}"
        )

    def textbook(self, input_size: Sequence[int]) -> tuple[str, ...]:
        """Per axis floor((n − k + p + s) / s), where p is the TOTAL padding of both sides.

        A dilated kernel counts with the cells it covers. Dive into Deep Learning, section 7.3.
        """
        texts = []
        for axis, n in enumerate(self.checked(input_size)):
            along = self.axis(axis, n)
            total, stride = sum(along.padding), along.stride
            texts.append(
                f"floor(({n} − {along.span} + {total} + {stride}) / {stride}) = {along.size}"
            )
        return tuple(texts)

    def header(self) -> dict[str, Any]:
        """The settings as plain values."""
        return {
            "kind": self.kind,
            "kernel_size": self.window.kernel_size,
            "stride": self.window.stride,
            "padding": self.window.padding,
            "dilation": self.window.dilation,
            "padding_mode": self.padding_mode,
            "groups": self.groups,
        }


@dataclass(frozen=True)
class TransposedConvolution(OperationBase):
    """Each input cell stamps the kernel, times its value, onto the output; stamps add up.

    It leads from a convolution's output back to the size of its input: stride spreads the stamps,
    padding cuts cells off every side of the output.

    Attributes:
        window: How the stamps lie; the padding of the two sides of an axis is the same.
        output_padding: Cells added at the end of each axis of the output, since several input
            sizes of a convolution lead to the same output size. () for none.
        groups: As of `Convolution`; the weight is (in, out / groups, *kernel_size).
    """

    kind: ClassVar[Literal["transposed"]] = "transposed"

    window: Window
    output_padding: tuple[int, ...] = ()
    groups: int = 1

    def __post_init__(self) -> None:
        _check_groups(self.groups)
        if not self.output_padding:
            object.__setattr__(self, "output_padding", (0,) * self.dimensions)
        check("output padding", self.output_padding, self.dimensions, lowest=0)

    @property
    def dimensions(self) -> int:
        """How many spatial axes the window has."""
        return self.window.dimensions

    @property
    def general_formula(self) -> str:
        """PyTorch's size formula."""
        return "out = (n − 1)·stride − 2·padding + dilation·(kernel − 1) + output_padding + 1"

    def axis(self, axis: int, n: int) -> TransposedAxis:
        """The arithmetic of one axis."""
        window = self.window
        return TransposedAxis(
            n,
            window.kernel_size[axis],
            window.stride[axis],
            window.padding[axis][0],
            window.dilation[axis],
            self.output_padding[axis],
        )

    def fault(self, axis: int, n: int) -> str | None:
        """Sides that differ, too much output padding, or nothing left."""
        along, name = self.axis(axis, n), self.axis_name(axis)
        before, after = self.window.padding[axis]
        if before != after:
            return (
                f"The padding of {name} is {before} before and {after} after, but a transposed "
                "convolution cuts off both sides alike."
            )
        if along.output_padding >= max(along.stride, along.dilation):
            return (
                f"The output padding of {name} is {along.output_padding}, but it must be smaller "
                f"than the stride, which is {along.stride}, or the dilation, which is "
                f"{along.dilation}."
            )
        if along.size < 1:
            return (
                f"The padding of {before} cuts off {2 * before} cells of {name}, but only "
                f"{along.size + 2 * before} are stamped."
            )
        return None

    def remedies(self, axis: int, n: int) -> Iterator[Remedy]:
        """Less padding or more of what is stamped."""
        along, name = self.axis(axis, n), self.axis_name(axis)
        extra = along.output_padding
        most = max(along.stride, along.dilation) - 1

        def using(**settings: int | tuple[int, int]) -> Self:
            return replace(self, window=changed(self.window, axis, **settings))

        if len(set(self.window.padding[axis])) > 1:
            for side in sorted(set(self.window.padding[axis])):
                yield f"a padding of {side} on each side", using(padding=(side, side)), n
            yield "no padding", using(padding=(0, 0)), n
        elif extra > most:
            yield f"an output padding of at most {most}", self._with_extra(axis, most), n
            yield f"a stride of at least {extra + 1}", using(stride=extra + 1), n
            yield f"a dilation of at least {extra + 1}", using(dilation=extra + 1), n
        else:
            less = along.padding - (2 - along.size) // 2
            yield f"a padding of at most {less}", using(padding=(less, less)), n
            short = 1 - along.size
            cells = along.kernel_size - (short // -along.dilation)
            yield f"a kernel {name} of at least {cells}", using(kernel_size=cells), n
            needed = n - (short // -along.stride)
            yield f"a picture whose {name} is at least {needed}", self, needed

    def smaller(self, axis: int, n: int) -> Iterator[Self]:
        """Less output padding, then less padding."""
        along = self.axis(axis, n)
        trial = self._with_extra(
            axis, min(along.output_padding, max(along.stride, along.dilation) - 1)
        )
        alike, stamped = min(self.window.padding[axis]), trial.axis(axis, n).uncut
        for cells in (alike, min(alike, (stamped - 1) // 2)):
            yield replace(trial, window=changed(self.window, axis, padding=(cells, cells)))

    def _with_extra(self, axis: int, cells: int) -> Self:
        entries = list(self.output_padding)
        entries[axis] = cells
        return replace(self, output_padding=tuple(entries))

    def _formula(self, axis: int, n: int) -> str:
        along = self.axis(axis, n)
        return (
            f"({n} − 1)·{along.stride} − 2·{along.padding} + {along.dilation}·"
            f"({along.kernel_size}−1) + {along.output_padding} + 1 = {along.size}"
        )

    def settings(self, axis: int) -> dict[str, str]:
        """The settings along an axis."""
        settings = window_settings(self.window, axis, self.axis_name(axis))
        return {**settings, "output padding": str(self.output_padding[axis])}

    def header(self) -> dict[str, Any]:
        """The settings as plain values."""
        return {
            "kind": self.kind,
            "kernel_size": self.window.kernel_size,
            "stride": self.window.stride,
            "padding": self.window.padding,
            "dilation": self.window.dilation,
            "groups": self.groups,
            "output_padding": self.output_padding,
        }


def _check_groups(groups: int) -> None:
    check("number of groups", [whole("number of groups", groups)], 1, lowest=1, highest=MOST_GROUPS)
