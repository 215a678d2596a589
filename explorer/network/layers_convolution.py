"""Convolution and transposed convolution, along one, two and three axes."""

from math import prod
from typing import Any, ClassVar, Literal

from pydantic import Field

from explorer.network import checks, checks_windows
from explorer.network.base import (
    AxisWindow,
    Count,
    Margins,
    Shape,
    Sizes,
    more,
)
from explorer.network.kinds import SpatialLayer, in_dimensions
from explorer.network.window_rules import WindowRules


class _Convolving(SpatialLayer):
    """What a convolution and its transpose share."""

    group: ClassVar[str] = "Convolution"

    out_channels: Count = Field(
        default=16, description="How many kernels, and so channels, the layer puts out."
    )
    kernel_size: Sizes = Field(
        default=3, description="Size of the window each weighted sum looks at, along each axis."
    )
    stride: Sizes = Field(
        default=1, description="How many cells the window moves on; 2 halves the picture."
    )

    def check_channels(
        self, in_channels: int | None, groups: int, shape: Shape, source: str
    ) -> None:
        """Raise an ExplorerError unless the channels are those that arrive, and fit the groups."""
        checks.declared("in_channels", in_channels, shape[0], "channel", shape, source)
        checks.groups_divide(groups, shape[0], self.out_channels, source)


class Conv(_Convolving):
    """torch.nn.ConvNd: (in_channels, *sizes) to (out_channels, *smaller sizes)."""

    explanation: ClassVar[str] = (
        "Slides small kernels over the picture; each kernel makes one channel of weighted sums."
    )
    prefix: ClassVar[str] = "conv"

    padding: Margins | Literal["valid", "same"] = Field(
        default=0,
        description="Cells put around the picture first; valid is none, same keeps its size.",
    )
    dilation: Sizes = more(1, "Distance between the cells a kernel looks at; 1 has no gaps.")
    groups: Count = more(
        1, "Into how many groups the channels fall, each convolved alone; one a channel: depthwise."
    )
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = more(
        "zeros", "What padding is made of: zeros, or the cells mirrored, the edge, the other end."
    )
    bias: bool = more(True, "Whether a learned number is added to each output channel.")
    in_channels: Count | None = more(
        None, "Channels that arrive; follows the layer before when empty."
    )

    def windows(self) -> tuple[AxisWindow, ...]:
        kernels, strides = self.along(self.kernel_size), self.along(self.stride)
        gaps = self.along(self.dilation)
        if self.padding == "same":
            whole = [gap * (kernel - 1) for gap, kernel in zip(gaps, kernels, strict=True)]
            pads = [(total // 2, total - total // 2) for total in whole]  # the odd cell is the last
        elif isinstance(self.padding, str):
            pads = [(0, 0)] * self.dimensions
        else:
            pads = [(pad, pad) for pad in self.along(self.padding)]
        return tuple(
            AxisWindow(kernel, stride, gap, *pad)
            for kernel, stride, gap, pad in zip(kernels, strides, gaps, pads, strict=True)
        )

    def check(self, shape: Shape, source: str) -> None:
        super().check(shape, source)
        self.check_channels(self.in_channels, self.groups, shape, source)
        windows = self.windows()
        rules = WindowRules(padding_mode=self.padding_mode)
        checks_windows.padding_mode_fits(
            rules, windows, shape, source, automatic=self.padding == "same"
        )
        if self.padding == "same":
            checks_windows.same_moves_by_one(windows)
        checks_windows.window_fits(rules, windows, shape, source)

    def arguments(self, shape: Shape) -> dict[str, Any]:
        return super().arguments(shape) | {"in_channels": self.in_channels or shape[0]}

    def parameter_count(self, shape: Shape) -> int:
        cells = prod(self.along(self.kernel_size))
        return (cells * (shape[0] // self.groups) + self.bias) * self.out_channels

    def parameter_formula(self, shape: Shape) -> str:
        cells = "·".join(str(size) for size in self.along(self.kernel_size))
        weights = f"{cells}·{shape[0]}{f'/{self.groups}' if self.groups > 1 else ''}"
        one_kernel = f"({weights} + 1)" if self.bias else weights
        return f"{one_kernel}·{self.out_channels}"


class ConvTranspose(_Convolving):
    """torch.nn.ConvTransposeNd: (in_channels, *sizes) to (out_channels, *larger sizes)."""

    explanation: ClassVar[str] = (
        "Stamps a weighted kernel onto a larger picture for every value that arrives, and adds the "
        "stamps up where they overlap."
    )
    prefix: ClassVar[str] = "deconv"

    kernel_size: Sizes = Field(
        default=2, description="Size of the stamp each value is spread over, along each axis."
    )
    stride: Sizes = Field(
        default=2, description="How far apart the stamps are put down; 2 doubles the picture."
    )
    padding: Margins = Field(
        default=0, description="Cells cut away on each side of what the stamps make."
    )
    output_padding: Margins = more(
        0, "Cells added at one end, as several input sizes could have made the same output."
    )
    dilation: Sizes = more(1, "Distance between the cells of a stamp; 1 has no gaps.")
    groups: Count = more(1, "Into how many groups the channels fall, each stamped alone.")
    bias: bool = more(True, "Whether a learned number is added to each output channel.")
    in_channels: Count | None = more(
        None, "Channels that arrive; follows the layer before when empty."
    )

    def check(self, shape: Shape, source: str) -> None:
        super().check(shape, source)
        self.check_channels(self.in_channels, self.groups, shape, source)
        axes = zip(
            self.along(self.kernel_size),
            self.along(self.stride),
            self.along(self.dilation),
            self.along(self.padding),
            strict=True,
        )
        stamps = [AxisWindow(*sizes, before=pad, after=pad) for *sizes, pad in axes]
        sizes = checks_windows.transposed_fits(
            stamps, self.along(self.output_padding), shape, source
        )
        checks.countable((self.out_channels, *sizes))

    def arguments(self, shape: Shape) -> dict[str, Any]:
        return super().arguments(shape) | {"in_channels": self.in_channels or shape[0]}

    def parameter_count(self, shape: Shape) -> int:
        cells = prod(self.along(self.kernel_size))
        return shape[0] * cells * (self.out_channels // self.groups) + (
            self.out_channels if self.bias else 0
        )

    def parameter_formula(self, shape: Shape) -> str:
        cells = "·".join(str(size) for size in self.along(self.kernel_size))
        groups = f"/{self.groups}" if self.groups > 1 else ""
        weights = f"{shape[0]}·{cells}·{self.out_channels}{groups}"
        return f"{weights} + {self.out_channels}" if self.bias else weights


Conv1d, Conv2d, Conv3d = in_dimensions(Conv, 1, 2, 3)
ConvTranspose1d, ConvTranspose2d, ConvTranspose3d = in_dimensions(ConvTranspose, 1, 2, 3)
