"""What one layer does to one shape, from its real module on PyTorch's `meta` device.

The `meta` device computes shapes without data, so this takes no memory and about a millisecond; a
layer met again on the same shape is not computed again.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from explorer.errors import ExplorerError
from explorer.network.base import LayerSpec, Shape, shape_text

_REMEMBERED = 4096


@dataclass(frozen=True)
class Measured:
    """One layer on one picture; shapes are without the batch."""

    output_shape: Shape
    parameter_shapes: tuple[tuple[str, Shape], ...]
    """Names and shapes of what is learned, as in `named_parameters`."""
    mult_adds: int
    learning_outputs: int
    """How many values come out of modules that learn something, which is what torchinfo counts."""

    @property
    def parameters(self) -> int:
        """How many numbers are learned."""
        return sum(prod(shape) for _, shape in self.parameter_shapes)


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


def measure(layer: LayerSpec, shape: Shape) -> Measured:
    """Run the layer on the `meta` device; its size has to be bounded before.

    Raises:
        ExplorerError: If PyTorch refuses what the layer's own check let through.
    """
    unnamed = layer.model_copy(update={"name": None}) if layer.name else layer
    return _measure(unnamed, shape)  # pyright: ignore[reportArgumentType] - frozen, so hashable


@lru_cache(maxsize=_REMEMBERED)
def _measure(layer: LayerSpec, shape: Shape) -> Measured:
    learning_outputs = 0

    def count(_module: nn.Module, _inputs: Any, output: torch.Tensor) -> None:
        nonlocal learning_outputs
        learning_outputs += output.numel()

    try:
        with torch.device("meta"), torch.no_grad():
            module = layer.module(shape).eval()
            for part in module.modules():
                if not any(part.children()) and any(True for _ in part.parameters()):
                    part.register_forward_hook(count)
            with _FlopCounter() as counter:
                output: torch.Tensor = module(torch.empty(1, *shape))
    except (RuntimeError, ValueError, IndexError) as error:
        first = str(error).partition("\n")[0][:200]
        raise ExplorerError(
            f"PyTorch refuses {layer.kind} on {shape_text(shape)}: {first}.",
            "Change its parameters, or the layers before it.",
        ) from error
    return Measured(
        output_shape=tuple(output.shape[1:]),
        parameter_shapes=tuple(
            (name, tuple(parameter.shape)) for name, parameter in module.named_parameters()
        ),
        mult_adds=counter.flops // 2,
        learning_outputs=learning_outputs,
    )
