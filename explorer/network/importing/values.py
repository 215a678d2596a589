"""What an expression of the source can stand for while it is followed."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from explorer.network.base import LayerSpec
from explorer.network.blocks import Block
from explorer.network.importing.errors import SourceError
from explorer.network.spec import Normalisation


@dataclass(eq=False)
class Leaf:
    """A layer that was made, or a Pretrained block: `node` has no name yet."""

    node: LayerSpec
    line: int
    calls: int = 0

    @property
    def learns(self) -> bool:
        """Whether it has weights, which a second use would share."""
        return isinstance(self.node, Block) or self.node.parameter_count((64, 64, 64)) > 0


@dataclass(eq=False)
class Chain:
    """An nn.Sequential: its layers with their names, None for those that are only counted."""

    children: list[tuple[str | None, Any]]
    line: int


@dataclass(eq=False)
class ModuleList:
    """An nn.ModuleList: it cannot be called."""

    children: list[Any]
    line: int


@dataclass(eq=False)
class OwnBlock:
    """A Residual, Concatenate or Add of this program's own export."""

    kind: str
    ways: list[Chain]
    shortcut: Chain | None
    line: int


@dataclass(eq=False)
class Normaliser:
    """The Normalise of this program's own export."""

    normalisation: Normalisation
    line: int


@dataclass(eq=False)
class LogSoftmax:
    """nn.LogSoftmax, which is left out at the end of a network."""

    line: int


@dataclass(eq=False)
class ClassValue:
    """A class of the source; `own` names the class of `modules` that it is a copy of."""

    definition: ast.ClassDef
    own: str | None = None


@dataclass(eq=False)
class Instance:
    """An object of a class of the source."""

    of: ClassValue
    line: int
    attributes: dict[str, Any] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    """Where each attribute was given."""
    ready: bool = False
    """Whether nn.Module's own __init__ has run."""


@dataclass(eq=False)
class KnownModel:
    """torchvision.models.resnet18(...): `leaf` is all of it before the classifier."""

    leaf: Leaf
    line: int
    head: dict[str, Any] = field(default_factory=dict)
    """Its attribute `fc`, if it has one."""


@dataclass(eq=False)
class Part:
    """One of the children of a model; those of its classifier are numbered from −1 down."""

    of: KnownModel
    number: int


Module = Leaf | Chain | OwnBlock | Normaliser | LogSoftmax | Instance | KnownModel
MODULES = (Leaf, Chain, OwnBlock, Normaliser, LogSoftmax, Instance, KnownModel)


@dataclass(eq=False)
class Function:
    """A function of the source, with the object it belongs to if it is a method."""

    definition: ast.FunctionDef
    owner: Instance | None = None


@dataclass(frozen=True)
class Named:
    """A name of a library, in full: torch.nn.Conv2d."""

    name: str


@dataclass(eq=False)
class Method:
    """What stands before the brackets of `value.name(...)` of something that is no source."""

    value: Any
    name: str


@dataclass(frozen=True)
class Builtin:
    """A function of Python itself."""

    name: str


@dataclass(eq=False)
class SuperOf:
    """super() in a method of an object."""

    instance: Instance


@dataclass(eq=False)
class Poison:
    """What could not be followed: an error as soon as it is used."""

    error: SourceError


class Batch:
    """How many pictures there are: x.size(0)."""


class Training:
    """self.training."""


BATCH, TRAINING = Batch(), Training()


@dataclass(eq=False)
class Sizes:
    """x.shape, or x.size()."""

    flow: "Flow"


@dataclass(eq=False, frozen=True)
class Flow:
    """A tensor on its way: the layers it has come through since `parent`, one at a time."""

    parent: "Flow | None" = None
    node: LayerSpec | None = None
    leaves: tuple[Leaf, ...] = ()
    """The layers with weights, or made in __init__, that are in `node`."""
    depth: int = 0
    outer: "Flow | None" = None
    """Of the first tensor in a block: the one the block was called with."""
    ended: bool = False
    """Whether log_softmax was taken, after which nothing may come."""
    normalisation: Normalisation | None = None

    def then(self, node: LayerSpec, leaves: tuple[Leaf, ...] = ()) -> "Flow":
        """After one more layer or block."""
        return Flow(self, node, leaves, self.depth + 1, normalisation=self.normalisation)

    def since(self, start: "Flow") -> "list[Flow]":
        """The steps after `start`, which has to be before this."""
        steps, now = [], self
        while now is not start:
            steps.append(now)
            assert now.parent is not None
            now = now.parent
        return steps[::-1]

    def before(self) -> "Iterator[Flow]":
        """This and all before it in the same block."""
        now: Flow | None = self
        while now is not None:
            yield now
            now = now.parent


Handler = Callable[..., Any]


def described(value: Any) -> str:
    """What a value is, in words."""
    if isinstance(value, Flow):
        return "a tensor"
    if isinstance(value, Leaf):
        return f"a layer, nn.{value.node.kind}"
    if isinstance(value, Named):
        return f"{value.name}, without brackets"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    words = {
        Chain: "an nn.Sequential",
        ModuleList: "an nn.ModuleList",
        OwnBlock: "a block",
        KnownModel: "a model of torchvision",
        Part: "one part of a model of torchvision",
        Instance: "an object",
        ClassValue: "a class, not an object of it",
        Function: "a function",
        Batch: "the batch size",
        Sizes: "a shape",
    }
    if value is None or isinstance(value, int | float | str):
        return f"{value!r:.40}"
    return words.get(type(value), "something that is no number")
