"""Pooling and adaptive pooling, their settings and their sizes; each channel by itself."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, Self, get_args

from explorer.errors import ExplorerError
from explorer.windows.checks import check, whole
from explorer.windows.operation import OperationBase, Remedy, changed, padded_text, times
from explorer.windows.sliding import Sliding
from explorer.windows.taps import AdaptiveAxis, SlidingAxis
from explorer.windows.window import Window

PoolingKind = Literal["max", "average", "lp"]
AdaptiveKind = Literal["adaptive_max", "adaptive_average"]


@dataclass(frozen=True)
class Pooling(Sliding):
    """Each output cell is one number for its window: the largest, the average or the p-norm.

    Attributes:
        kind: "max", "average" or "lp".
        window: How it moves. Padding is the same on both sides and at most half a kernel; only
            max pooling has dilation, and Lp pooling has no padding. Max pooling pads with −inf,
            so that padding never wins, average pooling with zeros.
        ceil_mode: Whether a last window may reach beyond the padded input, if it starts inside
            the input or the padding before it. What is beyond is neither read nor counted.
        count_include_pad: For average: whether padded cells count in what the sum is divided by.
        divisor_override: For average in 2-D and 3-D: what the sum is divided by instead.
        norm_type: For Lp: the p in (Σ xᵖ)^(1/p); 1 is the sum, 2 the Euclidean norm.
    """

    kind: PoolingKind
    window: Window
    ceil_mode: bool = False
    count_include_pad: bool = True
    divisor_override: int | None = None
    norm_type: float = 2.0

    def __post_init__(self) -> None:
        if self.kind not in get_args(PoolingKind):
            raise ExplorerError(
                f"There is no pooling {self.kind!r:.40}.",
                f"There are: {', '.join(get_args(PoolingKind))}.",
            )
        if self.divisor_override is not None:
            self._check_divisor(whole("divisor", self.divisor_override))
        if not math.isfinite(self.norm_type) or self.norm_type == 0:
            raise ExplorerError(
                f"The norm type is {self.norm_type}.",
                "Use a number other than 0, for example 2, or max pooling for infinity.",
            )

    def _check_divisor(self, divisor: int) -> None:
        if divisor == 0:
            raise ExplorerError("The divisor is 0.", "Use a number other than 0, or none.")
        if self.dimensions == 1 and self.kind == "average":
            raise ExplorerError(
                f"Average pooling in 1-D takes no divisor, but it is {divisor}.",
                "Leave it out, or use 2-D or 3-D.",
            )

    @property
    def general_formula(self) -> str:
        """PyTorch's size formula."""
        rounding = "ceil" if self.ceil_mode else "floor"
        inside = {
            "max": "n + 2·padding − dilation·(kernel − 1) − 1",
            "average": "n + 2·padding − kernel",
            "lp": "n − kernel",
        }[self.kind]
        drop = ", less 1 where the last window would start in the padding after the input"
        return f"out = {rounding}(({inside}) / stride) + 1{drop if self.ceil_mode else ''}"

    def with_window(self, window: Window) -> Self:
        """The same pooling with another window."""
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
            ceil_mode=self.ceil_mode,
        )

    def most_padding(self, axis: int, n: int) -> int:
        """Half the kernel, rounded down; none for Lp pooling."""
        return 0 if self.kind == "lp" else self.window.kernel_size[axis] // 2

    def fault(self, axis: int, n: int) -> str | None:
        """Padding that pooling does not have, dilation, or a kernel that does not fit."""
        window, name = self.window, self.axis_name(axis)
        k, (before, after) = window.kernel_size[axis], window.padding[axis]
        if self.kind == "lp" and max(before, after) > 0:
            return f"Lp pooling has no padding, but the padding of {name} is {max(before, after)}."
        if max(before, after) > self.most_padding(axis, n):
            return (
                f"The padding of {max(before, after)} in {name} is more than half of the pooling "
                f"window, whose {name} is {k}."
            )
        if before != after:
            return (
                f"The padding of {name} is {before} before and {after} after, but pooling pads "
                "both sides alike."
            )
        if self.kind != "max" and window.dilation[axis] != 1:
            pooling = "Average pooling" if self.kind == "average" else "Lp pooling"
            return (
                f"{pooling} has no dilation, but the dilation of {name} is {window.dilation[axis]}."
            )
        if self.dimensions == 3 and self.kind != "max" and k > n:
            return (
                f"The {times(window.kernel_size)} kernel is larger than the picture: its {name} is "
                f"{k}, the picture's is {n}. In 3-D PyTorch averages over no such kernel, however "
                "much padding there is."
            )
        return self._too_large(axis, n)

    def remedies(self, axis: int, n: int) -> Iterator[Remedy]:
        """What mends the fault of this axis."""
        window, name = self.window, self.axis_name(axis)
        before, after = window.padding[axis]
        if max(before, after) > self.most_padding(axis, n):
            yield from super().remedies(axis, n)
            return
        if before != after:
            for side in sorted({0, before, after}):
                alike = changed(window, axis, padding=(side, side))
                yield f"a padding of {side} on each side", self.with_window(alike), n
            return
        if self.kind != "max" and window.dilation[axis] != 1:
            undilated = changed(window, axis, dilation=1)
            yield "dilation 1", self.with_window(undilated), n
            yield "max pooling", replace(self, kind="max"), n
            return
        if self.dimensions == 3 and self.kind != "max" and window.kernel_size[axis] > n:
            k = window.kernel_size[axis]
            fitting = changed(window, axis, kernel_size=n)
            yield f"a kernel {name} of at most {n}", self.with_window(fitting), n
            yield f"a picture whose {name} is at least {k}", self, k
            return
        yield from super().remedies(axis, n)

    def _for_the_padding(self, axis: int, n: int) -> Iterator[Remedy]:
        needed = 2 * max(self.window.padding[axis])
        larger = changed(self.window, axis, kernel_size=needed)
        name = self.axis_name(axis)
        yield f"a kernel {name} of at least {needed}", self.with_window(larger), n

    def smaller(self, axis: int, n: int) -> Iterator[Self]:
        """Padding alike on both sides, then as any sliding window."""
        alike = min(self.window.padding[axis])
        trial = self.with_window(changed(self.window, axis, padding=(alike, alike)))
        yield from super(Pooling, trial).smaller(axis, n)

    def _formula(self, axis: int, n: int) -> str:
        along = self.axis(axis, n)
        inside = f"{padded_text(n, along.padding)} − {along.dilation}·({along.kernel_size}−1) − 1"
        if self.kind == "average":
            inside = f"{padded_text(n, along.padding)} − {along.kernel_size}"
        elif self.kind == "lp":
            inside = f"{n} − {along.kernel_size}"
        rounding = "ceil" if self.ceil_mode else "floor"
        dropped = " − 1" if along.size < along.rounded else ""
        return f"{rounding}(({inside}) / {along.stride}) + 1{dropped} = {along.size}"

    def header(self) -> dict[str, Any]:
        """The settings as plain values."""
        settings = {
            "kind": self.kind,
            "kernel_size": self.window.kernel_size,
            "stride": self.window.stride,
            "padding": self.window.padding,
            "dilation": self.window.dilation,
            "ceil_mode": self.ceil_mode,
        }
        if self.kind == "average":
            settings["count_include_pad"] = self.count_include_pad
            settings["divisor_override"] = self.divisor_override
        if self.kind == "lp":
            settings["norm_type"] = self.norm_type
        return settings


