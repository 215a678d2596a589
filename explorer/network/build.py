"""From a spec to the torch.nn.Module that is trained."""

from collections import OrderedDict
from collections.abc import Iterable

from torch import nn

from explorer.network import joins, modules
from explorer.network.base import LayerSpec, Shape
from explorer.network.blocks import (
    Block,
    Branches,
    Pretrained,
    Residual,
    Sequential,
    joined,
    names_of,
)
from explorer.network.modules import Normalise
from explorer.network.shapes import trace
from explorer.network.spec import NetworkSpec

__all__ = ["Normalise", "build"]


def build(spec: NetworkSpec) -> nn.Sequential:
    """The module of a network, with fresh weights from PyTorch's random numbers.

    Pretrained blocks start with random numbers too: `pretrained.load` gives them their weights.
    It takes (N, C, H, W) float32 pixels in 0..1, in either memory format. Its children are
    `normalise`, if the spec has a normalisation, and the layers and blocks under their names; all
    `named_modules` are those of the trace.

    Raises:
        ExplorerError: If a layer cannot work or the network is too large; nothing is allocated
            then.
    """
    traced = trace(spec)
    traced.require_complete()
    shapes = {row.name: (row.input_shape, row.output_shape) for row in traced.rows}
    made = _sequence(spec.layers, "", shapes)
    if not spec.normalisation:
        return made
    normalise = Normalise(
        spec.normalisation.mean, spec.normalisation.std, len(spec.input.shape) - 1
    )
    return nn.Sequential(OrderedDict([("normalise", normalise), *made.named_children()]))


_Shapes = dict[str, tuple[Shape, Shape]]
"""What goes in and comes out, by full name."""


def _sequence(nodes: Iterable[LayerSpec], prefix: str, shapes: _Shapes) -> nn.Sequential:
    nodes = tuple(nodes)
    return nn.Sequential(
        OrderedDict(
            (name, _module(node, joined(prefix, name), shapes))
            for name, node in zip(names_of(nodes), nodes, strict=True)
        )
    )


def _module(node: LayerSpec, name: str, shapes: _Shapes) -> nn.Module:
    if isinstance(node, Sequential):
        if node.repeat == 1:
            return _sequence(node.layers, name, shapes)
        times = range(node.repeat)
        return nn.Sequential(*[_sequence(node.layers, f"{name}.{n}", shapes) for n in times])
    if isinstance(node, Pretrained):
        return _features(node, _sequence(node.lists[0], name, shapes))
    if not isinstance(node, Block):
        return node.module(shapes[name][0])
    ways = [
        _sequence(nodes, joined(name, part), shapes)
        for part, nodes in zip(node.list_names(), node.lists, strict=True)
    ]
    if isinstance(node, Branches):
        join = modules.Concatenate if node.join == "concatenate" else modules.Add
        return join(*ways)
    shortcut = None
    if isinstance(node, Residual) and node.shortcut == "projection":
        arrives, leaves = shapes[name]
        projection = joins.projection(arrives, leaves)
        shortcut = _sequence(projection, joined(name, "shortcut"), shapes)
    return modules.Residual(ways[0], shortcut)


def _features(node: Pretrained, layers: nn.Sequential) -> nn.Sequential:
    """The layers with first weights as torchvision draws them, so that deep ones can learn."""
    for module in layers.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return modules.Frozen(OrderedDict(layers.named_children())) if node.frozen else layers
