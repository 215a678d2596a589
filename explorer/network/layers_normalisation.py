"""Normalisation over the batch, over groups of channels, and over single pictures."""

from math import prod
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from explorer.errors import ExplorerError
from explorer.network import checks
from explorer.network.base import Count, LayerSpec, Shape, more, shape_text
from explorer.network.kinds import SpatialLayer, in_dimensions, register

Share = Annotated[float, Field(ge=0, le=1)]


def _eps() -> Any:
    return Field(
        default=1e-5,
        ge=1e-12,
        le=1,
        description="Added to the variance, so that nothing is divided by 0.",
        json_schema_extra={"more": True, "step": 1e-5},
    )


def _affine(default: bool) -> Any:
    return more(default, "Whether each channel is then scaled and shifted by two learned numbers.")


class _OverChannels(SpatialLayer):
    """Statistics of each channel, and two learned numbers for each."""

    group: ClassVar[str] = "Normalisation"
    prefix: ClassVar[str] = "norm"

    num_features: Count | None = more(
        None, "Channels that arrive; follows the layer before when empty."
    )
    eps: float = _eps()
    affine: bool = _affine(True)
    track_running_stats: bool = more(
        True, "Whether mean and variance are kept from training; otherwise each batch has its own."
    )

    def check(self, shape: Shape, source: str) -> None:
        if not (self.kind == "BatchNorm1d" and not shape[1:]):
            super().check(shape, source)
        if self.affine or self.track_running_stats:  # else PyTorch never looks at the number
            what = "channel" if shape[1:] else "value"
            checks.declared("num_features", self.num_features, shape[0], what, shape, source)

    def arguments(self, shape: Shape) -> dict[str, Any]:
        return super().arguments(shape) | {"num_features": self.num_features or shape[0]}

    def parameter_count(self, shape: Shape) -> int:
        return 2 * (self.num_features or shape[0]) if self.affine else 0

    def parameter_formula(self, shape: Shape) -> str:
        return f"2·{self.num_features or shape[0]}" if self.affine else ""


class BatchNorm(_OverChannels):
    """torch.nn.BatchNormNd: (C, *sizes) unchanged in shape; BatchNorm1d also takes (C,)."""

    explanation: ClassVar[str] = (
        "Brings each channel to mean 0 and spread 1 over the batch, then scales and shifts it by "
        "two learned numbers; training becomes faster and steadier."
    )
    on_rows: ClassVar[str] = "BatchNorm1d"

    momentum: Share | None = Field(
        default=0.1,
        description="How much of the running mean and variance each batch replaces; empty: their "
        "plain average so far.",
        json_schema_extra={"more": True, "step": 0.01},
    )

    def check(self, shape: Shape, source: str) -> None:
        super().check(shape, source)
        if not self.track_running_stats and prod(shape[1:]) == 1:
            raise ExplorerError(
                f"Of what {source} gives ({shape_text(shape)}), a single picture has 1 value per "
                "channel, which has no spread; without running statistics there is nothing else "
                "to go by.",
                "Set track_running_stats to True.",
            )


class InstanceNorm(_OverChannels):
    """torch.nn.InstanceNormNd: (C, *sizes) unchanged in shape."""

    explanation: ClassVar[str] = (
        "Brings each channel of each picture to mean 0 and spread 1: contrast and brightness go."
    )
    on_rows: ClassVar[str] = "LayerNorm"

    momentum: Share = Field(
        default=0.1,
        description="How much of the running mean and variance each batch replaces, if kept.",
        json_schema_extra={"more": True, "step": 0.01},
    )
    affine: bool = _affine(False)
    track_running_stats: bool = more(
        False, "Whether mean and variance are kept from training, to be used afterwards."
    )

    def check(self, shape: Shape, source: str) -> None:
        super().check(shape, source)
        if prod(shape[1:]) == 1:
            raise ExplorerError(
                f"{source[0].upper()}{source[1:]} gives {shape_text(shape)}: 1 value per channel, "
                "which has no spread.",
                "Put it where the sizes are larger than 1, or take GroupNorm instead.",
            )


