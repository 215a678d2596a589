"""Which part of the input picture a unit looks at, in closed form.

Along each axis, unit `u` of a layer looks at the cells from `offset + u·jump` on, `size` of them;
what lies outside the picture is padding. Through a window of K = dilation·(kernel_size − 1) + 1
cells, stride s and padding p:

    size' = size + (K − 1)·jump    offset' = offset − p·jump    jump' = jump·s

(Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks, Distill 2019).
Layers that make the picture larger have jumps below 1; their fields are the smallest of this form
that hold what every unit looks at. Ways that are joined see what both see.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

from explorer.network.base import LayerSpec, Shape, per_axis


@dataclass(frozen=True)
class AxisField:
    """The receptive field along one axis, in cells of the input picture."""

    size: float = 1
    jump: float = 1
    """How far the fields of neighbouring units are apart."""
    offset: float = 0
    """The first cell of unit 0's field; negative in the padding."""

    def cells(self, unit: int, length: int) -> range:
        """The cells of an input of so many that a unit looks at, without padding."""
        start = self.offset + unit * self.jump
        first, stop = floor(start), ceil(start + self.size)
        return range(max(0, first), max(0, min(length, stop)))


Field = tuple[AxisField, ...] | None
"""One per axis (height, width); None when a unit looks at the whole picture."""


def start(dimensions: int) -> Field:
    """Of the input itself: every cell looks at itself."""
    return (AxisField(),) * dimensions if dimensions else None


def through(layer: LayerSpec, field: Field, arrives: Shape, leaves: Shape) -> Field:
    """The field after a layer, from that before it; shapes are those before and after."""
    if field is None or len(leaves) != len(arrives):
        return None
    lengths = list(zip(field, arrives[1:], leaves[1:], strict=True))
    kind = re.sub(r"[123]d$", "", layer.kind)
    if kind in _PLATES or (kind == "Softmax" and _is_over_channels(layer, len(arrives))):
        return field
    if kind == "Upsample":
        return tuple(_upsampled(layer, axis, *sizes) for axis, *sizes in lengths)
    if kind in ("AdaptiveAvgPool", "AdaptiveMaxPool"):
        if set(leaves[1:]) == {1}:
            return None
        return tuple(_spread(axis, *sizes) for axis, *sizes in lengths)
    if kind == "ConvTranspose":
        return _stamped(layer, field)
    windows = layer.windows()
    if windows is None or _reads_elsewhere(layer):
        return None
    return tuple(
        AxisField(
            axis.size + (window.reach - 1) * axis.jump,
            axis.jump * window.stride,
            axis.offset - window.before * axis.jump,
        )
        for axis, window in zip(field, windows, strict=True)
    )


# Kinds that treat every value (of a channel) alike, whatever its neighbours are.
_PLATES = frozenset(
    [
        *("ReLU", "LeakyReLU", "ELU", "GELU", "SiLU", "Tanh", "Sigmoid"),
        *("BatchNorm", "Dropout", "Identity"),
    ]
)


def _is_over_channels(layer: Any, rank: int) -> bool:
    """Whether Softmax compares the channels of a place, not places; the batch is dimension 0."""
    return layer.dim in (1, -rank)


def _reads_elsewhere(layer: Any) -> bool:
    """Whether padding is made of cells that the window itself does not reach."""
    mode = getattr(layer, "padding_mode", "zeros")
    most = max(max(window.before, window.after) for window in layer.windows())
    if mode == "circular":
        return most > 0
    least = min(window.reach for window in layer.windows())
    return mode != "zeros" and 2 * most > least - 1


def _stamped(layer: Any, field: tuple[AxisField, ...]) -> Field:
    """Transposed convolution: output o has stamps of the inputs (o + p − K + 1)/s to (o + p)/s."""
    fields = (layer.kernel_size, layer.stride, layer.padding, layer.dilation)
    axes = zip(field, *(per_axis(sizes, len(field)) for sizes in fields), strict=True)
    return tuple(
        AxisField(
            axis.size + axis.jump * gap * (kernel - 1) / stride,
            axis.jump / stride,
            axis.offset + axis.jump * (padding - gap * (kernel - 1)) / stride,
        )
        for axis, kernel, stride, padding, gap in axes
    )


def _spread(axis: AxisField, arrives: int, leaves: int) -> AxisField:
    """Adaptive pooling: output o takes the cells floor(o·in/out) to ceil((o + 1)·in/out)."""
    step = arrives / leaves
    slack = 0 if arrives % leaves == 0 else 1
    return AxisField(
        axis.size + (step - 1 + 2 * slack) * axis.jump,
        axis.jump * step,
        axis.offset - slack * axis.jump,
    )


_NEIGHBOURS = {"linear": (0, 1), "bilinear": (0, 1), "trilinear": (0, 1), "bicubic": (1, 2)}


def _upsampled(layer: Any, axis: AxisField, arrives: int, leaves: int) -> AxisField:
    """Upsampling: output o reads cell floor(first + o·step), and neighbours of it if smooth."""
    if layer.mode == "area":
        return _spread(axis, arrives, leaves)
    # PyTorch takes 1/scale_factor, which differs a little from in/out where sizes are rounded.
    step, slack = arrives / leaves, 1.0 if leaves % arrives else 1 - arrives / leaves
    before, after = _NEIGHBOURS.get(layer.mode, (0, 0))
    first = 0.0
    if layer.mode != "nearest":
        slack = 1.0
        first = (step - 1) / 2 if before or after else step / 2
    if layer.align_corners and leaves > 1:
        first, step = 0.0, (arrives - 1) / (leaves - 1)
    if layer.scale_factor is not None and leaves % arrives:
        before, after = before + ceil(step), after + ceil(step)
    return AxisField(
        axis.size + (before + after + slack) * axis.jump,
        axis.jump * step,
        axis.offset + (first - slack - before) * axis.jump,
    )


def joined(fields: Sequence[Field]) -> Field:
    """What any of several ways sees; the whole picture if their units do not keep step."""
    first = fields[0]
    if first is None or any(field is None or len(field) != len(first) for field in fields):
        return None
    merged = []
    for axes in zip(*(field for field in fields if field is not None), strict=True):
        if len({axis.jump for axis in axes}) > 1:
            return None
        offset = min(axis.offset for axis in axes)
        stop = max(axis.offset + axis.size for axis in axes)
        merged.append(AxisField(stop - offset, axes[0].jump, offset))
    return tuple(merged)
