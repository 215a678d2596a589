"""What a trace is: one row per layer and block, the failure if there is one, and totals."""

from dataclasses import dataclass, field
from math import prod
from typing import Literal

from explorer.errors import ExplorerError
from explorer.network.base import Shape, shape_text
from explorer.network.blocks import Path
from explorer.network.receptive_field import Field

FLOAT_BYTES = 4
SHORTCUT = -1
"""In the path of a row: the projection a Residual block brings along, which is no node."""

# Numbers of the size of the weights that an optimizer remembers.
_OPTIMIZER_STATES = {"sgd": 0, "momentum": 1, "adam": 2}


@dataclass(frozen=True)
class LayerRow:
    """What one layer or block does to one picture; shapes are without the batch.

    The figures of a block are the sums of what is in it, every repetition counted.
    """

    path: Path
    """Where the node is in the spec. Of a projection: (…, SHORTCUT, index)."""
    depth: int
    """How many blocks are around it."""
    repetition: tuple[int, ...]
    """Which time it is, for every repeated block around it, from 0."""
    index: int
    """The row's position in the trace."""
    name: str
    """The full name, as in `named_modules` of the built network: "block1.body.conv1"."""
    kind: str
    is_block: bool
    input_shape: Shape
    output_shape: Shape
    parameters: int
    parameter_formula: str
    """How the parameters come about, with numbers; "" for blocks."""
    parameter_shapes: tuple[tuple[str, Shape], ...]
    """What is learned, by name: weight and bias. Empty for blocks."""
    mult_adds: int
    activations: int
    """How many values the layer puts out; of a block, the layers in it together."""
    learning_outputs: int
    """Those of them that come out of modules with parameters."""
    receptive_field: Field
    """Per axis; None when every unit looks at the whole picture."""
    frozen: bool = False
    """Whether the parameters stay as they are while the network is trained."""

    @property
    def is_shortcut(self) -> bool:
        """Whether this is part of a projection, which comes with its Residual block."""
        return SHORTCUT in self.path

    @property
    def is_repeated(self) -> bool:
        """Whether the same node has had a row before: it is in a block's second or later time."""
        return any(self.repetition)

    @property
    def node_path(self) -> Path:
        """The path of the node the row belongs to: of a projection, the Residual block's."""
        return self.path[: self.path.index(SHORTCUT)] if self.is_shortcut else self.path

    @property
    def weight_shape(self) -> Shape | None:
        """Such as (out_channels, in_channels, height, width)."""
        return dict(self.parameter_shapes).get("weight")

    @property
    def bias_shape(self) -> Shape | None:
        """One number for each output channel or value."""
        return dict(self.parameter_shapes).get("bias")

    @property
    def parameter_bytes(self) -> int:
        """What the parameters take in memory, as float32."""
        return self.parameters * FLOAT_BYTES

    @property
    def activation_bytes(self) -> int:
        """What the outputs for one picture take in memory, as float32."""
        return self.activations * FLOAT_BYTES


@dataclass(frozen=True)
class Failure:
    """The first layer or block that cannot work, and why."""

    path: Path
    name: str
    problem: str
    remedy: str
    arrives: Shape | None = field(default=None, compare=False)
    """The shape that it cannot work on."""


@dataclass(frozen=True)
class Trace:
    """The rows of everything that works, in order, up to the failure if there is one.

    Blocks stand before what is in them. A block that contains the failure has no row; what is in it
    and works does.
    """

    input_shape: Shape
    rows: tuple[LayerRow, ...]
    failure: Failure | None
    output_shape: Shape
    """What the last node that works as a whole puts out, of those that are in no block."""
    joined: int = 0
    """How many values the blocks' sums and concatenations are; they are not among activations."""

    @property
    def leaves(self) -> tuple[LayerRow, ...]:
        """The rows of layers, without those of blocks."""
        return tuple(row for row in self.rows if not row.is_block)

    def row(self, path: Path) -> LayerRow | None:
        """The row of the node at `path`, the first time it is used; None if it does not work."""
        return next((row for row in self.rows if row.path == path), None)

    @property
    def parameters(self) -> int:
        """How many numbers the traced layers learn."""
        return sum(row.parameters for row in self.leaves)

    @property
    def frozen_parameters(self) -> int:
        """How many of the parameters stay as they are in training."""
        return sum(row.parameters for row in self.leaves if row.frozen)

    @property
    def trainable_parameters(self) -> int:
        """How many of the parameters training changes."""
        return self.parameters - self.frozen_parameters

    @property
    def mult_adds(self) -> int:
        """Multiplications (each with an addition) of the traced layers for one picture.

        Those of convolutions and matrices, as PyTorch's `flop_counter` counts them; biases and
        batch normalisation are not among them.
        """
        return sum(row.mult_adds for row in self.leaves)

    @property
    def activations(self) -> int:
        """How many values the traced layers put out for one picture."""
        return sum(row.activations for row in self.leaves)

    @property
    def input_megabytes(self) -> float:
        """One picture in MB (10⁶ bytes) of float32, as torchinfo gives it."""
        return prod(self.input_shape) * FLOAT_BYTES / 1e6

    @property
    def forward_backward_megabytes(self) -> float:
        """What torchinfo calls forward/backward pass size, in MB, for one picture.

        The outputs of the layers that learn something, twice: once for their gradients.
        """
        return sum(row.learning_outputs for row in self.leaves) * 2 * FLOAT_BYTES / 1e6

    @property
    def parameter_megabytes(self) -> float:
        """The parameters in MB (10⁶ bytes) of float32, as torchinfo gives it."""
        return self.parameters * FLOAT_BYTES / 1e6

    def training_bytes(
        self, batch_size: int, optimizer: Literal["sgd", "momentum", "adam"] = "momentum"
    ) -> int:
        """About how many bytes of memory training in float32 takes at its peak.

        The weights, their gradients and what the optimizer remembers of each (nothing for plain
        SGD, one number with momentum, two for Adam); and for each picture of a batch the input,
        every layer's output and the sums and concatenations of blocks, each with a gradient. Frozen
        weights have neither gradients nor a memory, and outputs of frozen layers that nothing
        learns before are freed at once. What PyTorch's kernels need on the side is not counted,
        and other outputs that are freed early are: an estimate of the order of magnitude.
        """
        weights = self.trainable_parameters * (2 + _OPTIMIZER_STATES[optimizer])
        weights += self.frozen_parameters
        kept = self.activations + self.joined - self.freed_activations
        return FLOAT_BYTES * (weights + batch_size * (prod(self.input_shape) + 2 * kept))

    @property
    def freed_activations(self) -> int:
        """How many outputs for one picture training needs no longer than the next layer does.

        Those of frozen layers before the first layer that learns.
        """
        values = 0
        for row in self.leaves:
            if row.parameters and not row.frozen:
                break
            values += row.activations if row.frozen else 0
        return values

    def require_complete(self) -> None:
        """Raise an ExplorerError if a layer fails."""
        if self.failure:
            raise ExplorerError(
                f"Layer `{self.failure.name}` cannot work: {self.failure.problem}",
                self.failure.remedy,
            )

    def __str__(self) -> str:
        lines = [
            f"{'  ' * row.depth}{row.name} {row.kind} {shape_text(row.output_shape)} "
            f"{row.parameters:,}"
            for row in self.rows
        ]
        if self.failure:
            lines.append(f"{self.failure.name} fails: {self.failure.problem}")
        return "\n".join(lines)
