"""Taps by hand, and against what moves PyTorch's output when it changes."""

import pytest
import torch

from explorer.errors import ExplorerError
from explorer.windows import (
    BEYOND,
    PADDING,
    AdaptivePooling,
    Convolution,
    MaxUnpooling,
    Operation,
    Pooling,
    TransposedConvolution,
    Window,
)
from explorer.windows.taps import PaddingMode
from tests.windows.cases import FAMILIES, Case, case
from tests.windows.judge import pytorch

SMOOTH = [name for name in FAMILIES if not name.startswith(("max", "Lp", "adaptive max"))]


def along(operation: Operation, n: int) -> list[list[tuple[int, int]]]:
    (taps,) = operation.taps((n,))
    assert taps.size == len(taps.pairs)
    return [list(pairs) for pairs in taps.pairs]


def row(kernel_size: int, stride: int = 1, padding: object = 0, dilation: int = 1) -> Window:
    return Window.of(kernel_size, stride, [padding], dilation, dimensions=1)  # pyright: ignore


@pytest.mark.parametrize(
    ("mode", "outside"),
    [
        ("zeros", [PADDING, PADDING, PADDING, PADDING]),
        ("reflect", [2, 1, 2, 1]),
        ("replicate", [0, 0, 3, 3]),
        ("circular", [2, 3, 0, 1]),
    ],
)
def test_padding_modes(mode: PaddingMode, outside: list[int]) -> None:
    read = along(Convolution(row(1, padding=2), mode), 4)
    assert [source for ((_, source),) in read] == [*outside[:2], 0, 1, 2, 3, *outside[2:]]


def test_a_convolution_strides_dilates_and_pads_each_side() -> None:
    read = along(Convolution(row(2, stride=3, padding=(1, 2), dilation=2)), 6)
    assert read == [[(0, PADDING), (1, 1)], [(0, 2), (1, 4)], [(0, 5), (1, PADDING)]]


def test_ceil_mode_reaches_beyond_but_starts_no_window_in_the_padding_after() -> None:
    assert along(Pooling("max", row(2, stride=2), ceil_mode=True), 3)[-1] == [(0, 2), (1, BEYOND)]
    padded = Pooling("max", row(2, stride=2, padding=1), ceil_mode=True)
    assert along(padded, 4) == [[(0, PADDING), (1, 0)], [(0, 1), (1, 2)], [(0, 3), (1, PADDING)]]
    # A third window would start at the padding after: PyTorch drops it.
    assert len(along(Pooling("max", row(2, stride=3, padding=1), ceil_mode=True), 4)) == 2


def test_a_transposed_convolution_gathers_what_is_stamped() -> None:
    read = along(TransposedConvolution(row(3, stride=2)), 2)
    assert read == [[(0, 0)], [(1, 0)], [(0, 1), (2, 0)], [(1, 1)], [(2, 1)]]
    assert along(TransposedConvolution(row(1, stride=2), (1,)), 2) == [[(0, 0)], [], [(0, 1)], []]
    assert along(TransposedConvolution(row(3, padding=1)), 1) == [[(1, 0)]]


def test_adaptive_windows_are_uneven_and_overlap() -> None:
    read = along(AdaptivePooling("adaptive_average", (3,)), 5)
    assert [[source for _, source in pairs] for pairs in read] == [[0, 1], [1, 2, 3], [3, 4]]
    assert [[index for index, _ in pairs] for pairs in read] == [[0, 1], [0, 1, 2], [0, 1]]
    assert along(AdaptivePooling("adaptive_max", (1,)), 3) == [[(0, 0), (1, 1), (2, 2)]]
    assert AdaptivePooling("adaptive_max", (3, 2)).kernel_size((5, 4)) == (3, 2)


def test_unpooling_has_no_taps_per_axis() -> None:
    with pytest.raises(ExplorerError, match="not a matter of each axis"):
        MaxUnpooling(Window.of(2, 2), (4, 4)).taps((2, 2))


def moved_by(each: Case, cell: tuple[int, ...]) -> set[tuple[int, ...]]:
    """The input cells, of any channel, whose change moves PyTorch's output cell."""
    picture = each.picture.clone().requires_grad_()
    weight = None if each.weight is None else torch.ones_like(each.weight)
    with torch.enable_grad():
        output = pytorch.__wrapped__(each.operation, picture, weight, None)  # pyright: ignore
        (gradient,) = torch.autograd.grad(output[cell], picture)
    return {tuple(place) for place in gradient.abs().amax(0).nonzero().tolist()}


@pytest.mark.parametrize("family", SMOOTH)
def test_taps_are_the_cells_whose_change_moves_pytorchs_output(family: str) -> None:
    for turn in range(40):
        each = case(FAMILIES.index(family) + turn * len(FAMILIES))
        size = each.operation.output_size(each.input_size)
        for position in {(0,) * len(size), tuple(n // 2 for n in size), tuple(n - 1 for n in size)}:
            pairs = each.operation.reads(each.input_size, position)
            cells = [{source for _, source in axis if source >= 0} for axis in pairs]
            read = {tuple(place.tolist()) for place in product(cells)}
            assert moved_by(each, (0, *position)) == read, each.number


def product(cells: list[set[int]]) -> torch.Tensor:
    """(count, axes): every combination of the cells of each axis."""
    axes = [torch.tensor(sorted(axis), dtype=torch.long) for axis in cells]
    return torch.cartesian_prod(*axes).view(-1, len(cells))


@pytest.mark.parametrize("position", [(0,), (-1, 0), (0.5, 0), (3, 0)])
def test_positions_are_checked(position: tuple[int, ...]) -> None:
    with pytest.raises(ExplorerError, match=r"position|no output cell"):
        Convolution(Window.of(3)).reads((5, 5), position)
