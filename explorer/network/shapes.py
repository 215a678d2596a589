"""A network's shapes and costs, one row per layer and block.

Every layer is run on PyTorch's `meta` device, which takes no memory. What a layer would cost is
bounded before it is built.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import prod

from explorer.errors import ExplorerError
from explorer.network import joins, receptive_field
from explorer.network.base import LayerSpec, Shape
from explorer.network.blocks import (
    Block,
    Branches,
    Path,
    Pretrained,
    Residual,
    Sequential,
    joined,
    names_of,
)
from explorer.network.measure import measure
from explorer.network.receptive_field import Field
from explorer.network.spec import NetworkSpec
from explorer.network.trace import SHORTCUT, Failure, LayerRow, Trace
from explorer.settings import settings

__all__ = ["Failure", "LayerRow", "Trace", "trace"]


_REMEMBERED = 64
"""Traces of networks met again: a page looks at the one it shows from several sides."""


def trace(spec: NetworkSpec) -> Trace:
    """Trace a network as far as it works.

    The rows before a failing layer stay, also those inside the failing block; a layer also fails
    when the network would become larger than the settings allow.
    """
    return _trace(spec, (settings().max_parameters, settings().max_activations))


@lru_cache(maxsize=_REMEMBERED)
def _trace(spec: NetworkSpec, _limits: tuple[int, int]) -> Trace:
    shape = spec.input.shape
    field = receptive_field.start(len(shape) - 1)
    tracer = _Tracer()
    failure, now = None, _State(shape, "the input", field)
    try:
        for index, name in enumerate(names_of(spec.layers)):
            now = tracer.node(spec.layers[index], now, _Place((index,), name))
    except _FailedError as failed:
        failure = failed.failure
    rows = [row for row in tracer.rows if row is not None]
    numbered = tuple(replace(row, index=index) for index, row in enumerate(rows))
    return Trace(shape, numbered, failure, now.shape, tracer.joined)


@dataclass(frozen=True)
class _State:
    """What a layer gives to the next: its shape, who gives it, and what its units look at."""

    shape: Shape
    source: str
    field: Field


@dataclass(frozen=True)
class _Place:
    """Where a node is."""

    path: Path
    name: str
    depth: int = 0
    repetition: tuple[int, ...] = ()
    frozen: bool = False

    def inside(self, path: Path, name: str, *repetition: int) -> "_Place":
        """The place of a list of nodes in the block that is here; `node` gives theirs."""
        return _Place(
            (*self.path, *path),
            joined(self.name, name),
            self.depth + 1,
            (*self.repetition, *repetition),
            self.frozen,
        )

    def node(self, index: int, name: str) -> "_Place":
        """The place of a node of the list that is here."""
        return replace(self, path=(*self.path, index), name=joined(self.name, name))


class _FailedError(Exception):
    def __init__(self, place: _Place, error: ExplorerError, now: _State) -> None:
        self.failure = Failure(place.path, place.name, error.problem, error.remedy, now.shape)
        super().__init__(str(error))


class _Tracer:
    """The rows so far, and what the network amounts to."""

    def __init__(self) -> None:
        self.rows: list[LayerRow | None] = []
        self.parameters = 0
        self.activations = 0
        self.joined = 0

    def node(self, node: LayerSpec, now: _State, place: _Place) -> _State:
        """Trace a layer or block.

        Raises:
            _FailedError: If it, or something in it, cannot work.
        """
        if isinstance(node, Block):
            return self._block(node, now, place)
        try:
            row = self._layer(node, now, place)
        except ExplorerError as error:
            raise _FailedError(place, error, now) from error
        self.rows.append(row)
        return _State(row.output_shape, f"`{place.name}`", row.receptive_field)

    def _layer(self, layer: LayerSpec, now: _State, place: _Place) -> LayerRow:
        layer.check(now.shape, now.source)
        self.parameters += layer.parameter_count(now.shape)
        _check_limit("parameters", self.parameters, settings().max_parameters)
        measured = measure(layer, now.shape)
        self._add_activations(prod(measured.output_shape))
        field = receptive_field.through(layer, now.field, now.shape, measured.output_shape)
        return LayerRow(
            path=place.path,
            depth=place.depth,
            repetition=place.repetition,
            index=len(self.rows),
            name=place.name,
            kind=layer.kind,
            is_block=False,
            input_shape=now.shape,
            output_shape=measured.output_shape,
            parameters=measured.parameters,
            parameter_formula=layer.parameter_formula(now.shape),
            parameter_shapes=measured.parameter_shapes,
            mult_adds=measured.mult_adds,
            activations=prod(measured.output_shape),
            learning_outputs=measured.learning_outputs,
            receptive_field=field,
            frozen=place.frozen,
        )

    def _add_activations(self, values: int) -> None:
        self.activations += values
        _check_limit("values per picture", self.activations, settings().max_activations)

    def _block(self, block: Block, now: _State, place: _Place) -> _State:
        position = len(self.rows)
        self.rows.append(None)  # until what is in it is known
        if isinstance(block, Sequential):
            after = self._repeated(block, now, place)
        elif isinstance(block, Pretrained):
            place = replace(place, frozen=block.frozen)
            after = self._whole(block, now, place)
        else:
            after = self._joined(block, now, place)
        inside = [row for row in self.rows[position + 1 :] if row and not row.is_block]
        self.rows[position] = LayerRow(
            path=place.path,
            depth=place.depth,
            repetition=place.repetition,
            index=position,
            name=place.name,
            kind=block.kind,
            is_block=True,
            input_shape=now.shape,
            output_shape=after.shape,
            parameters=sum(row.parameters for row in inside),
            parameter_formula="",
            parameter_shapes=(),
            mult_adds=sum(row.mult_adds for row in inside),
            activations=sum(row.activations for row in inside),
            learning_outputs=sum(row.learning_outputs for row in inside),
            receptive_field=after.field,
            frozen=place.frozen,
        )
        return after

    def _repeated(self, block: Sequential, now: _State, place: _Place) -> _State:
        if block.repeat == 1:
            return self._list(block.layers, now, place.inside((), ""))
        for time in range(block.repeat):
            now = self._list(block.layers, now, place.inside((), str(time), time))
        return now

    def _whole(self, block: Pretrained, now: _State, place: _Place) -> _State:
        """A block that fails as one, because nobody can change what is in it."""
        try:
            block.check(now.shape, now.source)
            after = self._list(block.lists[0], now, place.inside((), ""))
        except ExplorerError as error:
            raise _FailedError(place, error, now) from error
        except _FailedError as failed:
            inner = failed.failure
            problem = f"At `{inner.name}` in it: {inner.problem}"
            remedy = "Choose smaller pictures or another model."
            raise _FailedError(place, ExplorerError(problem, remedy), now) from failed
        return replace(after, source=f"`{place.name}`")

    def _joined(self, block: Block, now: _State, place: _Place) -> _State:
        ends = []
        for number, (name, nodes) in enumerate(zip(block.list_names(), block.lists, strict=True)):
            within = (number,) if isinstance(block, Branches) else ()
            ends.append(self._list(nodes, now, place.inside(within, name)))
        try:
            shortcut = _shortcut(block, now, ends[0])
            if shortcut:
                around = place.inside((SHORTCUT,), "shortcut")
                ends.append(self._list(shortcut, now, around))
            shape = _join(block, now, ends)
            self.joined += prod(shape)
            self._add_activations(prod(shape))
        except ExplorerError as error:
            raise _FailedError(place, error, now) from error
        if isinstance(block, Residual):
            ends.append(now if block.shortcut == "identity" else ends[-1])
        return _State(shape, f"`{place.name}`", receptive_field.joined([end.field for end in ends]))

    def _list(self, nodes: tuple[LayerSpec, ...], now: _State, around: _Place) -> _State:
        for index, name in enumerate(names_of(nodes)):
            now = self.node(nodes[index], now, around.node(index, name))
        return now


def _shortcut(block: Block, now: _State, body: _State) -> tuple[LayerSpec, ...]:
    if isinstance(block, Residual) and block.shortcut == "projection":
        return joins.projection(now.shape, body.shape)
    return ()


def _join(block: Block, now: _State, ends: list[_State]) -> Shape:
    shapes = [end.shape for end in ends]
    if isinstance(block, Residual):
        if block.shortcut == "identity":
            return joins.added_to_input(now.shape, shapes[0], now.source)
        return joins.added(shapes)
    if isinstance(block, Branches) and block.join == "concatenate":
        return joins.concatenated(shapes)
    return joins.added(shapes)


def _check_limit(what: str, count: int, limit: int) -> None:
    if count > limit:
        raise ExplorerError(
            f"With it the network would have {count:,} {what}; at most {limit:,} are allowed.",
            "Take fewer channels or features, or make the picture smaller before it.",
        )
