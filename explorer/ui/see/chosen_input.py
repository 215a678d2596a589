"""The input that a page's choices ask for, as a tensor with its names."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from explorer.media import Mode, Picture
from explorer.media.volumes import Volume, resized
from explorer.ui import state
from explorer.ui.link_text import Planes
from explorer.ui.see.choices import (
    Choices,
    ConvolutionChoices,
    PoolingChoices,
    TransposedChoices,
    VolumeChoices,
    page_of,
)

MODES: dict[str, Mode] = {"grey": "grayscale", "rgb": "rgb"}


@dataclass(frozen=True, eq=False)
class ChosenInput:
    """What an operation reads.

    Attributes:
        title: What to call it; may hold text that people wrote.
        values: (C, *spatial) float32.
        channel_names: One for each channel; None for those of a picture.
        rows: Of the picture that a row is taken from.
    """

    title: str
    values: Tensor
    channel_names: tuple[str, ...] | None = None
    rows: int = 1

    @property
    def size(self) -> tuple[int, ...]:
        """Cells along each spatial axis."""
        return tuple(self.values.shape[1:])

    @property
    def axes(self) -> int:
        """How many spatial axes there are."""
        return self.values.dim() - 1


def along(values: tuple[int, ...], axes: int) -> tuple[int, ...]:
    """One entry per axis: a single one is for all, of too many the last ones are meant."""
    if len(values) >= axes:
        return values[len(values) - axes :]
    return (values[0],) * (axes - len(values)) + values


def flat_input(
    choices: ConvolutionChoices | PoolingChoices | TransposedChoices, picture: Picture
) -> ChosenInput:
    """The input with one axis or two."""
    layer = state.layer(page_of(choices))
    if choices.input == "layer" and layer is not None:
        return layer
    if choices.input == "signal":
        return _numbers("Your signal", torch.tensor(choices.signal)[:, 0])
    if choices.input == "grid":
        return _numbers("Your grid", torch.tensor(choices.grid))
    if choices.input == "numbers":
        return _numbers("Numbers", made(choices, 2))
    values = picture.tensor(MODES[choices.colour], choices.size)
    if choices.input == "row":
        row = min(choices.row, values.shape[1] - 1)
        line = values[:, row].contiguous()
        return ChosenInput(f"{picture.name}, row {row}", line, rows=values.shape[1])
    return ChosenInput(picture.name, values)


def volume_input(choices: VolumeChoices, volume: Volume) -> ChosenInput:
    """The input with three axes."""
    layer = state.layer(page_of(choices))
    if choices.input == "layer" and layer is not None:
        return layer
    if choices.input == "numbers":
        return _numbers("Numbers", made(choices, 3))
    small = resized(volume, choices.size, choices.slices)
    return ChosenInput(volume.name, small.tensor(MODES[choices.colour]))


def made(choices: Choices, axes: int) -> Tensor:
    """Numbers made by a rule, (channels, *cells)."""
    shape = (choices.channels, *along(choices.cells, axes))
    if choices.fill == "counting":
        return torch.arange(torch.Size(shape).numel(), dtype=torch.float32).reshape(shape)
    if choices.fill == "random":
        generator = torch.Generator().manual_seed(choices.seed)
        return (torch.randn(shape, generator=generator) * 10).round() / 10
    if choices.fill == "dot":
        values = torch.zeros(shape)
        values[(slice(None), *((n - 1) // 2 for n in shape[1:]))] = 1
        return values
    return torch.full(shape, 1.0 if choices.fill == "ones" else 0.0)


def edited(chosen: ChosenInput, edits: tuple[tuple[int, float], ...]) -> ChosenInput:
    """The input with its edited cells; edits of cells that do not exist change nothing."""
    if not edits:
        return chosen
    values = chosen.values.clone()
    for index, value in edits:
        if index < values.numel():
            values.view(-1)[index] = value
    return replace(chosen, values=values)


def typed_with(cells: Planes, index: int, value: float) -> Planes:
    """Typed numbers with one cell changed; `index` counts through [channel][row][column]."""
    rows, columns = len(cells[0]), len(cells[0][0])
    at = (index // (rows * columns), index // columns % rows, index % columns)
    return tuple(
        tuple(
            tuple(value if (c, r, k) == at else cell for k, cell in enumerate(row))
            for r, row in enumerate(plane)
        )
        for c, plane in enumerate(cells)
    )


def _numbers(title: str, values: Tensor) -> ChosenInput:
    """Numbers that are no picture: three channels of them are not red, green and blue."""
    names = tuple(f"channel {index + 1}" for index in range(len(values)))
    return ChosenInput(title, values, names if len(values) > 1 else ("value",))
