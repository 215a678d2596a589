"""The ONNX nodes of layers with weights, of activations, and of what changes only the shape."""

from collections.abc import Callable
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from explorer.network.base import Shape
from explorer.network.onnx_graph import Graph
from explorer.network.onnx_writers import WRITERS, Writer, output_shape, padded, writes


@writes(nn.Conv1d, nn.Conv2d, nn.Conv3d)
def _convolution(graph: Graph, module: Any, value: str, shape: Shape) -> str:
    axes = len(shape) - 1
    if isinstance(module.padding, str):
        whole = [
            gap * (size - 1) for gap, size in zip(module.dilation, module.kernel_size, strict=True)
        ]
        whole = whole if module.padding == "same" else [0] * axes
        before, after = [size // 2 for size in whole], [size - size // 2 for size in whole]
    else:
        before = after = list(module.padding)
    if module.padding_mode != "zeros" or before != after:
        modes = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}
        value = padded(graph, value, before, after, mode=modes[module.padding_mode])
        before = after = [0] * axes
    return graph.node(
        "Conv",
        [value, graph.weight("weight"), *_bias(graph, module)],
        kernel_shape=module.kernel_size,
        strides=module.stride,
        dilations=module.dilation,
        pads=[*before, *after],
        group=module.groups,
    )


def _bias(graph: Graph, module: nn.Module) -> list[str]:
    return [] if module.bias is None else [graph.weight("bias")]


@writes(nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
def _transposed(graph: Graph, module: Any, value: str, shape: Shape) -> str:
    sizes = {
        "kernel_shape": module.kernel_size,
        "strides": module.stride,
        "dilations": module.dilation,
        "group": module.groups,
    }
    weight, bias = graph.weight("weight"), _bias(graph, module)
    more, pads = module.output_padding, module.padding
    if all(extra < stride for extra, stride in zip(more, module.stride, strict=True)):
        return graph.node(
            "ConvTranspose",
            [value, weight, *bias],
            **sizes,
            pads=[*pads, *pads],
            output_padding=more,
        )
    # PyTorch lets output_padding reach the stride if the dilation is larger, ONNX does not.
    whole = graph.node("ConvTranspose", [value, weight], **sizes)
    after = [extra - pad for extra, pad in zip(more, pads, strict=True)]
    cut = padded(graph, whole, [-pad for pad in pads], after)
    return (
        graph.node("Add", [cut, _per_channel(graph, "bias", module.bias, shape)]) if bias else cut
    )


def _per_channel(graph: Graph, name: str, values: Tensor, shape: Shape) -> str:
    return graph.constant(name, values.detach().view(-1, *[1] * (len(shape) - 1)))


@writes(nn.Linear)
def _linear(graph: Graph, module: Any, value: str, shape: Shape) -> str:
    return graph.node("Gemm", [value, graph.weight("weight"), *_bias(graph, module)], transB=1)


@writes(nn.Flatten, nn.Unflatten)
def _reshaped(graph: Graph, module: Any, value: str, shape: Shape) -> str:
    return _shaped(graph, value, "shape", [0, *output_shape(module, shape)])


def _shaped(graph: Graph, value: str, name: str, sizes: list[int]) -> str:
    """Another shape; a size of 0 stays as it is, which the batch does."""
    return graph.node("Reshape", [value, graph.constant(name, torch.tensor(sizes))])


@writes(
    *(nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d),
    *(nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d),
)
def _over_channels(graph: Graph, module: Any, value: str, shape: Shape) -> str:
    if module.track_running_stats:
        scale, shift = _scale_and_shift(graph, module, shape[0])
        statistics = [graph.weight("running_mean"), graph.weight("running_var")]
        return graph.node(
            "BatchNormalization", [value, scale, shift, *statistics], epsilon=module.eps
        )
    if isinstance(module, nn.InstanceNorm1d | nn.InstanceNorm2d | nn.InstanceNorm3d):
        scale, shift = _scale_and_shift(graph, module, shape[0])
        return graph.node("InstanceNormalization", [value, scale, shift], epsilon=module.eps)
    # Mean and variance of the batch itself, also in use.
    axes = graph.constant("axes", torch.tensor([0, *range(2, len(shape) + 1)]))
    mean = graph.node("ReduceMean", [value, axes])
    centred = graph.node("Sub", [value, mean])
    variance = graph.node("ReduceMean", [graph.node("Mul", [centred, centred]), axes])
    spread = graph.node(
        "Sqrt", [graph.node("Add", [variance, graph.constant("eps", torch.tensor(module.eps))])]
    )
    return _affine(graph, module, graph.node("Div", [centred, spread]), shape)


def _scale_and_shift(graph: Graph, module: Any, channels: int) -> tuple[str, str]:
    if module.affine:
        return graph.weight("weight"), graph.weight("bias")
    ones, zeros = torch.ones(channels), torch.zeros(channels)
    return graph.constant("ones", ones), graph.constant("zeros", zeros)


def _affine(graph: Graph, module: Any, value: str, shape: Shape) -> str:
    if not module.affine:
        return value
    scaled = graph.node("Mul", [value, _per_channel(graph, "scale", module.weight, shape)])
    return graph.node("Add", [scaled, _per_channel(graph, "shift", module.bias, shape)])


@writes(nn.GroupNorm)
def _over_groups(graph: Graph, module: Any, value: str, shape: Shape) -> str:
    groups = module.num_groups
    apart = _shaped(graph, value, "groups", [0, groups, prod(shape) // groups])
    numbers = [
        graph.constant("ones", torch.ones(groups)),
        graph.constant("zeros", torch.zeros(groups)),
    ]
    normal = graph.node("InstanceNormalization", [apart, *numbers], epsilon=module.eps)
    return _affine(graph, module, _shaped(graph, normal, "shape", [0, *shape]), shape)


@writes(nn.LayerNorm)
def _over_layer(graph: Graph, module: Any, value: str, shape: Shape) -> str:
    sizes = module.normalized_shape
    scale = (
        graph.weight("weight")
        if module.elementwise_affine
        else graph.constant("ones", torch.ones(sizes))
    )
    shift = _bias(graph, module) if module.elementwise_affine else []
    return graph.node(
        "LayerNormalization", [value, scale, *shift], axis=-len(sizes), epsilon=module.eps
    )


def _operator(name: str, **read: Callable[[Any], Any]) -> Writer:
    """One ONNX operator without weights; its attributes are read from the module."""

    def writer(graph: Graph, module: Any, value: str, shape: Shape) -> str:
        return graph.node(name, [value], **{each: of(module) for each, of in read.items()})

    return writer


@writes(nn.SiLU)
def _silu(graph: Graph, module: Any, value: str, shape: Shape) -> str:
    return graph.node("Mul", [value, graph.node("Sigmoid", [value])])


@writes(nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d)
def _passed_on(graph: Graph, module: Any, value: str, shape: Shape) -> str:
    return value


WRITERS |= {
    nn.ReLU: _operator("Relu"),
    nn.LeakyReLU: _operator("LeakyRelu", alpha=lambda module: module.negative_slope),
    nn.ELU: _operator("Elu", alpha=lambda module: module.alpha),
    nn.GELU: _operator("Gelu", approximate=lambda module: module.approximate),
    nn.Tanh: _operator("Tanh"),
    nn.Sigmoid: _operator("Sigmoid"),
    nn.Softmax: _operator("Softmax", axis=lambda module: module.dim),
}