@dataclass(frozen=True)
class AdaptivePooling(OperationBase):
    """Pooling to a chosen output size, whatever the input's; 1 everywhere is global pooling.

    Attributes:
        kind: "adaptive_max" or "adaptive_average".
        target_size: The output's size, one entry per axis; PyTorch's `output_size`.
    """

    kind: AdaptiveKind
    target_size: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.kind not in get_args(AdaptiveKind):
            raise ExplorerError(
                f"There is no adaptive pooling {self.kind!r:.40}.",
                f"There are: {', '.join(get_args(AdaptiveKind))}.",
            )
        check_target(self.target_size)

    @property
    def dimensions(self) -> int:
        """How many spatial axes the output has."""
        return len(self.target_size)

    @property
    def general_formula(self) -> str:
        """Where the windows lie; the size is chosen."""
        return "window p: cells floor(p · n / out) to ceil((p + 1) · n / out) − 1"

    def axis(self, axis: int, n: int) -> AdaptiveAxis:
        """The arithmetic of one axis."""
        return AdaptiveAxis(n, self.target_size[axis])

    def kernel_size(self, input_size: tuple[int, ...]) -> tuple[int, ...]:
        """The largest window of each axis, which an even split makes of every window."""
        return tuple(max(len(pairs) for pairs in taps.pairs) for taps in self.taps(input_size))

    def fault(self, axis: int, n: int) -> str | None:
        """None: every input has windows for every output size."""
        return None

    def remedies(self, axis: int, n: int) -> Iterator[Remedy]:
        """None are needed."""
        yield from ()

    def smaller(self, axis: int, n: int) -> Iterator[Self]:
        """It is legal as it is."""
        yield self

    def _formula(self, axis: int, n: int) -> str:
        size = self.target_size[axis]
        return f"window p: cells floor(p · {n} / {size}) to ceil((p + 1) · {n} / {size}) − 1"

    def settings(self, axis: int) -> dict[str, str]:
        """The settings along an axis."""
        return {f"output {self.axis_name(axis)}": str(self.target_size[axis])}

    def header(self) -> dict[str, Any]:
        """The settings as plain values."""
        return {"kind": self.kind, "output_size": self.target_size}


def check_target(size: tuple[int, ...]) -> None:
    """A chosen output size: 1, 2 or 3 whole numbers from 1 on."""
    if not 1 <= len(size) <= 3:
        raise ExplorerError(f"An output has 1, 2 or 3 axes, not {len(size)}.")
    for entry in size:
        whole("output size", entry)
    check("output size", size, len(size), lowest=1)
