"""The ONNX nodes of pooling and upsampling: the same numbers in ONNX's words.

Where ONNX has no operator for exactly what PyTorch does, several make it up: windows that ceil_mode
lets stand out, divisors, pooling to sizes that do not divide what arrives, and interpolation. All
of these work along one axis after the other, so a matrix or a table of places per axis is enough.
"""

from math import inf
from operator import ge
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.network.base import Shape, per_axis
from explorer.network.onnx_graph import Graph
from explorer.network.onnx_writers import output_shape, padded, writes

_AVERAGES = (functional.avg_pool1d, functional.avg_pool2d, functional.avg_pool3d)


def _ends(module: Any, shape: Shape, out: Shape) -> tuple[dict[str, Any], bool]:
    """The window as attributes, and whether ceil_mode lets it stand out over the padding."""
    axes = len(shape) - 1
    kernels, strides = per_axis(module.kernel_size, axes), per_axis(module.stride, axes)
    pads, gaps = per_axis(module.padding, axes), per_axis(getattr(module, "dilation", 1), axes)
    ends = [
        max(pad, (count - 1) * stride + gap * (kernel - 1) + 1 - size - pad)
        for kernel, stride, pad, gap, size, count in zip(
            kernels, strides, pads, gaps, shape[1:], out[1:], strict=True
        )
    ]
    window = {"kernel_shape": kernels, "strides": strides, "pads": [*pads, *ends]}
    return window, ends != list(pads)


