"""What advice is, and what those who give it know of a network."""

from collections.abc import Callable
from dataclasses import dataclass

from explorer.errors import ExplorerError
from explorer.network.base import LayerSpec
from explorer.network.blocks import Path
from explorer.network.layers import Conv, ConvTranspose, Linear
from explorer.network.repairs import Repair
from explorer.network.shapes import LayerRow, Trace, trace
from explorer.network.spec import NetworkSpec


@dataclass(frozen=True)
class Advice:
    """Something to think about, and where."""

    title: str
    """What it is, in a few words."""
    text: str
    """What it means here, with numbers, and what to do."""
    path: Path
    """The layer it is about."""
    repair: Repair | None = None
    """What would change it, if there is one thing that would."""


@dataclass(frozen=True)
class Layer:
    """A layer with its row in the trace."""

    row: LayerRow
    node: LayerSpec

    @property
    def learns(self) -> bool:
        """Whether it is a convolution or fully connected."""
        return isinstance(self.node, Conv | ConvTranspose | Linear)


@dataclass(frozen=True)
class Network:
    """What is advised on: a network that works, and its layers, each once."""

    spec: NetworkSpec
    traced: Trace
    layers: list[Layer]

    def repair(
        self, title: str, change: Callable[[NetworkSpec], NetworkSpec], path: Path
    ) -> Repair | None:
        """The change, if the network still works after it."""
        try:
            spec = change(self.spec)
        except ExplorerError:
            return None
        after = trace(spec)
        if after.failure:
            return None
        row = after.row(path)
        return Repair(title, spec, row.output_shape if row else after.output_shape, 0.0)


def percent(share: float) -> str:
    """A share as people read it: "33 %", "less than 1 %"."""
    return "less than 1 %" if share < 0.01 else f"{100 * share:.0f} %"


def listed(names: list[str], most: int = 4) -> str:
    """Names in a sentence: "conv1, conv2 and 3 more"."""
    if len(names) > most:
        names = [*names[: most - 1], f"{len(names) - most + 1} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
