"""Random operations on small random pictures, legal or not, for the tests and the benchmark."""

import random
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from explorer.windows import (
    AdaptivePooling,
    Convolution,
    MaxUnpooling,
    Operation,
    Pooling,
    TransposedConvolution,
    Window,
    fitted,
    max_indices,
    result,
    same_padding,
)

# Every operation and padding mode; cases go through them in turn.
FAMILIES = (
    "convolution, zeros",
    "convolution, reflect",
    "convolution, replicate",
    "convolution, circular",
    "convolution, same",
    "transposed convolution",
    "max pooling",
    "average pooling",
    "average pooling, padding not counted",
    "average pooling, divisor",
    "Lp pooling",
    "adaptive max pooling",
    "adaptive average pooling",
    "max unpooling",
)
LARGEST_SIDE = {1: 14, 2: 9, 3: 6}
NORM_TYPES = (1.0, 2.0, 3.0, 4.0, 0.5, 1.5)


@dataclass(frozen=True, eq=False)
class Case:
    """A drawn operation, which may be illegal, and what it becomes when it is made to fit.

    Attributes:
        number: Makes the same case again.
        family: One of `FAMILIES`.
        drawn: The operation as drawn.
        operation: `fitted(drawn, input size)`.
        picture: (C, *spatial); normal numbers, 8-bit codes / 255 or small whole numbers.
        weight: As `operation` wants it, or None.
        bias: Or None.
        indices: Of an unpooling, else None.
    """

    number: int
    family: str
    drawn: Operation
    operation: Operation
    picture: Tensor
    weight: Tensor | None = None
    bias: Tensor | None = None
    indices: Tensor | None = None

    @property
    def input_size(self) -> tuple[int, ...]:
        """The picture's size along each spatial axis."""
        return tuple(self.picture.shape[1:])


class Dice:
    """Random numbers, tuples of them and tensors for one case."""

    def __init__(self, number: int) -> None:
        self._random = random.Random(number)
        self._generator = torch.Generator().manual_seed(number)
        self.dimensions = self._random.choice((1, 2, 3))
        self.choice = self._random.choice
        self.chance = self._random.random

    def each(self, lowest: int, highest: int) -> tuple[int, ...]:
        """A whole number for each axis."""
        return tuple(self._random.randint(lowest, highest) for _ in range(self.dimensions))

    def size(self) -> tuple[int, ...]:
        """Of a small input."""
        return self.each(1, LARGEST_SIDE[self.dimensions])

    def normal(self, *shape: int) -> Tensor:
        """Normally distributed numbers."""
        return torch.randn(shape, generator=self._generator)

    def codes(self, *shape: int) -> Tensor:
        """What an 8-bit picture holds: code / 255."""
        return torch.randint(0, 256, shape, generator=self._generator).to(torch.uint8) / 255

    def whole(self, *shape: int, lowest: int = -4, highest: int = 4) -> Tensor:
        """Small whole numbers, so that cells are equal and sums exact."""
        return torch.randint(lowest, highest + 1, shape, generator=self._generator).float()

    def picture(self, channels: int, size: tuple[int, ...]) -> Tensor:
        """Numbers of any of the three sorts."""
        return self.choice((self.normal, self.codes, self.whole))(channels, *size)


def case(number: int) -> Case:
    """The case of a number; the same in every run."""
    family = FAMILIES[number % len(FAMILIES)]
    dice = Dice(number)
    if family.startswith("convolution"):
        return _convolution(number, family, dice)
    if family == "transposed convolution":
        return _transposed(number, family, dice)
    if family.startswith("adaptive"):
        kind = "adaptive_max" if "max" in family else "adaptive_average"
        operation = AdaptivePooling(kind, dice.each(1, 7))
        picture = dice.picture(dice.choice((1, 2, 3)), dice.size())
        return Case(number, family, operation, operation, picture)
    if family == "max unpooling":
        return _unpooling(number, family, dice)
    return _pooling(number, family, dice)


def _window(dice: Dice, alike: bool) -> Window:
    before = dice.each(0, 3)
    after = before if alike else dice.each(0, 3)
    padding = tuple(zip(before, after, strict=True))
    return Window(dice.each(1, 5), dice.each(1, 4), padding, dice.each(1, 3))


