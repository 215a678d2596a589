"""Every layer kind, declared once; `Layer` is any of them and `KINDS` lists them by name.

To add a kind, add its class here and its example to the tests.
"""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeVar, Union

from pydantic import Field

from explorer.errors import ExplorerError
from explorer.network import checks
from explorer.network.base import (
    Count,
    LayerSpec,
    Margins,
    Shape,
    Sizes,
    more,
    per_axis,
    shape_text,
)

KINDS: dict[str, type[LayerSpec]] = {}

_Kind = TypeVar("_Kind", bound=type[LayerSpec])


def _register(kind: _Kind) -> _Kind:
    KINDS[kind.__name__] = kind
    return kind


@_register
class Conv2d(LayerSpec):
    """torch.nn.Conv2d: (in_channels, H, W) to (out_channels, H', W')."""

    explanation: ClassVar[str] = (
        "Slides small kernels over the picture; each kernel makes one channel of weighted sums."
    )
    prefix: ClassVar[str] = "conv"

    kind: Literal["Conv2d"] = "Conv2d"
    out_channels: Count = Field(
        default=16, description="How many kernels, and so channels, the layer puts out."
    )
    kernel_size: Sizes = Field(
        default=(3, 3), description="Height and width of the window each weighted sum looks at."
    )
    stride: Sizes = Field(
        default=(1, 1), description="How many cells the window moves on; 2 halves the picture."
    )
    padding: Margins = Field(
        default=(0, 0), description="Rows and columns of zeros put around the picture first."
    )
    dilation: Sizes = more((1, 1), "Distance between the cells a kernel looks at; 1 has no gaps.")
    bias: bool = more(True, "Whether a learned number is added to each output channel.")
    in_channels: Count | None = more(
        None, "Channels that arrive; follows the layer before when empty."
    )

    def check(self, shape: Shape, source: str) -> None:
        checks.need_picture(self.kind, shape, source)
        if self.in_channels not in (None, shape[0]):
            raise ExplorerError(
                f"in_channels is {self.in_channels}, but {source} gives {shape[0]} "
                f"{'channel' if shape[0] == 1 else 'channels'} ({shape_text(shape)}).",
                f"Set in_channels to {shape[0]}, or leave it empty so that it follows.",
            )
        checks.window_fits(shape, source, self.kernel_size, self.padding, self.dilation)

    def arguments(self, shape: Shape) -> dict[str, Any]:
        return super().arguments(shape) | {"in_channels": self.in_channels or shape[0]}

    def parameter_count(self, shape: Shape) -> int:
        height, width = per_axis(self.kernel_size)
        return (height * width * shape[0] + self.bias) * self.out_channels

    def parameter_formula(self, shape: Shape) -> str:
        height, width = per_axis(self.kernel_size)
        weights = f"{height}·{width}·{shape[0]}"
        return (
            f"({weights} + 1)·{self.out_channels}"
            if self.bias
            else f"{weights}·{self.out_channels}"
        )


@_register
class MaxPool2d(LayerSpec):
    """torch.nn.MaxPool2d: (C, H, W) to (C, H', W')."""

    explanation: ClassVar[str] = "Keeps the largest value of each window, channel by channel."
    prefix: ClassVar[str] = "pool"

    kind: Literal["MaxPool2d"] = "MaxPool2d"
    kernel_size: Sizes = Field(
        default=(2, 2), description="Height and width of the window the largest value is taken of."
    )
    stride: Sizes | None = Field(
        default=None, description="How many cells the window moves on; kernel_size when empty."
    )
    padding: Margins = Field(
        default=(0, 0), description="Cells put around the picture that never win."
    )
    dilation: Sizes = more((1, 1), "Distance between the cells a window looks at; 1 has no gaps.")

    def check(self, shape: Shape, source: str) -> None:
        checks.need_picture(self.kind, shape, source)
        checks.pool_padding(self.kernel_size, self.padding)
        checks.window_fits(
            shape, source, self.kernel_size, self.padding, self.dilation, at_most_half=True
        )


@_register
class AvgPool2d(LayerSpec):
    """torch.nn.AvgPool2d: (C, H, W) to (C, H', W')."""

    explanation: ClassVar[str] = "Keeps the mean of each window, channel by channel."
    prefix: ClassVar[str] = "pool"

    kind: Literal["AvgPool2d"] = "AvgPool2d"
    kernel_size: Sizes = Field(
        default=(2, 2), description="Height and width of the window the mean is taken of."
    )
    stride: Sizes | None = Field(
        default=None, description="How many cells the window moves on; kernel_size when empty."
    )
    padding: Margins = Field(
        default=(0, 0), description="Cells of zeros put around the picture; they count in the mean."
    )

    def check(self, shape: Shape, source: str) -> None:
        checks.need_picture(self.kind, shape, source)
        checks.pool_padding(self.kernel_size, self.padding)
        checks.window_fits(shape, source, self.kernel_size, self.padding, at_most_half=True)


