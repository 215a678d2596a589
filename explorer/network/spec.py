"""A network as data: what goes in, and the layers in their order. JSON in and out."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from explorer.errors import ExplorerError
from explorer.network.layers import Layer

MAX_LAYERS = 200
MAX_INPUT_VALUES = 4096 * 4096
MAX_JSON_BYTES = 200_000

Side = Annotated[int, Field(ge=1, le=4096)]


class InputShape(BaseModel, frozen=True, extra="forbid"):
    """The shape of one picture: channels (1 grayscale, 3 colour), height and width in pixels."""

    channels: Side = Field(description="1 for grayscale pictures, 3 for colour (RGB).")
    height: Side = Field(description="Rows of the picture.")
    width: Side = Field(description="Columns of the picture.")

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width)."""
        return (self.channels, self.height, self.width)

    @property
    def size(self) -> int:
        """How many values a picture has."""
        return self.channels * self.height * self.width

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.size > MAX_INPUT_VALUES:
            raise ValueError(
                f"{self.channels}·{self.height}·{self.width} = {self.size:,} values are more than "
                f"the {MAX_INPUT_VALUES:,} a picture may have"
            )
        return self


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
    """A network: the name people gave it, its input, and its layers from first to last."""

    name: str = Field(min_length=1, max_length=80, description="What you call the network.")
    input: InputShape
    normalisation: Normalisation | None = None
    layers: Annotated[tuple[Layer, ...], Field(max_length=MAX_LAYERS)] = ()

    @field_validator("name")
    @classmethod
    def _printable(cls, name: str) -> str:
        if not name.isprintable():
            raise ValueError("the name contains characters that cannot be shown")
        return name

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        twice = [name for name, times in Counter(self.layer_names).items() if times > 1]
        if twice:
            raise ValueError(f"more than one layer is called {', '.join(twice)}")
        if self.normalisation and len(self.normalisation.mean) != self.input.channels:
            raise ValueError(
                f"the normalisation is for {len(self.normalisation.mean)} channels, the input has "
                f"{self.input.channels}"
            )
        return self

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The layers' names; those without one are numbered by kind: conv1, pool1, conv2."""
        given = {layer.name for layer in self.layers}
        names, numbers = [], Counter[str]()
        for layer in self.layers:
            name = layer.name
            while name is None:
                numbers[layer.prefix] += 1
                candidate = f"{layer.prefix}{numbers[layer.prefix]}"
                name = None if candidate in given else candidate
            names.append(name)
        return tuple(names)

    def with_layers(self, layers: Iterable[Layer]) -> Self:
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


def explain(error: ValidationError) -> ExplorerError:
    """The first thing a validation complains about, as a sentence."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ascii(".".join(str(part) for part in first["loc"]))[1:-1][:80]
    message = first["msg"].removeprefix("Value error, ")[:300]
    return ExplorerError(f"{place}: {message}." if place else f"{message}.")
