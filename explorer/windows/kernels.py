"""Kernels people know, and what each one finds.

PyTorch lays a kernel on the picture as it is written (cross-correlation), so these are written
the way they are applied: a positive weight on the right looks at the pixel on the right.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from explorer.errors import ExplorerError
from explorer.windows.checks import check, per_axis

Rows = tuple[tuple[float, ...], ...]

LARGEST_KERNEL = 101  # cells along an axis


@dataclass(frozen=True)
class NamedKernel:
    """A kernel with a name.

    Attributes:
        name: As shown in a list.
        explains: One or two sentences on what it finds and why.
        values: Its rows at 3×3, as PyTorch applies them.
        line: How it is made at other sizes: one line of weights of a given length, multiplied
            with itself along the other axis. None for a kernel that is 3×3 by definition.
    """

    name: str
    explains: str
    values: Rows
    line: Callable[[int], Tensor] | None = None

    def lines(self, largest: int) -> dict[int, list[float]] | None:
        """The line by its length, from 1 to `largest`, for a scene; None where there is none."""
        if self.line is None:
            return None
        return {length: self.line(length).tolist() for length in range(1, largest + 1)}

    def fits(self, size: tuple[int, int]) -> bool:
        """Whether the kernel exists at (height, width).

        Made from a line: at any size. 3×3 by definition: at odd sizes from 3×3 on, where it is
        surrounded by zeros and computes the same; an even size has no centre to put it on.
        """
        return self.line is not None or all(n >= 3 and n % 2 == 1 for n in size)


def _identity_line(length: int) -> Tensor:
    # With an even length the earlier middle cell: PyTorch's padding="same" adds its extra
    # cell at the end, so that the picture stays where it is.
    return torch.eye(length)[(length - 1) // 2]


def _box_line(length: int) -> Tensor:
    return torch.full((length,), 1 / length)


def _binomial_line(length: int) -> Tensor:
    """Binomial coefficients, the usual whole-number stand-in for a Gaussian; they sum to 1."""
    line = torch.tensor([math.comb(length - 1, i) for i in range(length)], dtype=torch.float64)
    return (line / line.sum()).to(torch.float32)


def _rows(line: Callable[[int], Tensor]) -> Rows:
    return tuple(map(tuple, torch.outer(line(3), line(3)).tolist()))


NAMED_KERNELS: Mapping[str, NamedKernel] = {
    kernel.name: kernel
    for kernel in (
        NamedKernel(
            "Sobel, left to right",
            "Finds upright edges: the right column minus the left one, so the answer is positive "
            "where the picture gets brighter to the right, negative where it gets darker, and 0 "
            "where it is flat. The middle row counts double, which steadies it against noise.",
            ((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0), (-1.0, 0.0, 1.0)),
        ),
        NamedKernel(
            "Sobel, top to bottom",
            "Finds level edges: the bottom row minus the top one, so the answer is positive where "
            "the picture gets brighter downwards, negative where it gets darker, and 0 where it "
            "is flat.",
            ((-1.0, -2.0, -1.0), (0.0, 0.0, 0.0), (1.0, 2.0, 1.0)),
        ),
        NamedKernel(
            "Prewitt, left to right",
            "Finds upright edges as Sobel does, with all three rows counting the same: simpler, "
            "and a little more sensitive to noise.",
            ((-1.0, 0.0, 1.0),) * 3,
        ),
        NamedKernel(
            "Prewitt, top to bottom",
            "Finds level edges as Sobel does, with all three columns counting the same.",
            ((-1.0,) * 3, (0.0,) * 3, (1.0,) * 3),
        ),
        NamedKernel(
            "Laplacian",
            "Finds edges in every direction and single dots: the four neighbours minus four times "
            "the pixel itself, which is 0 wherever brightness is flat or rises evenly.",
            ((0.0, 1.0, 0.0), (1.0, -4.0, 1.0), (0.0, 1.0, 0.0)),
        ),
        NamedKernel(
            "Outline",
            "Finds edges in every direction: eight times the pixel minus its eight neighbours, "
            "which is 0 where they are all alike.",
            ((-1.0, -1.0, -1.0), (-1.0, 8.0, -1.0), (-1.0, -1.0, -1.0)),
        ),
        NamedKernel(
            "Sharpen",
            "Makes edges crisper: the pixel plus its difference from its four neighbours. The "
            "weights sum to 1, so flat areas keep their brightness.",
            ((0.0, -1.0, 0.0), (-1.0, 5.0, -1.0), (0.0, -1.0, 0.0)),
        ),
        NamedKernel(
            "Emboss",
            "Makes the picture look pressed into metal: the lower right minus the upper left, "
            "added to the pixel itself, so that slopes look lit from one corner.",
            ((-2.0, -1.0, 0.0), (-1.0, 1.0, 1.0), (0.0, 1.0, 2.0)),
        ),
        NamedKernel(
            "Box blur",
            "Blurs: the plain average of all pixels under the kernel, which removes fine detail "
            "and noise. A larger kernel blurs more.",
            _rows(_box_line),
            _box_line,
        ),
        NamedKernel(
            "Gaussian blur",
            "Blurs softly: an average in which near pixels count more than far ones, so that it "
            "leaves fewer blocks and streaks than the box blur.",
            _rows(_binomial_line),
            _binomial_line,
        ),
        NamedKernel(
            "Identity",
            "Changes nothing: the pixel itself times 1 and everything around it times 0. A good "
            "start for a kernel of your own.",
            _rows(_identity_line),
            _identity_line,
        ),
    )
}


def kernel(name: str, size: int | tuple[int, int] = 3) -> Tensor:
    """The named kernel at a size, as (height, width) float32.

    Raises:
        ExplorerError: No kernel of that name, or none of that size (see `NamedKernel.fits`).
    """
    if name not in NAMED_KERNELS:
        raise ExplorerError(
            f"There is no kernel named {name!r:.60}.", f"There are: {', '.join(NAMED_KERNELS)}."
        )
    named = NAMED_KERNELS[name]
    height, width = per_axis("kernel size", size, 2)
    check("kernel size", (height, width), 2, lowest=1, highest=LARGEST_KERNEL)
    if named.line is not None:
        return torch.outer(named.line(height), named.line(width))
    if not named.fits((height, width)):
        raise ExplorerError(
            f"{name} is a 3×3 kernel and has no {height}×{width} form.",
            "Use odd sizes from 3 on, where it is surrounded by zeros.",
        )
    values = torch.zeros(height, width)
    top, left = height // 2 - 1, width // 2 - 1
    values[top : top + 3, left : left + 3] = torch.tensor(named.values)
    return values


def resized(weights: Tensor, size: Sequence[int]) -> Tensor:
    """Weights (..., *kernel) at another kernel size: around the middle, zeros added or cells cut.

    Of an odd number of cells the one left over is added at the end, or cut at the start.
    """
    sides: list[int] = []
    for now, wanted in zip(reversed(weights.shape[-len(size) :]), reversed(size), strict=True):
        before = (wanted - now) // 2
        sides += [before, wanted - now - before]
    return functional.pad(weights, sides)  # a negative side cuts


def random_weights(shape: Sequence[int], seed: int) -> Tensor:
    """Normally distributed weights of two decimals; the same shape and seed give the same."""
    dice = torch.Generator().manual_seed(seed)
    values = torch.randn(tuple(shape), generator=dice, dtype=torch.float64)
    return ((values * 100).round() / 100).to(torch.float32)