@_register
class BatchNorm2d(LayerSpec):
    """torch.nn.BatchNorm2d: (C, H, W) unchanged in shape."""

    explanation: ClassVar[str] = (
        "Brings each channel to mean 0 and spread 1 over the batch, then scales and shifts it by "
        "two learned numbers; training becomes faster and steadier."
    )
    prefix: ClassVar[str] = "norm"

    kind: Literal["BatchNorm2d"] = "BatchNorm2d"
    num_features: Count | None = more(
        None, "Channels that arrive; follows the layer before when empty."
    )

    def check(self, shape: Shape, source: str) -> None:
        checks.need_picture(self.kind, shape, source)
        if self.num_features not in (None, shape[0]):
            raise ExplorerError(
                f"num_features is {self.num_features}, but {source} gives {shape[0]} channels "
                f"({shape_text(shape)}).",
                f"Set num_features to {shape[0]}, or leave it empty so that it follows.",
            )

    def arguments(self, shape: Shape) -> dict[str, Any]:
        return {"num_features": self.num_features or shape[0]}

    def parameter_count(self, shape: Shape) -> int:
        return 2 * shape[0]

    def parameter_formula(self, shape: Shape) -> str:
        return f"2·{shape[0]}"


@_register
class ReLU(LayerSpec):
    """torch.nn.ReLU: any shape, unchanged."""

    explanation: ClassVar[str] = (
        "Sets negative values to 0: the bend that makes several layers more than one."
    )
    prefix: ClassVar[str] = "relu"

    kind: Literal["ReLU"] = "ReLU"


@_register
class Sigmoid(LayerSpec):
    """torch.nn.Sigmoid: any shape, unchanged."""

    explanation: ClassVar[str] = "Squeezes every value into 0 to 1, as networks did before ReLU."
    prefix: ClassVar[str] = "sigmoid"

    kind: Literal["Sigmoid"] = "Sigmoid"


@_register
class Tanh(LayerSpec):
    """torch.nn.Tanh: any shape, unchanged."""

    explanation: ClassVar[str] = "Squeezes every value into −1 to 1."
    prefix: ClassVar[str] = "tanh"

    kind: Literal["Tanh"] = "Tanh"


@_register
class Flatten(LayerSpec):
    """torch.nn.Flatten: (C, H, W) to (C·H·W,)."""

    explanation: ClassVar[str] = "Lays all channels, rows and columns out as one row of values."
    prefix: ClassVar[str] = "flatten"

    kind: Literal["Flatten"] = "Flatten"


@_register
class Linear(LayerSpec):
    """torch.nn.Linear: (in_features,) to (out_features,)."""

    explanation: ClassVar[str] = (
        "Fully connected: every output is a weighted sum of every input. The last one has an "
        "output for each class."
    )
    prefix: ClassVar[str] = "fc"

    kind: Literal["Linear"] = "Linear"
    out_features: Count = Field(
        default=10,
        description="How many values the layer puts out; in the last layer, one a class.",
    )
    bias: bool = more(True, "Whether a learned number is added to each output.")
    in_features: Count | None = more(
        None, "Values that arrive; follows the layer before when empty."
    )

    def check(self, shape: Shape, source: str) -> None:
        if len(shape) != 1:
            raise ExplorerError(
                f"Linear works on a plain row of values, but {source} gives "
                f"{shape_text(shape)}; PyTorch would apply it to each row of the picture alone.",
                "Add a Flatten layer before it.",
            )
        if self.in_features not in (None, shape[0]):
            raise ExplorerError(
                f"in_features is {self.in_features}, but {source} gives {shape[0]} values.",
                f"Set in_features to {shape[0]}, or leave it empty so that it follows.",
            )

    def arguments(self, shape: Shape) -> dict[str, Any]:
        return super().arguments(shape) | {"in_features": self.in_features or shape[0]}

    def parameter_count(self, shape: Shape) -> int:
        return (shape[0] + self.bias) * self.out_features

    def parameter_formula(self, shape: Shape) -> str:
        inputs = f"({shape[0]} + 1)" if self.bias else f"{shape[0]}"
        return f"{inputs}·{self.out_features}"


@_register
class Dropout(LayerSpec):
    """torch.nn.Dropout: any shape, unchanged."""

    explanation: ClassVar[str] = (
        "While training, sets a random share of the values to 0, so that no single one is relied "
        "on."
    )
    prefix: ClassVar[str] = "dropout"

    kind: Literal["Dropout"] = "Dropout"
    p: float = Field(
        default=0.5, ge=0, le=0.95, description="Share of the values that is set to 0 each time."
    )


if TYPE_CHECKING:
    Layer = LayerSpec
else:
    Layer = Annotated[Union[tuple(KINDS.values())], Field(discriminator="kind")]  # noqa: UP007