def _convolution(number: int, family: str, dice: Dice) -> Case:
    mode, window, size = (
        family.split(", ")[1],
        _window(dice, alike=dice.chance() < 0.5),
        dice.size(),
    )
    if mode == "same":
        mode = "zeros"
        padding = same_padding(window.kernel_size, window.dilation)
        window = replace(window, stride=(1,) * dice.dimensions, padding=padding)
    groups = dice.choice((1, 1, 2, 3))
    members, makes = dice.choice((1, 2)), dice.choice((1, 2))
    drawn = Convolution(window, mode, groups)  # pyright: ignore[reportArgumentType]
    operation = fitted(drawn, size)
    return Case(
        number,
        family,
        drawn,
        operation,
        dice.picture(groups * members, size),
        dice.normal(groups * makes, members, *operation.window.kernel_size),
        dice.normal(groups * makes) if dice.chance() < 0.5 else None,
    )


def _transposed(number: int, family: str, dice: Dice) -> Case:
    window, size, groups = _window(dice, alike=True), dice.size(), dice.choice((1, 1, 2, 3))
    members, makes = dice.choice((1, 2)), dice.choice((1, 2))
    extra = dice.each(0, 3) if dice.chance() < 0.5 else ()
    drawn = TransposedConvolution(window, extra, groups)
    operation = fitted(drawn, size)
    return Case(
        number,
        family,
        drawn,
        operation,
        dice.picture(groups * members, size),
        dice.normal(groups * members, makes, *operation.window.kernel_size),
        dice.normal(groups * makes) if dice.chance() < 0.5 else None,
    )


def _pool_window(dice: Dice, dilated: bool) -> Window:
    """Mostly with padding that poolings have, at most half a kernel."""
    window = _window(dice, alike=True)
    if dice.chance() < 0.7:
        halves = tuple(
            (min(before, k // 2), min(after, k // 2))
            for (before, after), k in zip(window.padding, window.kernel_size, strict=True)
        )
        window = replace(window, padding=halves)
    return window if dilated else replace(window, dilation=(1,) * dice.dimensions)


def _pooling(number: int, family: str, dice: Dice) -> Case:
    kind = {"max": "max", "ave": "average", "Lp ": "lp"}[family[:3]]
    divisor = None
    if family.endswith("divisor"):
        dice.dimensions = max(2, dice.dimensions)  # PyTorch's avg_pool1d takes none
        divisor = dice.choice((-2, 1, 2, 3, 7))
    window, size = _pool_window(dice, kind == "max" or dice.chance() < 0.1), dice.size()
    if kind == "lp" and dice.chance() < 0.8:
        window = replace(window, padding=((0, 0),) * dice.dimensions)
    drawn = Pooling(
        kind,  # pyright: ignore[reportArgumentType]
        window,
        ceil_mode=dice.chance() < 0.5,
        count_include_pad=not family.endswith("not counted"),
        divisor_override=divisor,
        norm_type=dice.choice(NORM_TYPES),
    )
    channels = dice.choice((1, 2, 3))
    picture = dice.picture(channels, size)
    if kind == "lp" and (drawn.norm_type % 2 and drawn.norm_type != 1):
        # A root of a sum that is 0 but for rounding is all rounding: sums are exact or positive.
        picture = dice.choice((dice.codes, dice.whole))(channels, *size)
    return Case(number, family, drawn, fitted(drawn, size), picture)


def _unpooling(number: int, family: str, dice: Dice) -> Case:
    """Half of the cases undo a max pooling, half are any indices into any size."""
    window = _pool_window(dice, dilated=False)
    channels = dice.choice((1, 2, 3))
    if dice.chance() < 0.5:
        source = dice.picture(channels, dice.size())
        pooling = fitted(Pooling("max", window), source.shape[1:])
        drawn = MaxUnpooling(pooling.window, tuple(source.shape[1:]))
        indices, picture = max_indices(pooling, source), result(pooling, source)
        return Case(number, family, drawn, drawn, picture, indices=indices)
    size = dice.each(1, 5)
    drawn = MaxUnpooling(window, dice.each(1, 12))
    if dice.chance() < 0.5:
        drawn = fitted(drawn, size)
    operation = fitted(drawn, size)
    picture = dice.picture(channels, size)
    cells = torch.Size(operation.target_size).numel()
    indices = dice.whole(*picture.shape, lowest=0, highest=cells - 1).to(torch.int64)
    return Case(number, family, drawn, operation, picture, indices=indices)
