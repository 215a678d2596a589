"""Random networks with blocks, working and broken, and what running them by hand gives."""

from collections.abc import Iterator
from typing import Any

import torch
from hypothesis import strategies as st
from torch import nn

from explorer.network import InputShape, NetworkSpec
from explorer.network.base import LayerSpec
from explorer.network.blocks import (
    Block,
    Branches,
    Residual,
    Sequential,
    count_of,
    depth_of,
    joined,
    names_of,
)
from explorer.network.layers import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Tanh,
)

# Mostly four channels and paddings that keep the size, so that ways often meet in one shape.
KEEPING = st.sampled_from(
    [
        Conv2d(out_channels=4, kernel_size=3, padding=1),
        Conv2d(out_channels=4, kernel_size=1),
        Conv2d(out_channels=4, kernel_size=3, dilation=2, padding=2, bias=False),
        Conv2d(out_channels=4, kernel_size=(1, 5), padding=(0, 2), name="wide"),
        MaxPool2d(kernel_size=3, stride=1, padding=1),
        BatchNorm2d(),
        ReLU(),
        Tanh(name="bend"),
        Dropout(),
    ]
)
CHANGING = st.sampled_from(
    [
        Conv2d(out_channels=6, kernel_size=3, padding=1, stride=2),
        Conv2d(out_channels=2, kernel_size=2),
        Conv2d(out_channels=4, in_channels=4),
        MaxPool2d(kernel_size=2),
        AvgPool2d(kernel_size=(3, 2), stride=(2, 1), padding=1),
        Conv2d(out_channels=4, kernel_size=5),
    ]
)
LAYERS = st.one_of(KEEPING, KEEPING, KEEPING, CHANGING)


def _blocks(inside: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    nodes = st.lists(inside, max_size=3).map(_named_apart)
    return st.one_of(
        LAYERS,
        st.builds(Sequential, layers=nodes, repeat=st.sampled_from([1, 1, 2, 3])),
        st.builds(
            Residual, body=nodes, shortcut=st.sampled_from(["identity", "projection", "projection"])
        ),
        st.builds(
            Branches,
            branches=st.lists(nodes, min_size=2, max_size=3).map(tuple),
            join=st.sampled_from(["concatenate", "add"]),
        ),
    )


def _named_apart(nodes: list[Any]) -> tuple[Any, ...]:
    """Without the names that are there before."""
    seen: set[str | None] = set()
    apart = []
    for node in nodes:
        apart.append(node.model_copy(update={"name": None}) if node.name in seen else node)
        seen.add(node.name)
    return tuple(apart)


NODES = st.recursive(LAYERS, _blocks, max_leaves=8)


@st.composite
def nested_networks(draw: st.DrawFn) -> NetworkSpec:
    """A few layers and blocks on four channels, sometimes with a classifier behind."""
    nodes = draw(st.lists(NODES, min_size=1, max_size=4))
    if draw(st.booleans()):
        nodes += [Flatten(), Linear(out_features=3)]
    nodes = _named_apart(nodes)
    while count_of(nodes) > 60 or depth_of(nodes) > 6:
        nodes = nodes[:-1]
    side = st.integers(5, 14)
    input = InputShape(channels=4, height=draw(side), width=draw(side))
    return NetworkSpec(name="nested", input=input, layers=nodes)


class RefusedError(Exception):
    """By PyTorch, or because shapes that differ would be added."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


def run_by_hand(
    nodes: tuple[LayerSpec, ...], x: torch.Tensor, prefix: str = ""
) -> Iterator[tuple[str, torch.Tensor]]:
    """(name, output) of every layer and block in the order they are done with.

    Raises:
        RefusedError: At the first that cannot work.
    """
    for name, node in zip(names_of(nodes), nodes, strict=True):
        full = joined(prefix, name)
        if isinstance(node, Sequential):
            for time in range(node.repeat):
                inner = joined(full, str(time) if node.repeat > 1 else "")
                for done, output in run_by_hand(node.layers, x, inner):
                    yield done, output
                    x = output if _is_in(done, inner) else x
        elif isinstance(node, Block):
            ends = []
            for part, inside in zip(node.list_names(), node.lists, strict=True):
                end = x
                for done, output in run_by_hand(inside, x, joined(full, part)):
                    yield done, output
                    end = output if _is_in(done, joined(full, part)) else end
                ends.append(end)
            x = _meet(node, full, x, ends)
        else:
            x = _one(node, full, x)
        yield full, x


def _is_in(name: str, list_name: str) -> bool:
    """Whether the name is of a node that stands directly in that list."""
    return name.rpartition(".")[0] == list_name


def _one(layer: LayerSpec, name: str, x: torch.Tensor) -> torch.Tensor:
    if isinstance(layer, Linear) and x.dim() != 2:
        raise RefusedError(name)  # PyTorch would apply it to each row
    try:
        with torch.no_grad():
            return layer.module(tuple(x.shape[1:])).eval()(x)
    except (RuntimeError, ValueError, IndexError) as error:
        raise RefusedError(name) from error


def _meet(block: Block, name: str, x: torch.Tensor, ends: list[torch.Tensor]) -> torch.Tensor:
    if isinstance(block, Branches) and block.join == "concatenate":
        try:
            return torch.cat(ends, dim=1)
        except RuntimeError as error:
            raise RefusedError(name) from error
    if isinstance(block, Residual):
        ends.append(x if block.shortcut == "identity" else _projected(x, ends[0], name))
    if len({end.shape for end in ends}) > 1:
        raise RefusedError(name)
    return torch.stack(ends).sum(0)


def _projected(x: torch.Tensor, like: torch.Tensor, name: str) -> torch.Tensor:
    """A 1×1 convolution with whatever stride gives each size of `like`, all of them tried."""
    if x.dim() != 4 or like.dim() != 4:
        raise RefusedError(name)
    for axis in (2, 3):
        for stride in range(1, 20):
            strides = (stride, 1) if axis == 2 else (1, stride)
            made = nn.Conv2d(x.shape[1], like.shape[1], 1, strides)(x).detach()
            if made.shape[axis] == like.shape[axis]:
                x = made
                break
        else:
            raise RefusedError(name)
    return x
