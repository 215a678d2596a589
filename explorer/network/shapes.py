"""A network's shapes and costs, one row per layer, from the real modules on the `meta` device.

The `meta` device computes shapes without data, so tracing takes no memory and milliseconds. What a
layer would cost is bounded before it is built.
"""

from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from explorer.errors import ExplorerError
from explorer.network.base import LayerSpec, Shape
from explorer.network.spec import NetworkSpec
from explorer.settings import settings


@dataclass(frozen=True)
class LayerRow:
    """What one layer does to one picture; shapes are without the batch."""

    index: int
    name: str
    kind: str
    input_shape: Shape
    output_shape: Shape
    parameters: int
    parameter_formula: str
    mult_adds: int

    @property
    def activations(self) -> int:
        """How many values the layer puts out."""
        return prod(self.output_shape)


@dataclass(frozen=True)
class Failure:
    """The first layer that cannot work, and why."""

    index: int
    name: str
    problem: str
    remedy: str


@dataclass(frozen=True)
class Trace:
    """The rows of all layers that work, in order, up to the failure if there is one."""

    input_shape: Shape
    rows: tuple[LayerRow, ...]
    failure: Failure | None

    @property
    def output_shape(self) -> Shape:
        """What the last traced layer puts out."""
        return self.rows[-1].output_shape if self.rows else self.input_shape

    @property
    def parameters(self) -> int:
        """How many numbers the traced layers learn."""
        return sum(row.parameters for row in self.rows)

    @property
    def mult_adds(self) -> int:
        """Multiplications (each with an addition) of the traced layers for one picture.

        Those of convolutions and matrices, as PyTorch's `flop_counter` counts them; biases and
        batch normalisation are not among them.
        """
        return sum(row.mult_adds for row in self.rows)

    @property
    def activations(self) -> int:
        """How many values the traced layers put out for one picture."""
        return sum(row.activations for row in self.rows)

    def require_complete(self) -> None:
        """Raise an ExplorerError if a layer fails."""
        if self.failure:
            raise ExplorerError(
                f"Layer `{self.failure.name}` cannot work: {self.failure.problem}",
                self.failure.remedy,
            )


class _FlopCounter(TorchDispatchMode):
    """Adds up PyTorch's own counts.

    `torch.utils.flop_counter.FlopCounterMode` does the same with hooks on all modules of the
    process, which sessions in other threads would run into.
    """

    def __init__(self) -> None:
        super().__init__()
        self.flops = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        out = func(*args, **(kwargs or {}))
        count = flop_registry.get(func._overloadpacket)
        if count is not None:
            self.flops += count(*args, **(kwargs or {}), out_val=out)
        return out


def trace(spec: NetworkSpec) -> Trace:
    """Trace a network as far as it works.

    The rows before a failing layer stay; a layer also fails when the network would become larger
    than the settings allow.
    """
    rows: list[LayerRow] = []
    shape, source = spec.input.shape, "the input"
    parameters = activations = 0
    for index, (name, layer) in enumerate(zip(spec.layer_names, spec.layers, strict=True)):
        try:
            layer.check(shape, source)
            parameters += layer.parameter_count(shape)
            _check_limit("parameters", parameters, settings().max_parameters)
            row = _row(index, name, layer, shape)
            activations += row.activations
            _check_limit("values per picture", activations, settings().max_activations)
        except ExplorerError as error:
            failure = Failure(index, name, error.problem, error.remedy)
            return Trace(spec.input.shape, tuple(rows), failure)
        rows.append(row)
        shape, source = row.output_shape, f"`{name}`"
    return Trace(spec.input.shape, tuple(rows), None)


def _check_limit(what: str, count: int, limit: int) -> None:
    if count > limit:
        raise ExplorerError(
            f"With it the network would have {count:,} {what}; at most {limit:,} are allowed.",
            "Take fewer channels or features, or make the picture smaller before it.",
        )


def _row(index: int, name: str, layer: LayerSpec, shape: Shape) -> LayerRow:
    with torch.device("meta"), torch.no_grad():
        module = layer.module(shape).eval()
        with _FlopCounter() as counter:
            output: torch.Tensor = module(torch.empty(1, *shape))
    return LayerRow(
        index=index,
        name=name,
        kind=layer.kind,
        input_shape=shape,
        output_shape=tuple(output.shape[1:]),
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        parameter_formula=layer.parameter_formula(shape),
        mult_adds=counter.flops // 2,
    )