@writes(nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
def _largest(graph: Graph, module: Any, value: str, shape: Shape) -> str:
    window, _ = _ends(module, shape, output_shape(module, shape))
    axes = len(shape) - 1
    pads, gaps = window["pads"], per_axis(module.dilation, axes)
    if any(pads) and (max(gaps) > 1 or any(map(ge, pads[axes:], window["kernel_shape"]))):
        # Cells that never win, put there first: gaps may leave a window nothing but these, which
        # ONNX Runtime does not make −∞ of, and it takes no padding as large as the kernel.
        value = padded(graph, value, pads[:axes], pads[axes:], filled=-inf)
        window["pads"] = [0] * len(pads)
    return graph.node("MaxPool", [value], **window, dilations=gaps)


@writes(nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
def _mean(graph: Graph, module: Any, value: str, shape: Shape) -> str:
    window, stands_out = _ends(module, shape, output_shape(module, shape))
    axes = len(shape) - 1
    if getattr(module, "divisor_override", None) is None and not stands_out:
        counted = int(module.count_include_pad)
        return graph.node("AveragePool", [value], **window, count_include_pad=counted)
    # Every window divided by all of its cells, then by what PyTorch divides it by instead.
    ones = torch.ones(1, 1, *shape[1:])
    margins = [cell for axis in reversed(range(axes)) for cell in window["pads"][axis::axes]]
    by_all = _AVERAGES[axes - 1](
        functional.pad(ones, margins), window["kernel_shape"], window["strides"]
    )
    mean = graph.node("AveragePool", [value], **window, count_include_pad=1)
    return graph.node("Mul", [mean, graph.constant("share", module(ones)[0] / by_all[0])])


@writes(nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)
def _adaptive_mean(graph: Graph, module: Any, value: str, shape: Shape) -> str:
    sizes = output_shape(module, shape)[1:]
    if set(sizes) == {1}:
        return graph.node("GlobalAveragePool", [value])
    if window := _even(shape, sizes):
        return graph.node("AveragePool", [value], **window)
    return _means(graph, value, shape, sizes)


def _means(graph: Graph, value: str, shape: Shape, sizes: Shape) -> str:
    for axis, (size, count) in enumerate(zip(shape[1:], sizes, strict=True), 2):
        weights = functional.adaptive_avg_pool1d(torch.eye(size)[None], count)[0]
        value = _mixed(graph, value, shape, axis, weights)
    return value


def _mixed(graph: Graph, value: str, shape: Shape, axis: int, weights: Tensor) -> str:
    """Along one axis, weighted sums of what arrives; weights are (cells in, cells out)."""
    letters = "ncxyz"[: len(shape) + 1]
    mixed = letters.replace(letters[axis], "o")
    table = graph.constant(f"weights{axis}", weights)
    return graph.node("Einsum", [value, table], equation=f"{letters},{letters[axis]}o->{mixed}")


@writes(nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d)
def _adaptive_largest(graph: Graph, module: Any, value: str, shape: Shape) -> str:
    sizes = output_shape(module, shape)[1:]
    if set(sizes) == {1}:
        return graph.node("GlobalMaxPool", [value])
    if window := _even(shape, sizes):
        return graph.node("MaxPool", [value], **window)
    for axis, (size, count) in enumerate(zip(shape[1:], sizes, strict=True), 2):
        starts = [place * size // count for place in range(count)]
        ends = [-(-(place + 1) * size // count) for place in range(count)]
        most = max(end - start for start, end in zip(starts, ends, strict=True))
        places = [
            [min(start + step, end - 1) for step in range(most)]
            for start, end in zip(starts, ends, strict=True)
        ]
        table = graph.constant(f"places{axis}", torch.tensor(places))
        gathered = graph.node("Gather", [value, table], axis=axis)
        along = graph.constant(f"along{axis}", torch.tensor([axis + 1]))
        value = graph.node("ReduceMax", [gathered, along], keepdims=0)
    return value


def _even(shape: Shape, sizes: Shape) -> dict[str, Any]:
    """The window that makes `sizes`, if they divide what arrives."""
    if any(size % count for size, count in zip(shape[1:], sizes, strict=True)):
        return {}
    window = [size // count for size, count in zip(shape[1:], sizes, strict=True)]
    return {"kernel_shape": window, "strides": window}


@writes(nn.Upsample)
def _upsampled(graph: Graph, module: Any, value: str, shape: Shape) -> str:
    sizes, mode = output_shape(module, shape)[1:], module.mode
    if mode == "area":
        return _means(graph, value, shape, sizes)
    whole = [count / size for count, size in zip(sizes, shape[1:], strict=True)]
    scales = _scales(module, whole)
    if _is_whole(module, whole):
        table = graph.constant("scales", torch.tensor([1.0, 1.0, *whole]))
        aligned = (
            {"coordinate_transformation_mode": "align_corners"} if module.align_corners else {}
        )
        return graph.node("Resize", [value, "", table], **_RESIZE[mode] | aligned)
    for axis, (size, count, scale) in enumerate(zip(shape[1:], sizes, scales, strict=True), 2):
        exact = {"size": count} if scales == whole else {"scale_factor": scale}
        if mode in ("nearest", "nearest-exact"):
            numbers = torch.arange(size, dtype=torch.float32)[None, None]
            places = _interpolated(numbers, mode, None, exact)[0, 0].long()
            value = graph.node(
                "Gather", [value, graph.constant(f"places{axis}", places)], axis=axis
            )
        else:
            weights = _interpolated(torch.eye(size)[None], mode, module.align_corners, exact)
            value = _mixed(graph, value, shape, axis, weights[0])
    return value


_RESIZE: dict[str, dict[str, Any]] = {
    "nearest": {
        "mode": "nearest",
        "coordinate_transformation_mode": "asymmetric",
        "nearest_mode": "floor",
    },
    "linear": {"mode": "linear"},
    "bilinear": {"mode": "linear"},
    "trilinear": {"mode": "linear"},
    "bicubic": {"mode": "cubic", "cubic_coeff_a": -0.75},
}
"""What ONNX calls PyTorch's modes, where both agree for whole factors."""
MOST_WEIGHTS = 10_000_000
"""Most numbers of a table that says how one axis is interpolated."""


def _scales(upsample: Any, whole: list[float]) -> list[float]:
    """The factors PyTorch reckons with: those given, or `whole`, of the sizes themselves."""
    given = upsample.scale_factor
    if given is None or upsample.recompute_scale_factor:
        return whole
    return list(given) if isinstance(given, tuple) else [given] * len(whole)


def _is_whole(upsample: Any, whole: list[float]) -> bool:
    """Whether ONNX's own operator does the same."""
    same = _scales(upsample, whole) == whole and all(scale == int(scale) for scale in whole)
    return same and upsample.mode in _RESIZE


def require_small_tables(name: str, upsample: Any, shape: Shape, out: Shape) -> None:
    """Raise an ExplorerError if an Upsample layer needs a table that is too large.

    Unless ONNX's own operator does the same, (cells that arrive)·(cells it puts out) numbers say
    how values are mixed along each axis.
    """
    whole = [count / size for count, size in zip(out[1:], shape[1:], strict=True)]
    if _is_whole(upsample, whole) or upsample.mode in ("nearest", "nearest-exact"):
        return
    for size, count in zip(shape[1:], out[1:], strict=True):
        if size * count > MOST_WEIGHTS:
            raise ExplorerError(
                f"`{name}` makes {count:,} cells of {size:,}, for which an ONNX file needs a table "
                f"of {size * count:,} numbers; at most {MOST_WEIGHTS:,} are written.",
                "Take a whole number as its scale_factor, or a nearest mode.",
            )


def _interpolated(
    signals: Tensor, mode: str, align_corners: bool | None, exact: dict[str, Any]
) -> Tensor:
    """Signals (1, signals, cells) interpolated along one axis, as the mode does along each."""
    if mode != "bicubic":
        flat = mode if mode.startswith("nearest") else "linear"
        return functional.interpolate(signals, mode=flat, align_corners=align_corners, **exact)
    one: dict[str, Any] = {name: (value, 1) for name, value in exact.items()}
    columns = signals[..., None]
    return functional.interpolate(columns, mode=mode, align_corners=align_corners, **one)[..., 0]
