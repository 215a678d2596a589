"""PyTorch's results: what is accepted as it comes, and what is refused before it is computed."""

import re
import warnings

import pytest
import torch
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.windows import (
    AdaptivePooling,
    Convolution,
    MaxUnpooling,
    Operation,
    Pooling,
    TransposedConvolution,
    Window,
    max_indices,
    result,
    terms,
)
from tests.windows.cases import FAMILIES, case
from tests.windows.judge import REFUSALS, pooling, pytorch

PICTURE, WEIGHT = torch.zeros(2, 5, 5), torch.zeros(3, 2, 3, 3)
CONVOLUTION = Convolution(Window.of(3))
TRANSPOSED = TransposedConvolution(Window.of(3))
UNPOOLING = MaxUnpooling(Window.of(2, 2), (10, 10))


@pytest.mark.parametrize("family", [name for name in FAMILIES if name.endswith("max pooling")])
def test_max_indices_are_those_pytorch_names(family: str) -> None:
    for turn in range(50):
        each = case(FAMILIES.index(family) + turn * len(FAMILIES))
        assert isinstance(each.operation, Pooling | AdaptivePooling)
        named = pooling(each.operation, return_indices=True)(each.picture)[1]
        assert torch.equal(max_indices(each.operation, each.picture), named)


def test_max_indices_are_of_a_maximum() -> None:
    with pytest.raises(ExplorerError, match="average, in which no cell wins"):
        max_indices(Pooling("average", Window.of(2)), PICTURE)
    with pytest.raises(ExplorerError, match="adaptive_average, in which no cell wins"):
        max_indices(AdaptivePooling("adaptive_average", (2, 2)), PICTURE)


def test_unpooling_undoes_max_pooling_but_for_the_cells_that_did_not_win() -> None:
    pool = Pooling("max", Window.of(2, 2))
    picture = torch.arange(1.0, 26).view(1, 5, 5)
    back = result(
        MaxUnpooling(pool.window, (5, 5)),
        result(pool, picture),
        indices=max_indices(pool, picture),
    )
    assert back[0, 1::2, 1::2].tolist() == [[7, 9], [17, 19]]
    assert back.count_nonzero() == 4


def test_of_several_pooled_values_for_a_cell_the_last_stays_on_any_number_of_threads() -> None:
    pooled = torch.arange(500_000.0).view(1, 500_000)
    indices = torch.arange(500_000).view(1, 500_000) % 7
    operation = MaxUnpooling(Window.of(2, 2, dimensions=1), (1_000_000,))
    expected = pytorch(operation, pooled, indices=indices)
    torch.set_num_threads(2)  # given back by the fixture
    for _ in range(20):
        assert torch.equal(result(operation, pooled, indices=indices), expected)
    for position in range(9):
        found = terms(operation, pooled, None, None, 0, (position,), indices)
        assert found.value == float(expected[0, position])


def test_trained_weights_and_whole_numbers_are_taken_as_they_come() -> None:
    weight = torch.ones(1, 1, 2, 2, requires_grad=True)
    picture = torch.arange(9, dtype=torch.uint8).view(1, 3, 3)
    operation = Convolution(Window.of(2))
    output = result(operation, picture, weight)
    assert output.tolist() == [[[8, 12], [20, 24]]]
    assert not output.requires_grad
    found = terms(operation, picture, weight, None, 0, (1, 1))
    assert found.value == 24
    assert found.products is not None
    assert not found.products.requires_grad
    small = torch.tensor([[3, 1]], dtype=torch.int32)
    unpooled = result(
        MaxUnpooling(Window.of(2, 2, dimensions=1), (4,)), picture[0, :1, :2], indices=small
    )
    assert unpooled.tolist() == [[0, 1, 0, 0]]


def test_same_with_an_even_kernel_needs_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        operation = Convolution(Window.of(2, padding=((0, 1), (0, 1))))
        assert result(operation, torch.ones(1, 4, 4), torch.ones(1, 1, 2, 2)).shape == (1, 4, 4)


