"""What all blocks have in common: they are nodes that hold lists of nodes, with names and limits.

The blocks themselves are in `blocks`.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, ClassVar, Self

from pydantic import model_validator

from explorer.network.base import LayerSpec, Shape

MAX_LAYERS = 500
"""Most layers and blocks of a network, those of repeated blocks counted every time."""
MAX_DEPTH = 6
"""Most blocks inside each other."""


class Block(LayerSpec):
    """What blocks have in common: lists of nodes, and limits on how many and how deep."""

    list_fields: ClassVar[tuple[str, ...]]
    """The fields that hold nodes; the rest are what a form shows."""

    prefix: ClassVar[str] = "block"
    read_only: ClassVar[bool] = False
    """Whether what is in it comes with it, and cannot be edited until it is unwrapped."""

    @property
    def is_frozen(self) -> bool:
        """Whether nothing in it learns."""
        return False

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
