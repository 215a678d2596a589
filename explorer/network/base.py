"""What every layer kind has in common, and the types its fields are made of."""

import inspect
import keyword
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from torch import nn

LARGEST_COUNT = 1_000_000
"""Most channels or features that can be written down; `shapes` bounds what they amount to."""
LARGEST_SIZE = 256
"""Largest kernel, stride, padding or dilation along an axis."""

GROUPS = (
    "Convolution",
    "Pooling",
    "Fully connected",
    "Activation",
    "Normalisation",
    "Dropout",
    "Shape",
)
"""The headings layer kinds are listed under, in the order of menus."""

Shape = tuple[int, ...]
"""The shape of one picture between layers, without the batch: (C, H, W), or (features,).

A signal is (C, L), a volume (C, D, H, W).
"""

AXES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}
"""What the axes after the channels are called, by how many they are."""
PICTURES = {1: "signal", 2: "picture", 3: "volume"}
"""What a shape with so many axes after the channels holds."""

Count = Annotated[int, Field(ge=1, le=LARGEST_COUNT)]
Dimension = Annotated[int, Field(ge=-6, le=6)]
"""A dimension as PyTorch counts them: 0 is the batch, 1 the channels, −1 the last."""
Positive = Annotated[int, Field(ge=1, le=LARGEST_SIZE)]
NotNegative = Annotated[int, Field(ge=0, le=LARGEST_SIZE)]

if TYPE_CHECKING:  # what may be written; stored is always the tuple
    Sizes = int | tuple[int, ...]
    Margins = int | tuple[int, ...]
else:  # `kinds.in_dimensions` makes them as long as the layer has axes
    Sizes = tuple[Positive, ...]
    Margins = tuple[NotNegative, ...]


def per_axis(value: Any, dimensions: int = 2) -> Any:
    """One entry per axis: `3` becomes `(3, 3)`, everything else stays."""
    return (value,) * dimensions if isinstance(value, int) else value


@dataclass(frozen=True)
class AxisWindow:
    """How a sliding window lies along one axis; `before` and `after` are cells of padding."""

    kernel_size: int
    stride: int
    dilation: int
    before: int
    after: int

    @property
    def reach(self) -> int:
        """How many cells the window spans, its gaps among them."""
        return self.dilation * (self.kernel_size - 1) + 1


def more(default: Any, description: str) -> Any:
    """A field that is seldom changed: forms keep it behind "More"."""
    return Field(default=default, description=description, json_schema_extra={"more": True})


@lru_cache(maxsize=1)
def _taken_names() -> frozenset[str]:
    """Names that a submodule cannot have because `torch.nn.Sequential` uses them itself."""
    from torch import nn

    return frozenset(dir(nn.Sequential())) | {"normalise"}


@cache
def _defaults(kind: str) -> tuple[tuple[str, Any], ...]:
    """The parameters of a `torch.nn` class in their order, each with its default."""
    from torch import nn

    parameters = inspect.signature(getattr(nn, kind)).parameters
    return tuple((name, parameter.default) for name, parameter in parameters.items())


def _usable_name(name: str) -> str:
    if keyword.iskeyword(name) or name in _taken_names():
        raise ValueError(f"'{name}' already means something else in Python or PyTorch")
    return name


LayerName = Annotated[
    str,
    Field(max_length=40, pattern=r"^[A-Za-z][A-Za-z0-9_]*\z"),
    AfterValidator(_usable_name),
]


class LayerSpec(BaseModel):
    """One layer as data: a subclass per `torch.nn` class, with that class's parameters as fields.

    `kind` is the name of the `torch.nn` class. Everything else about a kind is declared in its
    subclass: forms, validation, JSON, shapes, generated code and documentation come from there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    explanation: ClassVar[str]
    """What the layer does, in one sentence."""
    prefix: ClassVar[str]
    """Start of the name given to a layer without one: `conv` makes `conv1`, `conv2`."""
    group: ClassVar[str]
    """Which of `GROUPS` the kind is listed under."""
    dimensions: ClassVar[int | None] = None
    """How many axes it works along, for kinds that PyTorch has once per number of axes."""

    kind: Any = None  # in each kind a Literal of one name
    name: LayerName | None = more(
        None, "Name of the layer in the code, such as conv1; given automatically when empty."
    )

    def check(self, shape: Shape, source: str) -> None:
        """Say why the layer cannot work on `shape`, which `source` ("`pool2`", "the input") gives.

        Raises:
            ExplorerError: With the numbers that do not fit, and what would.
        """

    def arguments(self, shape: Shape) -> dict[str, Any]:
        """The parameters of the `torch.nn` class, with those inferred from `shape` filled in."""
        return {field: short(getattr(self, field)) for field in type(self).parameter_fields()}

    def windows(self) -> tuple[AxisWindow, ...] | None:
        """The window that slides over the input, axis by axis; None if there is none."""
        return None

    def parameter_count(self, shape: Shape) -> int:
        """How many numbers the layer learns, known before anything is built."""
        return 0

    def parameter_formula(self, shape: Shape) -> str:
        """How `parameter_count` comes about, with numbers: "(3·3·16 + 1)·32"."""
        return ""

    def module(self, shape: Shape) -> "nn.Module":
        """The `torch.nn` module that takes pictures of `shape`."""
        from torch import nn

        return getattr(nn, self.kind)(**self.arguments(shape))

    def code(self, shape: Shape) -> str:
        """The call that makes `module(shape)`, without the parameters that are at their default."""
        return f"nn.{self.kind}({self._written(self.arguments(shape))})"

    def summary(self) -> str:
        """What was chosen, without what is inferred or at its default: "out_features=10"."""
        chosen = LayerSpec.arguments(self, ())
        return self._written({name: value for name, value in chosen.items() if value is not None})

    def _written(self, arguments: dict[str, Any]) -> str:
        return ", ".join(
            f"{name}={arguments[name]!r}"
            for name, default in _defaults(self.kind)
            if name in arguments and arguments[name] != default
        )

    @classmethod
    def parameter_fields(cls) -> tuple[str, ...]:
        """The fields that are parameters of the `torch.nn` class."""
        return tuple(field for field in cls.model_fields if field not in ("kind", "name"))


def short(value: Any) -> Any:
    """`(3, 3)` as `3`, the way it is usually written; other values unchanged."""
    if isinstance(value, tuple) and len(set(value)) == 1 and value[0] is not None:
        return value[0]
    return value


def shape_text(shape: Shape) -> str:
    """A shape as people write it: "16×14×14", "36"."""
    return "×".join(str(size) for size in shape)
