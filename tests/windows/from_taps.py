"""A whole output from the taps alone, in float64: what the taps say, not what PyTorch gives."""

import math

import numpy as np
from torch import Tensor

from explorer.windows import (
    PADDING,
    AdaptivePooling,
    AxisTaps,
    Convolution,
    Operation,
    Pooling,
    TransposedConvolution,
)


def output_from_taps(
    operation: Operation, picture: Tensor, weight: Tensor | None, bias: Tensor | None
) -> np.ndarray:
    """(maps, *output size) of any operation but max-unpooling, whose taps are no product."""
    taps = operation.taps(tuple(picture.shape[1:]))
    sizes = [axis.size for axis in taps]
    if isinstance(operation, Convolution | TransposedConvolution):
        assert weight is not None
        added = np.zeros(1) if bias is None else bias.double().numpy()
        read = _gathered(picture, taps, operation.window.kernel_size, 0.0)
        maps = _weighted(operation, read.reshape(len(picture), -1, math.prod(sizes)), weight)
        return (maps + added[:, None]).reshape(-1, *sizes)
    widest = tuple(max(map(len, axis.pairs)) for axis in taps)
    largest = operation.kind in ("max", "adaptive_max")
    read = _gathered(picture, taps, widest, -math.inf if largest else 0.0)
    read = read.reshape(len(picture), -1, *sizes)
    if largest:
        return read.max(axis=1)
    assert isinstance(operation, Pooling | AdaptivePooling)
    counted, cells = _counts(operation, taps), math.prod(widest)
    if operation.kind == "lp":
        assert isinstance(operation, Pooling)
        with np.errstate(invalid="ignore"):
            total = (read**operation.norm_type).sum(axis=1) / counted * cells
            return total ** (1 / operation.norm_type)
    if isinstance(operation, Pooling) and operation.divisor_override is not None:
        counted = operation.divisor_override
    return read.sum(axis=1) / counted


def _gathered(
    picture: Tensor, taps: tuple[AxisTaps, ...], kernel_size: tuple[int, ...], fill: float
) -> np.ndarray:
    """(C, *kernel, *output): what each kernel cell reads, `fill` where it reads no input cell."""
    dimensions = len(taps)
    # one more cell along each axis holds what is read outside
    values = np.full((len(picture), *(n + 1 for n in picture.shape[1:])), fill)
    values[(slice(None), *(slice(n) for n in picture.shape[1:]))] = picture.double().numpy()
    for axis, (along, k) in enumerate(zip(taps, kernel_size, strict=True)):
        sources = np.full((k, along.size), picture.shape[1 + axis])
        for position, pairs in enumerate(along.pairs):
            for index, source in pairs:
                if source >= 0:
                    sources[index, position] = source
        values = np.take(values, sources, axis=1 + 2 * axis)
    kernels = [1 + 2 * axis for axis in range(dimensions)]
    return values.transpose(0, *kernels, *(axis + 1 for axis in kernels))


def _weighted(
    operation: Convolution | TransposedConvolution, read: np.ndarray, weight: Tensor
) -> np.ndarray:
    """(out, cells) from (C, kernel cells, cells)."""
    kernels = weight.double().flatten(2).numpy()
    members = len(read) // operation.groups
    maps = []
    for group in range(operation.groups):
        of_group = read[group * members : (group + 1) * members].reshape(-1, read.shape[2])
        if isinstance(operation, TransposedConvolution):
            rows = kernels[group * members : (group + 1) * members].transpose(1, 0, 2)
        else:
            makes = len(kernels) // operation.groups
            rows = kernels[group * makes : (group + 1) * makes]
        maps.append(rows.reshape(len(rows), -1) @ of_group)
    return np.concatenate(maps)


def _counts(operation: Pooling | AdaptivePooling, taps: tuple[AxisTaps, ...]) -> np.ndarray:
    """(*output): how many cells an average divides by, a product over the axes."""
    padding = isinstance(operation, Pooling) and operation.count_include_pad
    counts = np.ones(())
    for along in taps:
        of_axis = [
            sum(source >= 0 or (padding and source == PADDING) for _, source in pairs)
            for pairs in along.pairs
        ]
        counts = np.multiply.outer(counts, np.array(of_axis, dtype=np.float64))
    return counts
