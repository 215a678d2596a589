"""Blocks: nodes of a network that hold other nodes; `Node` is a layer kind or one of them.

A block is data like a layer, declared here once. What it computes is in `modules`, how it is traced
in `trace`, how it is printed in `codegen`.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self, Union

from pydantic import Field

from explorer.network.base import LayerSpec
from explorer.network.block import (
    MAX_DEPTH,
    MAX_LAYERS,
    Block,
    check_names,
    count_of,
    depth_of,
    joined,
    names_of,
)
from explorer.network.block_pretrained import Pretrained
from explorer.network.layers import KINDS

__all__ = [
    "BLOCKS",
    "MAX_BRANCHES",
    "MAX_DEPTH",
    "MAX_LAYERS",
    "MAX_REPEAT",
    "Block",
    "Branches",
    "Node",
    "Path",
    "Pretrained",
    "Residual",
    "Sequential",
    "check_names",
    "count_of",
    "depth_of",
    "is_inside",
    "joined",
    "names_of",
    "read_only_paths",
    "walk",
]

MAX_REPEAT = 32
MAX_BRANCHES = 8

Path = tuple[int, ...]
"""Where a node is: its index in the list it stands in, after the path of the block around it.

Inside Branches two numbers say where: (branch, index). () is the network itself.
"""

BLOCKS: dict[str, type[Block]] = {}

if TYPE_CHECKING:
    Node = LayerSpec


def _register(block: type[Block]) -> None:
    BLOCKS[block.__name__] = block


class Sequential(Block):
    """torch.nn.Sequential of some layers, `repeat` times one after another."""

    explanation: ClassVar[str] = (
        "Layers under one name, one after another; repeated, each time with weights of its own."
    )
    list_fields: ClassVar[tuple[str, ...]] = ("layers",)

    kind: Literal["Sequential"] = "Sequential"
    layers: tuple["Node", ...] = Field(default=(), max_length=MAX_LAYERS)
    repeat: int = Field(
        default=1, ge=1, le=MAX_REPEAT, description="How many times the layers come in a row."
    )

    @property
    def lists(self) -> tuple[tuple[LayerSpec, ...], ...]:
        return (self.layers,)

    def list_names(self) -> tuple[str, ...]:
        return ("",)

    def with_list(self, number: int, nodes: Iterable[LayerSpec]) -> Self:
        return type(self)(name=self.name, layers=tuple(nodes), repeat=self.repeat)

    @property
    def times(self) -> int:
        return self.repeat

    def summary(self) -> str:
        return f"repeat={self.repeat}" if self.repeat > 1 else ""


class Residual(Block):
    """body(x) + shortcut(x): (C, …) to the shape of the body's output."""

    explanation: ClassVar[str] = (
        "Adds what came in to what its body makes of it, so that the body only learns the "
        "difference and gradients have a way past it."
    )
    list_fields: ClassVar[tuple[str, ...]] = ("body",)

    kind: Literal["Residual"] = "Residual"
    body: tuple["Node", ...] = Field(default=(), max_length=MAX_LAYERS)
    shortcut: Literal["identity", "projection"] = Field(
        default="identity",
        description="What is added: the input as it came, or after a 1×1 convolution and batch "
        "normalisation that give it the shape of the body's output.",
    )

    @property
    def lists(self) -> tuple[tuple[LayerSpec, ...], ...]:
        return (self.body,)

    def list_names(self) -> tuple[str, ...]:
        return ("body",)

    def with_list(self, number: int, nodes: Iterable[LayerSpec]) -> Self:
        return type(self)(name=self.name, body=tuple(nodes), shortcut=self.shortcut)


class Branches(Block):
    """Several ways from one input, joined along the channels or added up."""

    explanation: ClassVar[str] = (
        "Gives the same input to each branch, and puts what they make of it behind one another as "
        "channels, or adds it up. An empty branch passes its input on."
    )
    list_fields: ClassVar[tuple[str, ...]] = ("branches",)
    prefix: ClassVar[str] = "branches"

    kind: Literal["Branches"] = "Branches"
    branches: tuple[Annotated[tuple["Node", ...], Field(max_length=MAX_LAYERS)], ...] = Field(
        default=((), ()), min_length=2, max_length=MAX_BRANCHES
    )
    join: Literal["concatenate", "add"] = Field(
        default="concatenate",
        description="Whether the outputs become channels behind one another, or their sum.",
    )

    @property
    def lists(self) -> tuple[tuple[LayerSpec, ...], ...]:
        return self.branches

    def list_names(self) -> tuple[str, ...]:
        return tuple(f"branch{number}" for number in range(1, len(self.branches) + 1))

    def with_list(self, number: int, nodes: Iterable[LayerSpec]) -> Self:
        branches = list(self.branches)
        branches[number] = tuple(nodes)
        return type(self)(name=self.name, branches=tuple(branches), join=self.join)

    def summary(self) -> str:
        return f"{len(self.branches)} branches, join={self.join}"


for _block in (Sequential, Residual, Branches, Pretrained):
    _register(_block)

if not TYPE_CHECKING:
    Node = Annotated[
        Union[(*KINDS.values(), *BLOCKS.values())],
        Field(discriminator="kind"),
    ]
for _block in BLOCKS.values():
    _block.model_rebuild()


def walk(
    nodes: Iterable[LayerSpec], within: Path = (), prefix: str = ""
) -> Iterator[tuple[Path, str, LayerSpec]]:
    """Path, full name and node of everything, blocks before what is in them.

    In a repeated block the names are those of the first time: "block1.0.conv1".
    """
    nodes = tuple(nodes)
    for index, (name, node) in enumerate(zip(names_of(nodes), nodes, strict=True)):
        path, full = (*within, index), joined(prefix, name)
        yield path, full, node
        if isinstance(node, Block):
            first = "0" if node.times > 1 else ""
            for number, (part, inner) in enumerate(zip(node.list_names(), node.lists, strict=True)):
                branch = (number,) if isinstance(node, Branches) else ()
                yield from walk(inner, (*path, *branch), joined(full, first, part))


def read_only_paths(nodes: Iterable[LayerSpec]) -> tuple[Path, ...]:
    """The paths of the blocks whose layers cannot be edited."""
    return tuple(
        path for path, _, node in walk(nodes) if isinstance(node, Block) and node.read_only
    )


def is_inside(path: Path, block: Path) -> bool:
    """Whether a path leads into the block at `block`."""
    return len(path) > len(block) and path[: len(block)] == block
