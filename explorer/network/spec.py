"""A network as data: what goes in, and a tree of layers and blocks. JSON in and out."""

from collections.abc import Iterable
from math import prod
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)

from explorer.errors import ExplorerError
from explorer.network.base import shape_text
from explorer.network.blocks import MAX_LAYERS, Node, check_names, count_of, names_of
from explorer.network.spec_errors import explain

MAX_INPUT_VALUES = 4096 * 4096
MAX_JSON_BYTES = 200_000

Side = Annotated[int, Field(ge=1, le=4096)]


class InputShape(BaseModel, frozen=True, extra="forbid"):
    """The shape of one picture: channels (1 grayscale, 3 colour), height and width in pixels.

    With a depth it is a volume or a clip, (channels, depth, height, width); without a height a
    signal, (channels, width).
    """

    channels: Side = Field(description="1 for grayscale pictures, 3 for colour (RGB).")
    depth: Side | None = Field(
        default=None, description="Slices of a volume or frames of a clip; empty for pictures."
    )
    height: Side | None = Field(description="Rows of the picture; empty for a signal.")
    width: Side = Field(description="Columns of the picture.")

    @property
    def shape(self) -> tuple[int, ...]:
        """(channels, height, width), (channels, depth, height, width) or (channels, width)."""
        sizes = (self.channels, self.depth, self.height, self.width)
        return tuple(size for size in sizes if size is not None)

    @property
    def size(self) -> int:
        """How many values a picture has."""
        return prod(self.shape)

    @property
    def height_and_width(self) -> tuple[int, int]:
        """(height, width) of a picture.

        Raises:
            ExplorerError: If it is a volume or a signal.
        """
        if self.depth is not None or self.height is None:
            raise ExplorerError(
                f"The network takes {shape_text(self.shape)}, which is "
                f"{'a signal' if self.height is None else 'a volume'}, not pictures.",
                "Choose an input of channels × height × width.",
            )
        return (self.height, self.width)

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.depth is not None and self.height is None:
            raise ValueError("a volume has a height too")
        if self.size > MAX_INPUT_VALUES:
            raise ValueError(
                f"{'·'.join(map(str, self.shape))} = {self.size:,} values are more than "
                f"the {MAX_INPUT_VALUES:,} a picture may have"
            )
        return self

    @model_serializer(mode="wrap")
    def _without_an_empty_depth(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A picture is written as before there were volumes."""
        written = handler(self)
        if written.get("depth") is None:
            written.pop("depth", None)
        return written


class Normalisation(BaseModel, frozen=True, extra="forbid", allow_inf_nan=False):
    """What is done to pixels (0..1) first: subtract `mean`, divide by `std`, one per channel."""

    mean: Annotated[tuple[float, ...], Field(min_length=1, max_length=4096)]
    std: Annotated[tuple[float, ...], Field(min_length=1, max_length=4096)]

    @model_validator(mode="after")
    def _usable(self) -> Self:
        if len(self.mean) != len(self.std):
            raise ValueError(f"{len(self.mean)} means but {len(self.std)} standard deviations")
        if any(abs(mean) > 100 for mean in self.mean):
            raise ValueError("a mean lies outside −100 to 100")
        if any(not 1e-6 <= std <= 100 for std in self.std):
            raise ValueError("a standard deviation lies outside 0.000001 to 100")
        return self


class NetworkSpec(BaseModel, frozen=True, extra="forbid"):
    """A network: the name people gave it, its input, and its layers and blocks in order."""

    name: str = Field(min_length=1, max_length=80, description="What you call the network.")
    input: InputShape
    normalisation: Normalisation | None = None
    layers: Annotated[tuple[Node, ...], Field(max_length=MAX_LAYERS)] = ()

    @field_validator("name")
    @classmethod
    def _printable(cls, name: str) -> str:
        if not name.isprintable():
            raise ValueError("the name contains characters that cannot be shown")
        return name

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_names(self.layers)
        if (count := count_of(self.layers)) > MAX_LAYERS:
            raise ValueError(
                f"the network has {count:,} layers, those in repeated blocks counted every time; "
                f"at most {MAX_LAYERS} are allowed"
            )
        if self.normalisation and len(self.normalisation.mean) != self.input.channels:
            raise ValueError(
                f"the normalisation is for {len(self.normalisation.mean)} channels, the input has "
                f"{self.input.channels}"
            )
        return self

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The names of `layers`; those without one are numbered by kind: conv1, pool1, conv2.

        `blocks.walk` gives those inside blocks too.
        """
        return names_of(self.layers)

    def with_layers(self, layers: Iterable[Node]) -> Self:
        """The same network with other layers, validated."""
        return type(self)(
            name=self.name,
            input=self.input,
            normalisation=self.normalisation,
            layers=tuple(layers),
        )


def read_network(text: str | bytes) -> NetworkSpec:
    """A network from JSON that anybody may have written.

    Raises:
        ExplorerError: If it is too long, is not JSON, or does not describe a network.
    """
    if len(text) > MAX_JSON_BYTES:
        raise ExplorerError(
            f"The file has {len(text):,} bytes; a network takes at most {MAX_JSON_BYTES:,}."
        )
    try:
        return NetworkSpec.model_validate_json(text)
    except ValidationError as error:
        raise explain(error) from error
