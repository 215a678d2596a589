"""Fully connected layers."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from explorer.errors import ExplorerError
from explorer.network import checks
from explorer.network.base import Count, LayerSpec, Shape, more, shape_text
from explorer.network.kinds import register


@register
class Linear(LayerSpec):
    """torch.nn.Linear: (in_features,) to (out_features,)."""

    explanation: ClassVar[str] = (
        "Fully connected: every output is a weighted sum of every input. The last one has an "
        "output for each class."
    )
    prefix: ClassVar[str] = "fc"
    group: ClassVar[str] = "Fully connected"

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
        checks.declared("in_features", self.in_features, shape[0], "value", shape, source)

    def arguments(self, shape: Shape) -> dict[str, Any]:
        return super().arguments(shape) | {"in_features": self.in_features or shape[0]}

    def parameter_count(self, shape: Shape) -> int:
        return (shape[0] + self.bias) * self.out_features

    def parameter_formula(self, shape: Shape) -> str:
        inputs = f"({shape[0]} + 1)" if self.bias else f"{shape[0]}"
        return f"{inputs}·{self.out_features}"
