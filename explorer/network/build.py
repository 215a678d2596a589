"""From a spec to the torch.nn.Module that is trained."""

from collections import OrderedDict

import torch
from torch import nn

from explorer.network.shapes import trace
from explorer.network.spec import NetworkSpec


class Normalise(nn.Module):
    """(pixels − mean) / std per channel: (N, C, H, W) in 0..1 to (N, C, H, W).

    The numbers are buffers, so that they travel with the weights.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1))
        self.register_buffer("std", torch.tensor(std).view(-1, 1, 1))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return (pixels - self.mean) / self.std


def build(spec: NetworkSpec) -> nn.Sequential:
    """The module of a network, with fresh weights from PyTorch's random numbers.

    It takes (N, C, H, W) float32 pixels in 0..1, in either memory format. Its children are
    `normalise`, if the spec has a normalisation, and the layers under their names.

    Raises:
        ExplorerError: If a layer cannot work or the network is too large; nothing is allocated
            then.
    """
    traced = trace(spec)
    traced.require_complete()
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    if spec.normalisation:
        modules["normalise"] = Normalise(spec.normalisation.mean, spec.normalisation.std)
    for layer, row in zip(spec.layers, traced.rows, strict=True):
        modules[row.name] = layer.module(row.input_shape)
    return nn.Sequential(modules)
