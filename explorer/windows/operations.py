"""What a sliding window computes: PyTorch's own result.

Pictures are unbatched tensors (C, *spatial). Results come from `torch.nn.functional` in float32.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.windows.convolutions import Convolution, TransposedConvolution
from explorer.windows.poolings import AdaptivePooling, Pooling
from explorer.windows.tensors import Operation, check_shapes, check_work
from explorer.windows.unpooling import MaxUnpooling


@torch.no_grad()
def result(
    operation: Operation,
    picture: Tensor,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    indices: Tensor | None = None,
) -> Tensor:
    """PyTorch's result.

    Args:
        operation: What is computed.
        picture: (C, *spatial)
        weight: (out, C / groups, *kernel_size) of a convolution, (C, out / groups, *kernel_size)
            of a transposed one, else None.
        bias: (out,) or None
        indices: For max-unpooling, (C, *spatial) whole numbers: flat positions in an output map.

    Returns:
        (out, *output_size) float32; (C, *output_size) for all kinds of pooling. A max window that
        reads only padding gives −inf; Lp pooling of negative numbers can give NaN.

    Raises:
        ExplorerError: Shapes that do not belong together, settings that PyTorch refuses, or more
            than `MOST_VALUES` values or `MOST_PRODUCTS` multiplications.
    """
    check_shapes(operation, picture, weight, bias, indices)
    check_work(operation, picture, weight)
    picture = picture.to(torch.float32)
    if isinstance(operation, Convolution | TransposedConvolution):
        assert weight is not None
        kernel = weight.to(torch.float32)
        added = None if bias is None else bias.to(torch.float32)
        if isinstance(operation, Convolution):
            return _convolution(operation, picture, kernel, added)
        return _transposed(operation, picture, kernel, added)
    if isinstance(operation, MaxUnpooling):
        assert indices is not None
        return _unpooling(operation, picture, indices.to(torch.int64))
    if isinstance(operation, AdaptivePooling):
        name = "max" if operation.kind == "adaptive_max" else "avg"
        return _of(f"adaptive_{name}_pool", operation)(picture, operation.target_size)
    return _pooling(operation, picture)


@torch.no_grad()
def max_indices(operation: Pooling | AdaptivePooling, picture: Tensor) -> Tensor:
    """Which cell won: (C, *output_size) int64, its flat position in a map of the picture.

    Raises:
        ExplorerError: As `result`, or a pooling that has no winner.
    """
    check_shapes(operation, picture, None, None, None)
    check_work(operation, picture, None)
    picture = picture.to(torch.float32)
    if operation.kind == "adaptive_max":
        pool = _of("adaptive_max_pool", operation)
        return pool(picture, operation.target_size, return_indices=True)[1]
    if not isinstance(operation, Pooling) or operation.kind != "max":
        raise ExplorerError(
            f"The pooling is {operation.kind}, in which no cell wins.", "Use max pooling."
        )
    return _of("max_pool", operation)(picture, **_max_settings(operation), return_indices=True)[1]


def _convolution(
    operation: Convolution, picture: Tensor, weight: Tensor, bias: Tensor | None
) -> Tensor:
    window = operation.window
    padding = tuple(before for before, _ in window.padding)
    if not window.alike or operation.padding_mode != "zeros":
        mode = "constant" if operation.padding_mode == "zeros" else operation.padding_mode
        # functional.pad wants the last axis first
        sides = [cells for pair in reversed(window.padding) for cells in pair]
        picture, padding = functional.pad(picture, sides, mode), (0,) * window.dimensions
    convolve = _of("conv", operation)
    return convolve(
        picture, weight, bias, window.stride, padding, window.dilation, operation.groups
    )


def _transposed(
    operation: TransposedConvolution, picture: Tensor, weight: Tensor, bias: Tensor | None
) -> Tensor:
    window = operation.window
    return _of("conv_transpose", operation)(
        picture,
        weight,
        bias,
        stride=window.stride,
        padding=tuple(before for before, _ in window.padding),
        output_padding=operation.output_padding,
        groups=operation.groups,
        dilation=window.dilation,
    )


def _pooling(operation: Pooling, picture: Tensor) -> Tensor:
    window = operation.window
    if operation.kind == "max":
        return _of("max_pool", operation)(picture, **_max_settings(operation))
    if operation.kind == "lp":
        # lp_pool1d multiplies by its kernel size and wants it as a number
        one = operation.dimensions == 1
        return _of("lp_pool", operation)(
            picture,
            operation.norm_type,
            window.kernel_size[0] if one else window.kernel_size,
            window.stride[0] if one else window.stride,
            ceil_mode=operation.ceil_mode,
        )
    override = {} if operation.dimensions == 1 else {"divisor_override": operation.divisor_override}
    return _of("avg_pool", operation)(
        picture,
        window.kernel_size,
        window.stride,
        tuple(before for before, _ in window.padding),
        ceil_mode=operation.ceil_mode,
        count_include_pad=operation.count_include_pad,
        **override,
    )


def _max_settings(operation: Pooling) -> dict[str, object]:
    window = operation.window
    return {
        "kernel_size": window.kernel_size,
        "stride": window.stride,
        "padding": tuple(before for before, _ in window.padding),
        "dilation": window.dilation,
        "ceil_mode": operation.ceil_mode,
    }


def _unpooling(operation: MaxUnpooling, picture: Tensor, indices: Tensor) -> Tensor:
    window = operation.window
    return _of("max_unpool", operation)(
        last_of_equals(picture, indices),
        indices,
        window.kernel_size,
        window.stride,
        tuple(before for before, _ in window.padding),
        output_size=operation.target_size,
    )


def last_of_equals(picture: Tensor, indices: Tensor) -> Tensor:
    """Pooled values in which cells with the same index have the value of the last of them.

    PyTorch writes all of them, on several threads, and what stays where they differ is up to
    which thread is last; so they are made the same, as they are on one thread.
    """
    values = picture.flatten(1).numpy().copy()
    for row, places in zip(values, indices.flatten(1).numpy(), strict=True):
        kept = np.zeros(int(places.max(initial=-1)) + 1, row.dtype)
        kept[places] = row  # NumPy keeps the last value of a repeated index
        row[:] = kept[places]
    return torch.from_numpy(values).view(picture.shape)


def _of(name: str, operation: Operation) -> Callable[..., Tensor]:
    """The function of torch.nn.functional for the operation's number of axes."""
    return getattr(functional, f"{name}{operation.dimensions}d")
