"""Which function writes the ONNX nodes of which module; what they share."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from explorer.network.base import Shape
from explorer.network.onnx_graph import Graph

Writer = Callable[[Graph, Any, str, Shape], str]
"""Adds the nodes of a module: graph, module, what arrives and its shape -> what it puts out."""

WRITERS: dict[type[nn.Module], Writer] = {}


def writes(*modules: type[nn.Module]) -> Callable[[Writer], Writer]:
    """Decorator: the function writes these modules."""

    def registered(writer: Writer) -> Writer:
        WRITERS.update(dict.fromkeys(modules, writer))
        return writer

    return registered


def output_shape(module: nn.Module, shape: Shape) -> Shape:
    """Shape that a module without weights makes of another; without the batch."""
    return tuple(module(torch.empty(1, *shape, device="meta")).shape[1:])


def padded(
    graph: Graph,
    value: str,
    before: list[int],
    after: list[int],
    *,
    mode: str = "constant",
    filled: float = 0.0,
) -> str:
    """Cells put around the picture, in ONNX's mode; less than 0 cuts them away."""
    pads = graph.constant("pads", torch.tensor([0, 0, *before, 0, 0, *after]))
    with_what = [graph.constant("filled", torch.tensor(filled))] if filled else []
    return graph.node("Pad", [value, pads, *with_what], mode=mode)
