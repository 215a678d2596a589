"""Pooling: with a window, and to a given size; along one, two and three axes."""

from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from explorer.errors import ExplorerError
from explorer.network import checks, checks_windows
from explorer.network.base import AxisWindow, Count, Margins, Positive, Shape, Sizes, more
from explorer.network.kinds import SpatialLayer, in_dimensions
from explorer.network.window_rules import WindowRules

if TYPE_CHECKING:  # what may be written; stored is always the tuple
    SizesOrNone = int | tuple[int | None, ...]
else:
    SizesOrNone = tuple[Positive | None, ...]


class _Pool(SpatialLayer):
    """A window that takes one value of each place, channel by channel."""

    group: ClassVar[str] = "Pooling"
    prefix: ClassVar[str] = "pool"

    kernel_size: Sizes = Field(default=2, description="Size of the window along each axis.")
    stride: Sizes | None = Field(
        default=None, description="How many cells the window moves on; kernel_size when empty."
    )
    padding: Margins = Field(default=0, description="Cells put around the picture first.")
    ceil_mode: bool = more(False, "Rounds the size up: a last window may stand out over the end.")

    def windows(self) -> tuple[AxisWindow, ...]:
        kernels = self.along(self.kernel_size)
        axes = zip(
            kernels,
            self.along(self.stride) or kernels,
            self.along(getattr(self, "dilation", 1)),
            self.along(self.padding),
            strict=True,
        )
        return tuple(AxisWindow(*sizes, before=pad, after=pad) for *sizes, pad in axes)

    def check(self, shape: Shape, source: str) -> None:
        super().check(shape, source)
        windows, rules = self.windows(), self.rules()
        checks_windows.pool_padding(rules, windows, shape)
        if rules.unpadded:
            checks_windows.no_larger_than_picture(rules, windows, shape, source)
        checks_windows.window_fits(rules, windows, shape, source)

    def rules(self) -> WindowRules:
        """What PyTorch asks of the window."""
        return WindowRules(
            pooling=True,
            ceil_mode=self.ceil_mode,
            stride_follows=self.stride is None,
            unpadded=self.kind == "AvgPool3d",
        )


class MaxPool(_Pool):
    """torch.nn.MaxPoolNd: (C, *sizes) to (C, *smaller sizes)."""

    explanation: ClassVar[str] = "Keeps the largest value of each window, channel by channel."

    padding: Margins = Field(default=0, description="Cells put around the picture that never win.")
    dilation: Sizes = more(1, "Distance between the cells a window looks at; 1 has no gaps.")


class AvgPool(_Pool):
    """torch.nn.AvgPoolNd: (C, *sizes) to (C, *smaller sizes)."""

    explanation: ClassVar[str] = "Keeps the mean of each window, channel by channel."

    padding: Margins = Field(
        default=0,
        description="Cells of zeros put around the picture; count_include_pad counts them.",
    )
    count_include_pad: bool = more(True, "Whether the zeros of the padding count in the mean.")


class DividingAvgPool(AvgPool):
    """With the parameter that AvgPool1d does not have."""

    divisor_override: Count | None = more(
        None, "What sums are divided by; the number of cells when empty."
    )


class _AdaptivePool(SpatialLayer):
    """As many windows as are asked for, spread evenly over whatever arrives."""

    group: ClassVar[str] = "Pooling"
    prefix: ClassVar[str] = "pool"

    output_size: SizesOrNone = Field(
        default=1,
        description="How many values are left along each axis, whatever arrives; None keeps all.",
    )

    def check(self, shape: Shape, source: str) -> None:
        super().check(shape, source)
        asked = self.along(self.output_size)
        if self.dimensions == 1 and None in asked:  # allowed in PyTorch's other two
            raise ExplorerError(
                f"output_size is None, to keep the length {shape[1]} that {source} gives; "
                f"{self.kind} cannot do that.",
                f"Set output_size to {shape[1]}, or leave the layer out.",
            )
        kept = zip(asked, shape[1:], strict=True)
        checks.countable((shape[0], *(size or arrives for size, arrives in kept)))


class AdaptiveAvgPool(_AdaptivePool):
    """torch.nn.AdaptiveAvgPoolNd: (C, *sizes) to (C, *output_size)."""

    explanation: ClassVar[str] = (
        "Takes means so that a picture of any size becomes one of a given size; 1 leaves the mean "
        "of each channel."
    )


class AdaptiveMaxPool(_AdaptivePool):
    """torch.nn.AdaptiveMaxPoolNd: (C, *sizes) to (C, *output_size)."""

    explanation: ClassVar[str] = (
        "Takes largest values so that a picture of any size becomes one of a given size."
    )


MaxPool1d, MaxPool2d, MaxPool3d = in_dimensions(MaxPool, 1, 2, 3)
(AvgPool1d,) = in_dimensions(AvgPool, 1)
AvgPool2d, AvgPool3d = in_dimensions(DividingAvgPool, 2, 3, name="AvgPool")
AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d = in_dimensions(AdaptiveAvgPool, 1, 2, 3)
AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d = in_dimensions(AdaptiveMaxPool, 1, 2, 3)
