"""Random windows and inputs, small enough to try by the thousand, and PyTorch as the judge."""

from dataclasses import dataclass, replace

import torch
from hypothesis import settings
from hypothesis import strategies as st
from torch.nn import functional

from explorer.windows import Operation, Window, fitted

CONVOLUTIONS = (functional.conv1d, functional.conv2d, functional.conv3d)
MAX_POOLINGS = (functional.max_pool1d, functional.max_pool2d, functional.max_pool3d)
AVERAGE_POOLINGS = (functional.avg_pool1d, functional.avg_pool2d, functional.avg_pool3d)

LARGEST_SIDE = {1: 14, 2: 9, 3: 6}


def tried(cases: int) -> settings:
    """The same cases in every run, without a limit on the time of one."""
    return settings(max_examples=cases, deadline=None, derandomize=True, print_blob=False)


@dataclass(frozen=True)
class Case:
    window: Window
    input_size: tuple[int, ...]


@st.composite
def cases(draw: st.DrawFn, operation: Operation = "convolution", alike: bool = True) -> Case:
    """Windows with their values per axis, legal or not; `alike` pads both sides the same."""
    dimensions = draw(st.integers(1, 3))

    def entries(lowest: int, highest: int) -> list[int]:
        values = st.integers(lowest, highest)
        return draw(st.lists(values, min_size=dimensions, max_size=dimensions))

    before = entries(0, 3)
    after = before if alike else entries(0, 3)
    dilation = [1] * dimensions if operation == "average" else entries(1, 3)
    window = Window.of(
        entries(1, 5),
        entries(1, 4),
        list(zip(before, after, strict=True)),
        dilation,
        dimensions=dimensions,
    )
    return Case(window, tuple(entries(1, LARGEST_SIDE[dimensions])))


def legal_cases(
    operation: Operation = "convolution", alike: bool = False
) -> st.SearchStrategy[Case]:
    """Windows that fit their input."""
    return cases(operation, alike).map(
        lambda case: replace(case, window=fitted(case.window, case.input_size, operation))
    )


def pytorch(operation: Operation, picture: torch.Tensor, window: Window) -> torch.Tensor:
    """PyTorch's own result with PyTorch's own padding: one channel in, one out, weights of 1.

    Raises:
        RuntimeError: PyTorch refuses.
    """
    assert all(before == after for before, after in window.padding)
    axis = window.dimensions - 1
    padding = tuple(before for before, _ in window.padding)
    if operation == "convolution":
        weight = torch.ones(1, 1, *window.kernel_size)
        return CONVOLUTIONS[axis](picture, weight, None, window.stride, padding, window.dilation)
    if operation == "max":
        return MAX_POOLINGS[axis](
            picture, window.kernel_size, window.stride, padding, window.dilation
        )
    oversized = any(k > n for k, n in zip(window.kernel_size, picture.shape[1:], strict=True))
    halves = zip(padding, window.kernel_size, strict=True)
    if axis == 2 and oversized and all(p <= k // 2 for p, k in halves):
        # avg_pool3d alone compares the kernel with the input before padding it
        sides = [side for p in reversed(padding) for side in (p, p)]
        picture, padding = functional.pad(picture, sides), (0, 0, 0)
    return AVERAGE_POOLINGS[axis](picture, window.kernel_size, window.stride, padding)


def pytorch_size(
    operation: Operation, input_size: tuple[int, ...], window: Window
) -> tuple[int, ...] | None:
    """The output size that PyTorch computes; None where it refuses."""
    try:
        return tuple(pytorch(operation, torch.zeros(1, *input_size), window).shape[1:])
    except RuntimeError:
        return None
