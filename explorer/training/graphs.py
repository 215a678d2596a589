"""CUDA graphs: forward and backward of a network recorded once and replayed at every step.

A small network on a GPU waits for the processor, which starts some hundred operations a step one by
one; replayed, they are one. Only a probe can tell whether that pays, and whether what comes out is
the same: see `explorer.training.probe`.

Recording itself was not yet run on a GPU. What surrounds it is tested on the processor with
stand-ins that really run: a network traced by `torch.jit`, and one whose outputs lie in the same
memory at every step, as those of a graph do.

On a processor nothing is recorded or compiled. `torch.compile` (PyTorch 2.15, Inductor with g++;
one thread, processor time, interleaved repeats) made every step that was tried slower: the tutorial
CNN and LeNet-5 take 1.2 to 1.6 times as long, a VGG-like network 1.0 to 1.2 times, after 20 to 50
seconds of compiling.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

Forward = Callable[[Tensor], Tensor]
Recorder = Callable[[nn.Module, Tensor], Forward]

# A replayed step must be this much faster, as any other choice of the probe must be.
_WORTH = 0.95
# The same operations in the same order: what differs is at most which algorithm a library chose.
_TOLERANCE = 1e-3
# What recording takes must come back so many times within an epoch.
_MARGIN = 2.0


class _Whole(nn.Module):
    """A network in a shell of its own, so that recording leaves the network as it is."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        return self.network(images)


def cuda_graph(network: nn.Module, sample: Tensor) -> Forward:
    """Record forward and backward for batches like the sample, which becomes the graph's input.

    Raises:
        RuntimeError: Something in the network cannot be recorded, or there is no memory for it.
    """
    recorded = torch.cuda.make_graphed_callables(
        _Whole(network), (sample,), allow_unused_input=True
    )
    assert isinstance(recorded, nn.Module)
    return recorded


@dataclass(frozen=True)
class Replay:
    """What stands in for a network's forward pass in training, for batches of one size."""

    forward: Forward
    shape: torch.Size
    dtype: torch.dtype

    def fits(self, images: Tensor) -> bool:
        """Whether this is a batch like the one that was recorded with."""
        return (images.shape, images.dtype) == (self.shape, self.dtype)

    def __call__(self, images: Tensor) -> Tensor:
        """What the network says: in memory of its own, which the next step does not overwrite."""
        return self.forward(images).clone()


def record(network: nn.Module, images: Tensor, recorder: Recorder = cuda_graph) -> Replay:
    """Record a network in training with a batch; weights, buffers and gradients stay as they were.

    Raises:
        RuntimeError: It cannot be recorded.
    """
    buffers = {name: buffer.clone() for name, buffer in network.named_buffers()}
    try:
        sample = torch.empty_like(images).copy_(images)
        forward = recorder(network, sample)
    finally:
        # To record, the network is run several times, and normalisation would remember that.
        with torch.no_grad():
            for name, buffer in network.named_buffers():
                buffer.copy_(buffers[name])
        for parameter in network.parameters():
            parameter.grad = None
    return Replay(forward, images.shape, images.dtype)


@dataclass(frozen=True)
class Trial:
    """Some steps of all contenders in one way of computing.

    Attributes:
        step_seconds: Of a step.
        losses: Of every contender at every step.
        problem: Why this way does not work; "" if it does.
        preparing: Seconds before the first step that the way needs.
    """

    step_seconds: float
    losses: tuple[float, ...] = ()
    problem: str = ""
    preparing: float = 0.0


def why_not(plain: Trial, other: Trial, steps: int) -> str:
    """Why the other way is not to be used instead of the plain one; "" if it is.

    Args:
        plain: One step after the other, operation by operation.
        other: The same steps on the same batches from the same weights.
        steps: Of an epoch: so soon the other way must have paid for itself.
    """
    if other.problem:
        return other.problem
    if not _same(plain.losses, other.losses):
        return "its losses were other ones"
    if other.step_seconds >= _WORTH * plain.step_seconds:
        return "it was not faster"
    saved = (plain.step_seconds - other.step_seconds) * steps
    if saved < _MARGIN * other.preparing:
        return "the training is too short to win back what recording takes"
    return ""


def _same(plain: Sequence[float], other: Sequence[float]) -> bool:
    shared = min(len(plain), len(other))  # who is faster takes more steps in the same time
    if not shared:
        return False
    expected, came = torch.tensor(plain[:shared]), torch.tensor(other[:shared])
    return bool(torch.isfinite(came).all()) and torch.allclose(came, expected, rtol=_TOLERANCE)
