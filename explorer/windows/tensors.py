"""Which tensors belong to an operation, and what is too large to compute."""

import math
from collections.abc import Sequence

from torch import Tensor

from explorer.errors import ExplorerError
from explorer.windows.convolutions import Convolution, TransposedConvolution
from explorer.windows.poolings import AdaptivePooling, Pooling
from explorer.windows.unpooling import MaxUnpooling

Operation = Convolution | TransposedConvolution | Pooling | AdaptivePooling | MaxUnpooling

MOST_VALUES = 20_000_000  # of the padded input, and of the output: 80 MB each in float32
MOST_PRODUCTS = 10_000_000_000  # multiplications of one call: some seconds on two cores


def check_shapes(
    operation: Operation,
    picture: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    indices: Tensor | None,
) -> None:
    """Refuses tensors that do not belong together, or to the operation."""
    if picture.dim() != 1 + operation.dimensions or 0 in picture.shape:
        raise ExplorerError(
            f"The picture's shape is {_shape(picture)}, but a window with {operation.dimensions} "
            f"axes slides over (channels, {', '.join('…' * operation.dimensions)}), none of them 0."
        )
    operation.checked(picture.shape[1:])
    if isinstance(operation, Convolution | TransposedConvolution):
        _check_weight(operation, picture, weight, bias)
    elif weight is not None or bias is not None:
        raise ExplorerError("Pooling has no weight and no bias.", "Leave them out.")
    if isinstance(operation, MaxUnpooling):
        _check_indices(operation, picture, indices)
    elif indices is not None:
        raise ExplorerError("Only max-unpooling takes indices.", "Leave them out.")


def _check_weight(
    operation: Convolution | TransposedConvolution,
    picture: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
) -> None:
    channels, groups = len(picture), operation.groups
    if channels % groups:
        raise ExplorerError(
            f"The picture's {channels} channels cannot be divided into {groups} groups.",
            f"Use {_divisors(channels)} groups.",
        )
    first = channels if isinstance(operation, TransposedConvolution) else None
    second = None if first else channels // groups
    size = operation.window.kernel_size
    if (
        weight is None
        or weight.dim() != 2 + len(size)
        or weight.shape[2:] != size
        or (weight.shape[0] != first if first else weight.shape[1] != second)
        or 0 in weight.shape
    ):
        names = (f"{first}", "out_channels / groups") if first else ("out_channels", f"{second}")
        raise ExplorerError(
            "There is no weight." if weight is None else f"The weight's shape is {_shape(weight)}.",
            f"For a picture with {channels} channels in {groups} group{'s' * (groups > 1)} it must "
            f"be ({', '.join([*names, *map(str, size)])}).",
        )
    out = out_channels(operation, weight)
    if out % groups:
        raise ExplorerError(
            f"The {out} output channels cannot be divided into {groups} groups.",
            f"Use a multiple of {groups} output channels.",
        )
    if bias is not None and bias.shape != (out,):
        raise ExplorerError(
            f"The bias has the shape {_shape(bias)}, but there are {out} output channels.",
            f"Give {out} numbers.",
        )


def out_channels(operation: Convolution | TransposedConvolution, weight: Tensor) -> int:
    """How many maps a weight makes."""
    if isinstance(operation, TransposedConvolution):
        return weight.shape[1] * operation.groups
    return weight.shape[0]


def _check_indices(operation: MaxUnpooling, picture: Tensor, indices: Tensor | None) -> None:
    if indices is None or indices.shape != picture.shape:
        told = "There are no indices." if indices is None else f"Their shape is {_shape(indices)}."
        raise ExplorerError(
            f"Max-unpooling needs the index of every pooled value. {told}",
            f"Give whole numbers of the shape {_shape(picture)}.",
        )
    if indices.is_floating_point() or indices.is_complex():
        raise ExplorerError(f"The indices are {indices.dtype}.", "Give whole numbers.")
    cells = math.prod(operation.target_size)
    lowest, highest = int(indices.min()), int(indices.max())
    if lowest < 0 or highest >= cells:
        raise ExplorerError(
            f"There is an index {lowest if lowest < 0 else highest}, but an output map has "
            f"{cells:,} cells.",
            f"Use indices from 0 to {cells - 1:,}, or a larger output size.",
        )


def check_work(operation: Operation, picture: Tensor, weight: Tensor | None) -> None:
    """Refuses what would take too much memory or time, before anything is allocated."""
    size, output_size = picture.shape[1:], operation.output_size(picture.shape[1:])
    channels, per_value = len(picture), 1
    if isinstance(operation, Convolution | Pooling):
        pairs = zip(size, operation.window.padding, strict=True)
        _check_values("padded input", channels, [n + sum(pair) for n, pair in pairs], operation)
        per_value = math.prod(operation.window.kernel_size)
    if isinstance(operation, AdaptivePooling):
        pairs = zip(size, output_size, strict=True)
        # a window may share a cell with each neighbour
        per_value = math.prod(n // out + 2 for n, out in pairs)
    work = channels * math.prod(output_size) * per_value
    if isinstance(operation, Convolution | TransposedConvolution):
        assert weight is not None
        channels = out_channels(operation, weight)
        work = weight[0].numel() * len(weight) * math.prod(output_size)
        if isinstance(operation, TransposedConvolution):
            work = weight.numel() * math.prod(size)
    _check_values("output", channels, output_size, operation)
    if work > MOST_PRODUCTS:
        raise ExplorerError(
            f"This takes {work:,} multiplications or comparisons; "
            f"at most {MOST_PRODUCTS:,} are made.",
            f"Use a smaller picture, a smaller kernel{_other_ways(operation)}.",
        )


def _other_ways(operation: Operation) -> str:
    """What else makes less work; a larger stride makes a transposed convolution's output larger."""
    if isinstance(operation, Convolution | Pooling):
        return " or a larger stride"
    return " or a smaller stride" if isinstance(operation, TransposedConvolution) else ""


def _check_values(what: str, channels: int, size: Sequence[int], operation: Operation) -> None:
    values = channels * math.prod(size)
    if values > MOST_VALUES:
        raise ExplorerError(
            f"The {what} would have {values:,} values; at most {MOST_VALUES:,} are computed.",
            f"Use a smaller picture, fewer maps{_other_ways(operation)}.",
        )


def _divisors(channels: int) -> str:
    found = [str(number) for number in range(1, channels + 1) if channels % number == 0]
    return f"{', '.join(found[:-1])} or {found[-1]}" if len(found) > 1 else found[0]


def _shape(tensor: Tensor) -> str:
    return f"({', '.join(map(str, tensor.shape))})"