BatchNorm1d, BatchNorm2d, BatchNorm3d = in_dimensions(BatchNorm, 1, 2, 3)
InstanceNorm1d, InstanceNorm2d, InstanceNorm3d = in_dimensions(InstanceNorm, 1, 2, 3)


@register
class GroupNorm(LayerSpec):
    """torch.nn.GroupNorm: (C, *sizes) or (C,), unchanged in shape."""

    explanation: ClassVar[str] = (
        "Brings groups of channels of each picture to mean 0 and spread 1, whatever the batch; "
        "then scales and shifts each channel by two learned numbers."
    )
    prefix: ClassVar[str] = "norm"
    group: ClassVar[str] = "Normalisation"

    kind: Literal["GroupNorm"] = "GroupNorm"
    num_groups: Count = Field(
        default=1, description="Into how many groups the channels fall; 1 takes all together."
    )
    eps: float = _eps()
    affine: bool = _affine(True)
    num_channels: Count | None = more(
        None, "Channels that arrive; follows the layer before when empty."
    )

    def check(self, shape: Shape, source: str) -> None:
        if self.affine:
            checks.declared("num_channels", self.num_channels, shape[0], "channel", shape, source)
        elif self.num_channels is not None:
            checks.groups_of_channels(self.num_groups, self.num_channels, "num_channels is")
        checks.groups_of_channels(self.num_groups, shape[0], f"{source} gives")
        if self.num_groups == prod(shape):
            raise ExplorerError(
                f"num_groups is {self.num_groups}, and {source} gives {shape_text(shape)}: 1 value "
                "per group, which has no spread.",
                f"Take a num_groups smaller than {shape[0]}."
                if shape[0] > 1
                else "Put it where more than one value arrives.",
            )

    def arguments(self, shape: Shape) -> dict[str, Any]:
        return super().arguments(shape) | {"num_channels": self.num_channels or shape[0]}

    def parameter_count(self, shape: Shape) -> int:
        return 2 * shape[0] if self.affine else 0

    def parameter_formula(self, shape: Shape) -> str:
        return f"2·{shape[0]}" if self.affine else ""


@register
class LayerNorm(LayerSpec):
    """torch.nn.LayerNorm: any shape that ends in normalized_shape, unchanged."""

    explanation: ClassVar[str] = (
        "Brings the last sizes of each picture, together, to mean 0 and spread 1; then scales and "
        "shifts every value by two learned numbers of its own."
    )
    prefix: ClassVar[str] = "norm"
    group: ClassVar[str] = "Normalisation"

    kind: Literal["LayerNorm"] = "LayerNorm"
    normalized_shape: Annotated[tuple[Count, ...], Field(min_length=1, max_length=6)] | None = (
        Field(default=None, description="The last sizes that arrive; all of them when empty.")
    )
    eps: float = _eps()
    elementwise_affine: bool = more(True, "Whether there are learned numbers at all.")
    bias: bool = more(True, "Whether values are shifted by a learned number, not only scaled.")

    def check(self, shape: Shape, source: str) -> None:
        asked = self.normalized_shape
        if asked is not None and shape[-len(asked) :] != asked:
            raise ExplorerError(
                f"normalized_shape is {shape_text(asked)}, but {source} gives {shape_text(shape)}, "
                f"which does not end in {shape_text(asked)}.",
                f"Set normalized_shape to {shape_text(shape)}, or leave it empty so that it "
                "follows.",
            )

    def arguments(self, shape: Shape) -> dict[str, Any]:
        return super().arguments(shape) | {"normalized_shape": self.normalized_shape or shape}

    def parameter_count(self, shape: Shape) -> int:
        numbers = 1 + self.bias if self.elementwise_affine else 0
        return numbers * prod(self.normalized_shape or shape)

    def parameter_formula(self, shape: Shape) -> str:
        if not self.elementwise_affine:
            return ""
        sizes = "·".join(str(size) for size in self.normalized_shape or shape)
        return f"2·{sizes}" if self.bias else sizes
