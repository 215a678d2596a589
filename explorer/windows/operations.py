"""What a sliding window computes: PyTorch's own result, and the arithmetic of one output cell.

Pictures are unbatched tensors (C, *spatial). Results come from `torch.nn.functional` in float32.
The terms of one cell are computed here, by plain index arithmetic in float64, so that they explain
PyTorch's value instead of repeating it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.windows.checks import per_axis
from explorer.windows.geometry import Window

Pooling = Literal["max", "average"]

MOST_VALUES = 20_000_000  # of the padded input, and of the output: 80 MB each in float32
MOST_PRODUCTS = 10_000_000_000  # multiplications of one call: some seconds on two cores

_CONVOLUTIONS: Mapping[int, Callable[..., Tensor]] = {
    1: functional.conv1d,
    2: functional.conv2d,
    3: functional.conv3d,
}
_MAX_POOLINGS: Mapping[int, Callable[..., Tensor]] = {
    1: functional.max_pool1d,
    2: functional.max_pool2d,
    3: functional.max_pool3d,
}
_AVERAGE_POOLINGS: Mapping[int, Callable[..., Tensor]] = {
    1: functional.avg_pool1d,
    2: functional.avg_pool2d,
    3: functional.avg_pool3d,
}


@dataclass(frozen=True, eq=False)
class Terms:
    """How one output cell of a convolution comes about; float64 tensors.

    Attributes:
        patch: (C, *kernel), what the window reads; 0 where it reads padding.
        inside: (*kernel), True where the window reads the picture, False where padding.
        weight: (C, *kernel), the kernel of the output channel.
        products: (C, *kernel), patch · weight.
        channel_sums: (C,), the products of each input channel added up.
        bias: Added at the end; 0.0 for a convolution without bias.
        value: Sum of all products + bias.
    """

    patch: Tensor
    inside: Tensor
    weight: Tensor
    products: Tensor
    channel_sums: Tensor
    bias: float
    value: float


@dataclass(frozen=True, eq=False)
class PoolingTerms:
    """How one output cell of a pooling comes about; a channel is pooled by itself.

    Attributes:
        patch: (*kernel) float64; where the window reads padding −inf for max, 0 for average.
        inside: (*kernel), True where the window reads the picture, False where padding.
        winner: For max, the position in the patch of the largest cell, the first one of equals;
            None for average, and for a window that reads nothing but padding.
        total: For average, the sum of the patch; None for max.
        divisor: For average, what the total is divided by: all cells of the window, padding
            included; None for max.
        value: The output cell.
    """

    patch: Tensor
    inside: Tensor
    winner: tuple[int, ...] | None
    total: float | None
    divisor: int | None
    value: float


def padded(picture: Tensor, window: Window, value: float = 0.0) -> Tensor:
    """The picture (C, *spatial) in float32 with the window's padding, of `value`, around it.

    Raises:
        ExplorerError: More than `MOST_VALUES` values.
    """
    _check_picture(picture, window)
    _check_values("padded input", len(picture), window.padded_size(picture.shape[1:]))
    # functional.pad wants the last axis first
    sides = [cells for pair in reversed(window.padding) for cells in pair]
    return functional.pad(picture.to(torch.float32), sides, value=value)


@torch.no_grad()
def convolution(picture: Tensor, weight: Tensor, bias: Tensor | None, window: Window) -> Tensor:
    """PyTorch's convolution: it slides the kernel as it is (cross-correlation, no flip).

    Args:
        picture: (C, *spatial)
        weight: (out, C, *kernel_size)
        bias: (out,) or None

    Returns:
        (out, *output_size) float32.

    Raises:
        ExplorerError: Shapes that do not belong together, a window that does not fit, or more
            than `MOST_VALUES` values or `MOST_PRODUCTS` multiplications.
    """
    _check_convolution(picture, weight, bias, window)
    _check_work(len(weight), window.output_size(picture.shape[1:]), weight[0].numel())
    return _CONVOLUTIONS[window.dimensions](
        padded(picture, window),
        weight.to(torch.float32),
        None if bias is None else bias.to(torch.float32),
        stride=window.stride,
        dilation=window.dilation,
    )


@torch.no_grad()
def pooling(picture: Tensor, window: Window, kind: Pooling) -> Tensor:
    """PyTorch's max or average pooling of (C, *spatial), each channel by itself.

    Padding counts as PyTorch's defaults count it, on both sides and where the sides differ:
    −inf for max, so that it never wins; zeros for average, divided by all cells of the window
    (`count_include_pad=True`). In 3-D PyTorch refuses to average over a kernel larger than the
    input without its padding; padding first, as here and as `functional.pad` does, is accepted.

    Returns:
        (C, *output_size) float32. A max window that reads only padding gives −inf, as in PyTorch;
        that takes a dilation larger than the input.

    Raises:
        ExplorerError: A window that PyTorch refuses, or more than `MOST_VALUES` values.
    """
    _check_picture(picture, window)
    output_size = window.output_size(picture.shape[1:], kind)
    _check_work(len(picture), output_size, math.prod(window.kernel_size))
    if kind == "average":
        pool = _AVERAGE_POOLINGS[window.dimensions]
        return pool(padded(picture, window), window.kernel_size, window.stride)
    pool = _MAX_POOLINGS[window.dimensions]
    return pool(
        padded(picture, window, -math.inf),
        window.kernel_size,
        window.stride,
        dilation=window.dilation,
    )


@torch.no_grad()
def convolution_terms(
    picture: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    window: Window,
    out_channel: int,
    position: Sequence[int],
) -> Terms:
    """The arithmetic of the output cell (out_channel, *position) of `convolution`."""
    _check_convolution(picture, weight, bias, window)
    _check_position(picture, window, position)
    _check_channel(out_channel, len(weight))
    patch, inside = _patch(picture, window, position, fill=0.0)
    kernel = weight[out_channel].to(torch.float64)
    products = patch * kernel
    channel_sums = products.flatten(1).sum(1)
    added = 0.0 if bias is None else float(bias[out_channel])
    value = float(channel_sums.sum()) + added
    return Terms(patch, inside, kernel, products, channel_sums, added, value)


@torch.no_grad()
def pooling_terms(
    picture: Tensor, window: Window, kind: Pooling, channel: int, position: Sequence[int]
) -> PoolingTerms:
    """The arithmetic of the output cell (channel, *position) of `pooling`."""
    _check_picture(picture, window)
    window.output_size(picture.shape[1:], kind)
    _check_position(picture, window, position)
    _check_channel(channel, len(picture))
    fill = -math.inf if kind == "max" else 0.0
    patch, inside = _patch(picture[channel : channel + 1], window, position, fill)
    patch = patch[0]
    if kind == "average":
        total = float(patch.sum())
        return PoolingTerms(patch, inside, None, total, patch.numel(), total / patch.numel())
    first = torch.unravel_index(patch.argmax(), patch.shape)
    winner = tuple(int(index) for index in first) if inside.any() else None
    return PoolingTerms(patch, inside, winner, None, None, float(patch.max()))


def _patch(
    picture: Tensor, window: Window, position: Sequence[int], fill: float
) -> tuple[Tensor, Tensor]:
    """What the window reads (C, *kernel) in float64, and which cells are picture (*kernel)."""
    read, inside = [], torch.ones(window.kernel_size, dtype=torch.bool)
    for axis, cells in enumerate(window.cells(position)):
        indices = torch.tensor(cells) - window.padding[axis][0]
        n = picture.shape[1 + axis]
        read.append(indices.clamp(0, n - 1))
        along = [-1 if other == axis else 1 for other in range(window.dimensions)]
        inside &= ((indices >= 0) & (indices < n)).view(along)
    patch = picture[(slice(None), *torch.meshgrid(read, indexing="ij"))].to(torch.float64)
    return patch.where(inside, fill), inside


def _check_picture(picture: Tensor, window: Window) -> None:
    if picture.dim() != 1 + window.dimensions or 0 in picture.shape:
        raise ExplorerError(
            f"The picture's shape is {_shape(picture)}, but a window with {window.dimensions} "
            f"axes slides over (channels, {', '.join('…' * window.dimensions)}), none of them 0."
        )


def _check_convolution(
    picture: Tensor, weight: Tensor, bias: Tensor | None, window: Window
) -> None:
    _check_picture(picture, window)
    window.output_size(picture.shape[1:])
    expected = (len(picture), *window.kernel_size)
    if weight.dim() != 2 + window.dimensions or weight.shape[1:] != expected or not len(weight):
        raise ExplorerError(
            f"The weight's shape is {_shape(weight)}.",
            f"For a picture with {len(picture)} channels it must be "
            f"(out_channels, {', '.join(map(str, expected))}).",
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ExplorerError(
            f"The bias has the shape {_shape(bias)}, but there are {len(weight)} output channels.",
            f"Give {len(weight)} numbers.",
        )


def _check_values(what: str, channels: int, size: Sequence[int]) -> None:
    values = channels * math.prod(size)
    if values > MOST_VALUES:
        raise ExplorerError(
            f"The {what} would have {values:,} values; at most {MOST_VALUES:,} are computed.",
            "Use a smaller picture, less padding or a larger stride.",
        )


def _check_work(channels: int, output_size: Sequence[int], products_per_value: int) -> None:
    """Refuses what would take too much memory or time, before anything is allocated."""
    _check_values("output", channels, output_size)
    products = channels * math.prod(output_size) * products_per_value
    if products > MOST_PRODUCTS:
        raise ExplorerError(
            f"This takes {products:,} multiplications or comparisons; "
            f"at most {MOST_PRODUCTS:,} are made.",
            "Use a smaller picture, a smaller kernel or a larger stride.",
        )


def _check_position(picture: Tensor, window: Window, position: Sequence[int]) -> None:
    size = window.output_size(picture.shape[1:])
    position = per_axis("position", position, window.dimensions)
    if any(not 0 <= p < n for p, n in zip(position, size, strict=True)):
        raise ExplorerError(
            f"There is no output cell {position}: the output's size is {size}.",
            "Counting starts at 0.",
        )


def _check_channel(channel: int, channels: int) -> None:
    if not 0 <= channel < channels:
        raise ExplorerError(
            f"There is no channel {channel}: there are {channels}.", "Counting starts at 0."
        )


def _shape(tensor: Tensor) -> str:
    return f"({', '.join(map(str, tensor.shape))})"
