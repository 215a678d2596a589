"""Blocks: nodes of a network that hold other nodes; `Node` is a layer kind or one of them.

A block is data like a layer, declared here once. What it computes is in `modules`, how it is traced
in `trace`, how it is printed in `codegen`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, Union

from pydantic import Field, model_validator

from explorer.network.base import LayerSpec, Shape
from explorer.network.layers import KINDS

MAX_LAYERS = 500
"""Most layers and blocks of a network, those of repeated blocks counted every time."""
MAX_DEPTH = 6
"""Most blocks inside each other."""
MAX_REPEAT = 32
MAX_BRANCHES = 8

Path = tuple[int, ...]
"""Where a node is: its index in the list it stands in, after the path of the block around it.

Inside Branches two numbers say where: (branch, index). () is the network itself.
"""

BLOCKS: dict[str, type["Block"]] = {}

if TYPE_CHECKING:
    Node = LayerSpec


class Block(LayerSpec):
    """What blocks have in common: lists of nodes, and limits on how many and how deep."""

    list_fields: ClassVar[tuple[str, ...]]
    """The fields that hold nodes; the rest are what a form shows."""

    prefix: ClassVar[str] = "block"

    @property
    def lists(self) -> tuple[tuple[LayerSpec, ...], ...]:
        """The lists of nodes: one, or in Branches one per branch."""
        raise NotImplementedError

    def list_names(self) -> tuple[str, ...]:
        """What comes between the block's name and a node's, per list: "body", or "" for nothing."""
        raise NotImplementedError

    def with_list(self, number: int, nodes: Iterable[LayerSpec]) -> Self:
        """The same block with other nodes in one of its lists, validated."""
        raise NotImplementedError

    @property
    def times(self) -> int:
        """How many times what is in the block is there, each time with weights of its own."""
        return 1

    @property
    def depth(self) -> int:
        """How many blocks are inside each other, this one included."""
        return 1 + max((depth_of(nodes) for nodes in self.lists), default=0)

    @property
    def count(self) -> int:
        """How many nodes it stands for: itself, and what is in it as often as it is repeated."""
        return 1 + self.times * sum(count_of(nodes) for nodes in self.lists)

    @classmethod
    def parameter_fields(cls) -> tuple[str, ...]:
        fields = super().parameter_fields()
        return tuple(field for field in fields if field not in cls.list_fields)

    def summary(self) -> str:
        chosen = ((field, getattr(self, field)) for field in self.parameter_fields())
        return ", ".join(f"{field}={value}" for field, value in chosen)

    def module(self, shape: Shape) -> Any:
        """Blocks are built with what is in them, by `explorer.network.build`."""
        raise NotImplementedError

    def code(self, shape: Shape) -> str:
        """Blocks are written with what is in them, by `explorer.network.codegen`."""
        raise NotImplementedError

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        for nodes in self.lists:
            check_names(nodes)
        if self.depth > MAX_DEPTH:
            raise ValueError(f"more than {MAX_DEPTH} blocks are inside each other")
        if self.count > MAX_LAYERS:
            raise ValueError(
                f"the block stands for {self.count:,} layers; a network has at most {MAX_LAYERS}"
            )
        return self


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


for _block in (Sequential, Residual, Branches):
    _register(_block)

if not TYPE_CHECKING:
    Node = Annotated[
        Union[(*KINDS.values(), *BLOCKS.values())],
        Field(discriminator="kind"),
    ]
for _block in BLOCKS.values():
    _block.model_rebuild()


def names_of(nodes: Iterable[LayerSpec]) -> tuple[str, ...]:
    """The names of siblings; those without one are numbered by kind: conv1, pool1, conv2."""
    nodes = tuple(nodes)
    given = {node.name for node in nodes}
    names, numbers = [], Counter[str]()
    for node in nodes:
        name = node.name
        while name is None:
            numbers[node.prefix] += 1
            candidate = f"{node.prefix}{numbers[node.prefix]}"
            name = None if candidate in given else candidate
        names.append(name)
    return tuple(names)


def check_names(nodes: Iterable[LayerSpec]) -> None:
    """Raise a ValueError if two siblings have the same name."""
    twice = [name for name, times in Counter(names_of(nodes)).items() if times > 1]
    if twice:
        raise ValueError(f"more than one layer is called {', '.join(twice)}")


def count_of(nodes: Iterable[LayerSpec]) -> int:
    """How many nodes these are, with what is in them and as often as it is repeated."""
    return sum(node.count if isinstance(node, Block) else 1 for node in nodes)


def depth_of(nodes: Iterable[LayerSpec]) -> int:
    """How many blocks are inside each other at most."""
    return max((node.depth for node in nodes if isinstance(node, Block)), default=0)


def joined(*parts: str) -> str:
    """A full name as in `named_modules`: "block1.body.conv1"; empty parts are left out."""
    return ".".join(part for part in parts if part)


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
