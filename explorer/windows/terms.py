"""How one output cell comes about, from the taps, by plain index arithmetic in float64.

Nothing here asks PyTorch what the operation gives, so that the terms explain its value instead of
repeating it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.windows.convolutions import Convolution, TransposedConvolution
from explorer.windows.operations import Operation
from explorer.windows.poolings import AdaptivePooling, Pooling
from explorer.windows.taps import BEYOND, Pairs
from explorer.windows.tensors import check_shapes, out_channels
from explorer.windows.unpooling import MaxUnpooling

# What a cell of a patch is (`Terms.inside`), as in the player's arithmetic.js.
IS_PADDING, IS_PICTURE, IS_BEYOND, NO_TAP = range(4)


@dataclass(frozen=True, eq=False)
class Terms:
    """How one output cell comes about; float64 tensors.

    Attributes:
        patch: (C, *kernel), what is read from the input channels that matter: those of the
            group for a convolution, the one channel for pooling. 0 where nothing is read, −inf
            where max pooling reads padding. For adaptive pooling the kernel is this window; for
            unpooling one cell, the pooled value.
        inside: (*kernel) uint8: 1 where an input cell is read, also by way of padding that repeats
            the picture; 0 where other padding, 2 beyond the padded input, 3 where no input cell
            meets this cell of the kernel.
        weight: (C, *kernel), the kernel of the output channel; None for pooling.
        products: (C, *kernel), patch · weight; None for pooling.
        channel_sums: (C,), the products of each input channel added up; None for pooling.
        bias: Added at the end; 0.0 without.
        winner: For max, the place in the patch of the largest cell, the first one of equals, None
            if nothing but padding is read; for unpooling, the place of the value in its pooled
            map, None if the cell stays 0; None for all others.
        total: For average the sum of what is read, for Lp the sum of its p-th powers.
        divisor: For average, what the total is divided by. For Lp what PyTorch divides the total
            by, which is 1 but where `ceil_mode` reaches beyond the input: see `_lp`.
        value: The output cell.
    """

    patch: Tensor
    inside: Tensor
    weight: Tensor | None
    products: Tensor | None
    channel_sums: Tensor | None
    bias: float
    winner: tuple[int, ...] | None
    total: float | None
    divisor: float | None
    value: float


@torch.no_grad()
def terms(
    operation: Operation,
    picture: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    out_channel: int,
    position: Sequence[int],
    indices: Tensor | None = None,
) -> Terms:
    """The arithmetic of the output cell (out_channel, *position) of `result`.

    Raises:
        ExplorerError: As `result`, or no such output cell.
    """
    check_shapes(operation, picture, weight, bias, indices)
    if isinstance(operation, Convolution | TransposedConvolution):
        assert weight is not None
        _check_channel(out_channel, out_channels(operation, weight))
        return _weighted(operation, picture, weight, bias, out_channel, position)
    _check_channel(out_channel, len(picture))
    if isinstance(operation, MaxUnpooling):
        assert indices is not None
        return _unpooled(operation, picture[out_channel], indices[out_channel], position)
    pairs = operation.reads(picture.shape[1:], position)
    largest = operation.kind in ("max", "adaptive_max")
    channel = picture[out_channel : out_channel + 1]
    patch, inside = _patch(
        channel, pairs, [len(along) for along in pairs], -math.inf if largest else 0.0
    )
    if largest:
        return _largest(patch, inside)
    if isinstance(operation, Pooling) and operation.kind == "lp":
        return _lp(operation, patch, inside)
    total = float(patch.sum())
    divisor = _divisor(operation, inside)
    return _pooled(patch, inside, total / divisor, total=total, divisor=divisor)


def _weighted(
    operation: Convolution | TransposedConvolution,
    picture: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    out_channel: int,
    position: Sequence[int],
) -> Terms:
    """A convolution's cell: patch times weight, summed, plus bias."""
    group = out_channel * operation.groups // out_channels(operation, weight)
    members = len(picture) // operation.groups
    channels = slice(group * members, (group + 1) * members)
    if isinstance(operation, Convolution):
        kernel = weight[out_channel]
    else:
        kernel = weight[channels, out_channel % weight.shape[1]]
    pairs = operation.reads(picture.shape[1:], position)
    patch, inside = _patch(picture[channels], pairs, operation.window.kernel_size, 0.0)
    kernel = kernel.to(torch.float64)
    products = patch * kernel
    channel_sums = products.flatten(1).sum(1)
    added = 0.0 if bias is None else float(bias[out_channel])
    value = float(channel_sums.sum()) + added
    return Terms(patch, inside, kernel, products, channel_sums, added, None, None, None, value)