@pytest.mark.parametrize(
    ("operation", "picture", "weight", "bias", "told"),
    [
        (CONVOLUTION, torch.zeros(5, 5), WEIGHT, None, r"picture's shape is \(5, 5\)"),
        (CONVOLUTION, torch.zeros(0, 5, 5), WEIGHT, None, r"picture's shape is \(0, 5, 5\)"),
        (CONVOLUTION, PICTURE, None, None, r"no weight.*\(out_channels, 2, 3, 3\)"),
        (CONVOLUTION, PICTURE, torch.zeros(3, 1, 3, 3), None, r"\(out_channels, 2, 3, 3\)"),
        (CONVOLUTION, PICTURE, torch.zeros(3, 2, 3, 4), None, r"\(3, 2, 3, 4\)"),
        (CONVOLUTION, PICTURE, torch.zeros(2, 3, 3), None, r"\(2, 3, 3\)"),
        (CONVOLUTION, PICTURE, torch.zeros(0, 2, 3, 3), None, r"\(0, 2, 3, 3\)"),
        (CONVOLUTION, PICTURE, WEIGHT, torch.zeros(2), r"bias has the shape \(2\), but .* 3"),
        (CONVOLUTION, torch.zeros(2, 2, 5), WEIGHT, None, "covers 3 cells, but the height is"),
        (TRANSPOSED, PICTURE, WEIGHT, None, r"\(3, 2, 3, 3\).*\(2, out_channels / groups, 3, 3\)"),
        (TRANSPOSED, PICTURE, torch.zeros(2, 3, 3, 3), torch.zeros(2), "3 output channels"),
        (Pooling("max", Window.of(2)), PICTURE, WEIGHT, None, "no weight and no bias"),
        (AdaptivePooling("adaptive_max", (2, 2)), PICTURE, None, torch.zeros(2), "no weight"),
    ],
)
def test_shapes_that_do_not_belong_together(
    operation: Operation, picture: Tensor, weight: Tensor | None, bias: Tensor | None, told: str
) -> None:
    with pytest.raises(ExplorerError, match=told):
        result(operation, picture, weight, bias)
    with pytest.raises(ExplorerError, match=told):
        terms(operation, picture, weight, bias, 0, (0, 0))


@pytest.mark.parametrize("made", [Convolution, TransposedConvolution])
@pytest.mark.parametrize(
    ("channels", "shape", "groups", "told"),
    [
        (6, (6, 6), 4, "6 channels cannot be divided into 4 groups. Use 1, 2, 3 or 6 groups"),
        (4, (4, 4), 2, "For a picture with 4 channels in 2 groups it must be"),
    ],
)
def test_groups_divide_the_channels(
    made: type, channels: int, shape: tuple[int, int], groups: int, told: str
) -> None:
    operation = made(Window.of(1), groups=groups)
    weight = torch.zeros(*shape, 1, 1)
    if made is TransposedConvolution:
        weight = torch.zeros(shape[0] + 1, 1, 1, 1)
    with pytest.raises(ExplorerError, match=re.escape(told)):
        result(operation, torch.zeros(channels, 3, 3), weight)
    with pytest.raises(REFUSALS):
        pytorch(operation, torch.zeros(channels, 3, 3), weight)


def test_groups_divide_the_output_channels_too() -> None:
    operation, weight = Convolution(Window.of(1), groups=2), torch.zeros(3, 2, 1, 1)
    with pytest.raises(ExplorerError, match="3 output channels cannot be divided into 2 groups"):
        result(operation, torch.zeros(4, 3, 3), weight)


@pytest.mark.parametrize(
    ("indices", "told"),
    [
        (None, "needs the index of every pooled value. There are no indices"),
        (torch.zeros(2, 5, 4, dtype=torch.int64), "Their shape is (2, 5, 4)"),
        (torch.zeros(2, 5, 5), "indices are torch.float32. Give whole numbers"),
        (torch.full((2, 5, 5), 100), "an index 100, but an output map has 100 cells"),
        (torch.full((2, 5, 5), -1), "an index -1"),
    ],
)
def test_indices_are_places_in_the_output(indices: Tensor | None, told: str) -> None:
    with pytest.raises(ExplorerError, match=re.escape(told)):
        result(UNPOOLING, PICTURE, indices=indices)
    with pytest.raises(ExplorerError, match="Only max-unpooling takes indices"):
        result(Pooling("max", Window.of(2)), PICTURE, indices=torch.zeros(2, 5, 5))


def test_what_would_take_too_much_is_refused_before_it_is_allocated() -> None:
    picture, weight = torch.zeros(1, 5, 5), torch.zeros(1, 1, 3, 3)
    far = Convolution(Window.of(3, padding=10**6, stride=10**6))
    with pytest.raises(ExplorerError, match=r"padded input would have 4,000,020,000,025 values"):
        result(far, picture, weight)
    with pytest.raises(ExplorerError, match=r"output would have .* at most 20,000,000"):
        result(CONVOLUTION, picture, weight.expand(10**7, 1, 3, 3))
    large = torch.zeros(1, 4000, 4000)
    with pytest.raises(ExplorerError, match=r"5,339,334,490,000 multiplications"):
        result(Pooling("average", Window.of(700)), large)
    with pytest.raises(ExplorerError, match=r"output would have 1,000,000,000,000 values"):
        result(AdaptivePooling("adaptive_max", (10**6, 10**6)), picture)
    with pytest.raises(ExplorerError, match=r"output would have 9,000,006,000,001 values"):
        spread = TransposedConvolution(Window.of(1, stride=10**6))
        result(spread, torch.zeros(1, 4, 4), torch.zeros(1, 1, 1, 1))
    with pytest.raises(ExplorerError, match=r"multiplications"):
        everywhere = AdaptivePooling("adaptive_average", (4000, 4000))
        result(everywhere, torch.zeros(1, 1, 1).expand(1, 100_000, 100_000))
    with pytest.raises(ExplorerError, match=r"9,000,000,000,000 multiplications"):
        wide = TransposedConvolution(Window.of(1000))
        result(wide, large[:, :3000, :3000], torch.zeros(1, 1, 1000, 1000))
