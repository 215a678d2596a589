"""PyTorch's answers, asked for without any of the explorer's own calls to it."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from explorer.windows import (
    AdaptivePooling,
    Convolution,
    MaxUnpooling,
    Operation,
    Pooling,
    TransposedConvolution,
    Window,
)

REFUSALS = (RuntimeError, ValueError)  # what PyTorch raises for what it does not do


@torch.no_grad()
def pytorch(
    operation: Operation,
    picture: Tensor,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    indices: Tensor | None = None,
) -> Tensor:
    """PyTorch's output by the modules of `torch.nn`, with their own padding where they have it.

    Raises:
        RuntimeError, ValueError: PyTorch refuses.
    """
    if isinstance(operation, Convolution):
        assert weight is not None
        return _convolution(operation, picture, weight, bias)
    if isinstance(operation, TransposedConvolution):
        assert weight is not None
        return _transposed(operation, picture, weight, bias)
    if isinstance(operation, MaxUnpooling):
        module = _module("MaxUnpool", operation)(*_pool_window(operation.window))
        return module(picture, indices, output_size=operation.target_size)
    return pooling(operation)(picture)


def pooling(operation: Pooling | AdaptivePooling, return_indices: bool = False) -> nn.Module:
    """The module of a pooling."""
    if isinstance(operation, AdaptivePooling):
        if operation.kind == "adaptive_max":
            return _module("AdaptiveMaxPool", operation)(operation.target_size, return_indices)
        return _module("AdaptiveAvgPool", operation)(operation.target_size)
    window, rounds_up = operation.window, operation.ceil_mode
    size, stride, padding = _pool_window(window)
    if operation.kind == "max":
        dilation = window.dilation
        return _module("MaxPool", operation)(
            size, stride, padding, dilation, return_indices, rounds_up
        )
    if set(window.dilation) != {1}:
        raise ValueError("no other pooling has a dilation")
    if operation.kind == "lp":
        if any(padding):
            raise ValueError("Lp pooling has no padding")
        if operation.dimensions == 1:
            return nn.LPPool1d(operation.norm_type, size[0], stride[0], rounds_up)
        return _module("LPPool", operation)(operation.norm_type, size, stride, rounds_up)
    more = () if operation.dimensions == 1 else (operation.divisor_override,)
    return _module("AvgPool", operation)(
        size, stride, padding, rounds_up, operation.count_include_pad, *more
    )


def pytorch_size(operation: Operation, input_size: tuple[int, ...]) -> tuple[int, ...] | None:
    """The output size that PyTorch computes for one channel; None where it refuses.

    An output of no cells counts as refused: on some processors PyTorch gives one for a transposed
    convolution in groups, and refuses the same without groups.
    """
    picture = torch.zeros(1, *input_size)
    weight = indices = None
    if isinstance(operation, Convolution | TransposedConvolution):
        weight = torch.ones(operation.groups, 1, *operation.window.kernel_size)
        picture = picture.expand(operation.groups, *input_size)
    if isinstance(operation, MaxUnpooling):
        indices = torch.zeros(picture.shape, dtype=torch.int64)
    try:
        size = tuple(pytorch(operation, picture, weight, None, indices).shape[1:])
    except REFUSALS:
        return None
    return None if 0 in size else size


def _convolution(
    operation: Convolution, picture: Tensor, weight: Tensor, bias: Tensor | None
) -> Tensor:
    window = operation.window
    padding = tuple(before for before, _ in window.padding)
    mode = operation.padding_mode
    if any(before != after for before, after in window.padding):
        sides = [side for pair in window.padding[::-1] for side in pair]
        picture = functional.pad(picture, sides, "constant" if mode == "zeros" else mode)
        padding, mode = (0,) * window.dimensions, "zeros"
    module = _module("Conv", operation)(
        len(picture),
        len(weight),
        window.kernel_size,
        window.stride,
        padding,
        window.dilation,
        operation.groups,
        bias is not None,
        mode,
    )
    return _with(module, weight, bias)(picture)


def _transposed(
    operation: TransposedConvolution, picture: Tensor, weight: Tensor, bias: Tensor | None
) -> Tensor:
    window = operation.window
    module = _module("ConvTranspose", operation)(
        len(picture),
        weight.shape[1] * operation.groups,
        window.kernel_size,
        window.stride,
        tuple(before for before, _ in window.padding),
        operation.output_padding,
        operation.groups,
        bias is not None,
        window.dilation,
    )
    return _with(module, weight, bias)(picture)


def _with(module: nn.Module, weight: Tensor, bias: Tensor | None) -> nn.Module:
    module.weight = nn.Parameter(weight)
    if bias is not None:
        module.bias = nn.Parameter(bias)
    return module


def _pool_window(window: Window) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    assert all(before == after for before, after in window.padding)
    return window.kernel_size, window.stride, tuple(before for before, _ in window.padding)


def _module(name: str, operation: Operation) -> Callable[..., nn.Module]:
    return getattr(nn, f"{name}{operation.dimensions}d")
