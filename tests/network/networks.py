"""Random networks, valid and broken, and PyTorch's own opinion of them."""

from typing import Any

import torch
from hypothesis import strategies as st
from torch import nn

from explorer.network import InputShape, NetworkSpec, Normalisation
from explorer.network.base import LayerSpec
from explorer.network.blocks import Pretrained
from explorer.network.layers import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sigmoid,
    Tanh,
)
from explorer.network.shapes import trace


def per_axis(smallest: int, largest: int) -> st.SearchStrategy[Any]:
    """An int, or a pair."""
    size = st.integers(smallest, largest)
    return size | st.tuples(size, size)


def maybe(chance_of_none: int, strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(*[st.none()] * chance_of_none, strategy)


CONVOLUTIONS = st.builds(
    Conv2d,
    in_channels=maybe(6, st.integers(1, 4)),
    out_channels=st.integers(1, 5),
    kernel_size=per_axis(1, 5),
    stride=per_axis(1, 3),
    padding=per_axis(0, 2),
    dilation=per_axis(1, 2),
    bias=st.booleans(),
)
POOLS = st.builds(
    MaxPool2d,
    kernel_size=per_axis(1, 4),
    stride=st.none() | per_axis(1, 3),
    padding=per_axis(0, 1),
    dilation=per_axis(1, 2),
) | st.builds(
    AvgPool2d,
    kernel_size=per_axis(1, 4),
    stride=st.none() | per_axis(1, 3),
    padding=per_axis(0, 1),
)
ANYWHERE = st.sampled_from([ReLU(), Sigmoid(), Tanh(), Dropout(p=0.3)])
NORMS = st.builds(BatchNorm2d, num_features=maybe(6, st.integers(1, 4)))
LINEARS = st.builds(
    Linear,
    in_features=maybe(8, st.integers(1, 40)),
    out_features=st.integers(1, 12),
    bias=st.booleans(),
)
ON_PICTURES = st.one_of(CONVOLUTIONS, CONVOLUTIONS, POOLS, NORMS, ANYWHERE)
ON_ROWS = st.one_of(LINEARS, LINEARS, ANYWHERE)
INPUTS = st.builds(
    InputShape,
    channels=st.integers(1, 4),
    height=st.integers(1, 20),
    width=st.integers(1, 20),
)


@st.composite
def networks(draw: st.DrawFn) -> NetworkSpec:
    """Sensible in order, often broken in a number; sometimes in any order at all."""
    input = draw(INPUTS)
    number = st.floats(0.1, 0.9)
    channels = st.tuples(*[number] * input.channels)
    layers = (
        *draw(st.lists(ON_PICTURES, max_size=5)),
        Flatten(),
        *draw(st.lists(ON_ROWS, max_size=3)),
    )
    return NetworkSpec(
        name=draw(st.text(st.characters(categories=("L", "P", "S")), min_size=1, max_size=20)),
        input=input,
        normalisation=draw(
            st.none() | st.builds(Normalisation, mean=channels, std=channels),
        ),
        layers=tuple(draw(st.permutations(layers)) if draw(st.integers(0, 5)) == 0 else layers),
    )


def at_random(spec: NetworkSpec) -> NetworkSpec:
    """The network with random weights in Pretrained blocks, which need no download."""
    return spec.with_layers(
        node.model_copy(update={"weights": "random"}) if isinstance(node, Pretrained) else node
        for node in spec.layers
    )


def working_networks() -> st.SearchStrategy[NetworkSpec]:
    """Those that trace to the end: of a broken one, the layers before the failure."""

    def up_to_failure(spec: NetworkSpec) -> NetworkSpec:
        return spec.with_layers(spec.layers[: len(trace(spec).rows)])

    return networks().map(up_to_failure)


def torch_layer(layer: LayerSpec) -> nn.Module:
    """The layer made by hand from its fields; PyTorch's lazy modules infer what is left open."""
    given = layer.model_dump(exclude={"kind", "name"})
    inferred = {"in_channels", "in_features", "num_features"}
    open_fields = [field for field, value in given.items() if value is None and field in inferred]
    kind = f"Lazy{layer.kind}" if open_fields else layer.kind
    return getattr(nn, kind)(
        **{field: value for field, value in given.items() if field not in open_fields}
    )


def forward(spec: NetworkSpec) -> tuple[list[torch.Size], list[int]]:
    """Output shapes and parameter counts of a real forward on the CPU, up to the first layer that
    PyTorch refuses, or that is a Linear on something that is not a row, which it does not refuse.
    """
    shapes, parameters = [], []
    x = torch.rand(1, *spec.input.shape)
    with torch.no_grad():
        for layer in spec.layers:
            if isinstance(layer, Linear) and x.dim() != 2:
                break
            try:
                module = torch_layer(layer).eval()
                x = module(x)
            except (RuntimeError, ValueError, IndexError):
                break
            shapes.append(x.shape[1:])
            parameters.append(sum(parameter.numel() for parameter in module.parameters()))
    return shapes, parameters
