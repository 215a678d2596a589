"""Dropout, of single values and of whole channels."""

from typing import ClassVar, Literal

from pydantic import Field

from explorer.network.base import LayerSpec
from explorer.network.kinds import SpatialLayer, in_dimensions, register


@register
class Dropout(LayerSpec):
    """torch.nn.Dropout: any shape, unchanged."""

    explanation: ClassVar[str] = (
        "While training, sets a random share of the values to 0, so that no single one is relied "
        "on."
    )
    prefix: ClassVar[str] = "dropout"
    group: ClassVar[str] = "Dropout"

    kind: Literal["Dropout"] = "Dropout"
    p: float = Field(
        default=0.5, ge=0, le=0.95, description="Share of the values that is set to 0 each time."
    )


class ChannelDropout(SpatialLayer):
    """torch.nn.DropoutNd: (C, *sizes) unchanged in shape."""

    explanation: ClassVar[str] = (
        "While training, sets a random share of the channels to 0, each as a whole: neighbours in "
        "a picture would give single values away."
    )
    on_rows: ClassVar[str] = "Dropout"
    prefix: ClassVar[str] = "dropout"
    group: ClassVar[str] = "Dropout"

    p: float = Field(
        default=0.5, ge=0, le=0.95, description="Share of the channels that is set to 0 each time."
    )


Dropout1d, Dropout2d, Dropout3d = in_dimensions(ChannelDropout, 1, 2, 3, name="Dropout")
