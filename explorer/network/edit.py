"""Edits of a network, each giving a new one, and the history that takes them back."""

from dataclasses import dataclass
from typing import Any, Self

from pydantic import ValidationError

from explorer.errors import ExplorerError
from explorer.network.layers import Layer
from explorer.network.spec import MAX_LAYERS, NetworkSpec, explain

LONGEST_HISTORY = 500


def insert(spec: NetworkSpec, index: int, layer: Layer) -> NetworkSpec:
    """Put a layer at `index`; the layer there and those after it move on.

    Raises:
        ExplorerError: If the network is as long as it may be.
    """
    if len(spec.layers) >= MAX_LAYERS:
        raise ExplorerError(f"A network may have at most {MAX_LAYERS} layers.")
    return spec.with_layers((*spec.layers[:index], layer, *spec.layers[index:]))


def remove(spec: NetworkSpec, index: int) -> NetworkSpec:
    """Leave the layer at `index` out."""
    return spec.with_layers((*spec.layers[:index], *spec.layers[index + 1 :]))


def move(spec: NetworkSpec, index: int, to: int) -> NetworkSpec:
    """Take the layer at `index` out and put it back so that it stands at `to`."""
    return insert(remove(spec, index), to, spec.layers[index])


def duplicate(spec: NetworkSpec, index: int) -> NetworkSpec:
    """Put a copy, with a name of its own, after the layer at `index`."""
    return insert(spec, index + 1, spec.layers[index].model_copy(update={"name": None}))


def change(spec: NetworkSpec, index: int, **fields: Any) -> NetworkSpec:
    """Give some fields of the layer at `index` other values.

    Raises:
        ExplorerError: If a value is out of bounds, or a name cannot be used.
    """
    layer = spec.layers[index]
    try:
        changed = type(layer).model_validate({**layer.model_dump(), **fields})
        return spec.with_layers((*spec.layers[:index], changed, *spec.layers[index + 1 :]))
    except ValidationError as error:
        raise explain(error) from error


@dataclass(frozen=True)
class History:
    """Every state of a network in this session, and which of them is the present one."""

    states: tuple[NetworkSpec, ...]
    position: int = 0

    @property
    def now(self) -> NetworkSpec:
        """The present state."""
        return self.states[self.position]

    @property
    def can_undo(self) -> bool:
        return self.position > 0

    @property
    def can_redo(self) -> bool:
        return self.position + 1 < len(self.states)

    def record(self, spec: NetworkSpec) -> Self:
        """The history after a change to `spec`; what had been undone is forgotten."""
        if spec == self.now:
            return self
        states = (*self.states[: self.position + 1], spec)[-LONGEST_HISTORY:]
        return type(self)(states, len(states) - 1)

    def undo(self) -> Self:
        """One step back, if there is one."""
        return type(self)(self.states, max(0, self.position - 1))

    def redo(self) -> Self:
        """One step forward again, if there is one."""
        return type(self)(self.states, min(len(self.states) - 1, self.position + 1))