def _patch(
    picture: Tensor, pairs: Sequence[Pairs], kernel_size: Sequence[int], fill: float
) -> tuple[Tensor, Tensor]:
    """What is read (C, *kernel) in float64, or `fill`, and what each cell of the kernel is."""
    sources, inside = [], torch.full(tuple(kernel_size), IS_PICTURE, dtype=torch.uint8)
    for axis, (along, k) in enumerate(zip(pairs, kernel_size, strict=True)):
        source, state = torch.zeros(k, dtype=torch.int64), torch.full((k,), NO_TAP)
        for index, cell in along:
            source[index] = max(cell, 0)
            state[index] = IS_PICTURE if cell >= 0 else IS_BEYOND if cell == BEYOND else IS_PADDING
        sources.append(source)
        state = state.to(torch.uint8).view(
            [-1 if other == axis else 1 for other in range(len(pairs))]
        )
        inside = _worse(inside, state)
    patch = picture[(slice(None), *torch.meshgrid(sources, indexing="ij"))].to(torch.float64)
    return patch.where(inside == IS_PICTURE, fill), inside


def _worse(first: Tensor, second: Tensor) -> Tensor:
    """What a cell is when its axes say two things: no tap before beyond before padding."""
    order = torch.tensor([1, 0, 2, 3])  # of IS_PADDING, IS_PICTURE, IS_BEYOND, NO_TAP
    first, second = torch.broadcast_tensors(first, second)
    return first.where(order[first.long()] >= order[second.long()], second)


def _pooled(
    patch: Tensor,
    inside: Tensor,
    value: float,
    *,
    winner: tuple[int, ...] | None = None,
    total: float | None = None,
    divisor: float | None = None,
) -> Terms:
    return Terms(patch, inside, None, None, None, 0.0, winner, total, divisor, value)


def _largest(patch: Tensor, inside: Tensor) -> Terms:
    first = torch.unravel_index(patch[0].argmax(), inside.shape)
    winner = tuple(int(index) for index in first)
    read = bool((inside == IS_PICTURE).any())
    return _pooled(patch, inside, float(patch.max()), winner=winner if read else None)


def _divisor(operation: Pooling | AdaptivePooling, inside: Tensor) -> int:
    """What an average divides by: an override, the cells of the picture, or padding as well."""
    if isinstance(operation, Pooling) and operation.divisor_override is not None:
        return operation.divisor_override
    counted = inside == IS_PICTURE
    if isinstance(operation, Pooling) and operation.count_include_pad:
        counted |= inside == IS_PADDING
    return int(counted.sum())


def _lp(operation: Pooling, patch: Tensor, inside: Tensor) -> Terms:
    """(Σ xᵖ)^(1/p), as PyTorch computes it: the average of xᵖ times the cells of the kernel.

    At an edge where `ceil_mode` reaches beyond the input, the average is over the cells read, but
    multiplied by all cells of the kernel: PyTorch's sum is larger there by kernel cells / cells
    read, and so is this one; `divisor` is cells read / kernel cells. The sign of x is kept only by
    an odd p; a root of a negative sum, or a fractional power of a negative cell, is NaN.
    """
    read = inside == IS_PICTURE
    total = float(patch[0][read].pow(operation.norm_type).sum())
    divisor = int(read.sum()) / inside.numel()
    value = float(torch.tensor(total / divisor, dtype=torch.float64).pow(1 / operation.norm_type))
    return _pooled(patch, inside, value, total=total, divisor=divisor)


def _unpooled(
    operation: MaxUnpooling, pooled: Tensor, indices: Tensor, position: Sequence[int]
) -> Terms:
    """The last pooled value whose index is this cell, or 0."""
    size = operation.target_size
    if len(position) != len(size) or any(
        not 0 <= p < n for p, n in zip(position, size, strict=True)
    ):
        raise ExplorerError(
            f"There is no output cell {tuple(position)}: the output's size is {size}.",
            "Counting starts at 0.",
        )
    flat = 0
    for p, n in zip(position, size, strict=True):
        flat = flat * n + p
    named = (indices == flat).nonzero()
    winner = tuple(named[-1].tolist()) if len(named) else None
    value = float(pooled[winner]) if winner else 0.0
    cell = (1,) * len(size)
    patch = torch.full((1, *cell), value, dtype=torch.float64)
    inside = torch.full(cell, IS_PICTURE if winner else NO_TAP, dtype=torch.uint8)
    return _pooled(patch, inside, value, winner=winner)


def _check_channel(channel: int, channels: int) -> None:
    if not 0 <= channel < channels:
        raise ExplorerError(
            f"There is no channel {channel}: there are {channels}.", "Counting starts at 0."
        )
