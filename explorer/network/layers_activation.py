"""Activations: any shape, unchanged in shape."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from explorer.network import checks
from explorer.network.base import Dimension, LayerSpec, Shape
from explorer.network.kinds import register


class _Activation(LayerSpec):
    group: ClassVar[str] = "Activation"


@register
class ReLU(_Activation):
    """torch.nn.ReLU: any shape, unchanged."""

    explanation: ClassVar[str] = (
        "Sets negative values to 0: the bend that makes several layers more than one."
    )
    prefix: ClassVar[str] = "relu"

    kind: Literal["ReLU"] = "ReLU"


@register
class LeakyReLU(_Activation):
    """torch.nn.LeakyReLU: any shape, unchanged."""

    explanation: ClassVar[str] = (
        "Lets a small share of negative values through, so that no unit stops learning for good."
    )
    prefix: ClassVar[str] = "relu"

    kind: Literal["LeakyReLU"] = "LeakyReLU"
    negative_slope: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="What negative values are multiplied by.",
        json_schema_extra={"step": 0.01},
    )


@register
class ELU(_Activation):
    """torch.nn.ELU: any shape, unchanged."""

    explanation: ClassVar[str] = (
        "Lets negative values down to −alpha along a smooth curve; positive ones stay."
    )
    prefix: ClassVar[str] = "elu"

    kind: Literal["ELU"] = "ELU"
    alpha: float = Field(
        default=1.0,
        ge=0.01,
        le=10,
        description="How far below 0 the curve goes.",
        json_schema_extra={"step": 0.1},
    )


@register
class GELU(_Activation):
    """torch.nn.GELU: any shape, unchanged."""

    explanation: ClassVar[str] = (
        "ReLU with a smooth bend: each value times the chance that a normal one is smaller."
    )
    prefix: ClassVar[str] = "gelu"

    kind: Literal["GELU"] = "GELU"
    approximate: Literal["none", "tanh"] = Field(
        default="none", description="Whether the curve is exact (none) or nearly so (tanh)."
    )


@register
class SiLU(_Activation):
    """torch.nn.SiLU: any shape, unchanged."""

    explanation: ClassVar[str] = "Multiplies each value by its own sigmoid: a smooth ReLU."
    prefix: ClassVar[str] = "silu"

    kind: Literal["SiLU"] = "SiLU"


@register
class Tanh(_Activation):
    """torch.nn.Tanh: any shape, unchanged."""

    explanation: ClassVar[str] = "Squeezes every value into −1 to 1."
    prefix: ClassVar[str] = "tanh"

    kind: Literal["Tanh"] = "Tanh"


@register
class Sigmoid(_Activation):
    """torch.nn.Sigmoid: any shape, unchanged."""

    explanation: ClassVar[str] = "Squeezes every value into 0 to 1, as networks did before ReLU."
    prefix: ClassVar[str] = "sigmoid"

    kind: Literal["Sigmoid"] = "Sigmoid"


@register
class Softmax(_Activation):
    """torch.nn.Softmax: any shape, unchanged."""

    explanation: ClassVar[str] = (
        "Turns values into shares that add up to 1. The cross-entropy loss does so by itself: a "
        "network that is trained with it needs none at its end."
    )
    prefix: ClassVar[str] = "softmax"

    kind: Literal["Softmax"] = "Softmax"
    dim: Dimension = Field(
        default=1,
        description="Along which dimension the shares add up to 1; 0 is the batch, 1 the channels.",
    )

    def check(self, shape: Shape, source: str) -> None:
        checks.dimension("dim", self.dim, shape, source)

    def arguments(self, shape: Shape) -> dict[str, Any]:
        return {"dim": self.dim}
