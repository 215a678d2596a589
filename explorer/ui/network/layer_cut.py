"""The part of an input that is shown where the whole of it would be too large."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from explorer.errors import ExplorerError
from explorer.network.base import AxisWindow

MOST_VALUES = 120_000  # of an input that is shown whole: what the player still moves smoothly
LONGEST_AXIS = 128  # of a part that is cut out, at most


@dataclass(frozen=True)
class Cut:
    """A part of an input.

    Attributes:
        values: (C, *sizes)
        first: Along each axis the first cell of the input that is in it.
        first_output: The first output cell that it makes, along each axis.
        padding: (before, after) along each axis.
        outputs: How many output cells it makes along each axis.
        whole: Whether nothing is left out.
    """

    values: Tensor
    first: tuple[int, ...]
    first_output: tuple[int, ...]
    padding: tuple[tuple[int, int], ...]
    outputs: tuple[int, ...]
    whole: bool


def cut_out(
    values: Tensor,
    windows: Sequence[AxisWindow],
    sides: Sequence[tuple[int, int]],
    outputs: Sequence[int],
    unit: Sequence[int],
) -> Cut:
    """Everything, or as many output cells around the unit as a part of bearable size makes.

    Real cells stay where the part ends inside the input: padding is only where the layer pads.
    """
    if values.numel() <= MOST_VALUES:
        first = (0,) * len(windows)
        return Cut(values, first, first, tuple(sides), tuple(outputs), True)
    side = int((MOST_VALUES / len(values)) ** (1 / len(windows)))
    first, first_output, padding, made = [], [], [], []
    for axis, (window, (before, after)) in enumerate(zip(windows, sides, strict=True)):
        length = values.shape[axis + 1]
        fits = (min(side, LONGEST_AXIS) - window.reach) // window.stride + 1
        count = max(1, min(outputs[axis], fits))
        start = max(0, min(unit[axis] - count // 2, outputs[axis] - count))
        begin = start * window.stride - before
        end = begin + (count - 1) * window.stride + window.reach
        values = values.narrow(axis + 1, max(0, begin), min(length, end) - max(0, begin))
        first.append(max(0, begin))
        first_output.append(start)
        padding.append((max(0, -begin), min(after, max(0, end - length))))
        made.append(count)
    return Cut(
        values.contiguous(),
        tuple(first),
        tuple(first_output),
        tuple(padding),
        tuple(made),
        whole=False,
    )


def step_of(unit: Sequence[int], cut: Cut) -> int:
    """The unit's flat index in the output of what is shown."""
    step = 0
    for at, first, size in zip(unit, cut.first_output, cut.outputs, strict=True):
        step = step * size + at - first
    return step


def check_whole(values: Tensor) -> None:
    """Raise an ExplorerError if an input of which no part can be taken is too large."""
    if values.numel() > MOST_VALUES:
        raise ExplorerError(
            f"What arrives here has {values.numel():,} values; the page shows at most "
            f"{MOST_VALUES:,}.",
            "Use a smaller input of the network.",
        )
