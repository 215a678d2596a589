"""The parts of single cells, by hand; that they give PyTorch's values is test_agreement's."""

import math

import pytest
import torch

from explorer.errors import ExplorerError
from explorer.windows import (
    AdaptivePooling,
    Convolution,
    MaxUnpooling,
    Operation,
    Pooling,
    TransposedConvolution,
    Window,
    result,
    terms,
)
from explorer.windows.terms import IS_BEYOND, IS_PADDING, IS_PICTURE, NO_TAP

NINE = torch.arange(9.0).view(1, 3, 3)
COUNTING = torch.arange(4.0).view(1, 1, 2, 2)


def row(kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> Window:
    return Window.of(kernel_size, stride, padding, dilation, dimensions=1)


def test_the_textbooks_first_cell() -> None:
    found = terms(Convolution(Window.of(2)), NINE, COUNTING, torch.tensor([1.0]), 0, (0, 0))
    assert found.patch.tolist() == [[[0, 1], [3, 4]]]
    assert found.products is not None and found.channel_sums is not None
    assert found.products.tolist() == [[[0, 1], [6, 12]]]
    assert found.channel_sums.tolist() == [19]
    assert (found.bias, found.value) == (1.0, 20.0)
    assert (found.winner, found.total, found.divisor) == (None, None, None)
    assert found.patch.dtype == torch.float64


def test_padding_is_zero_or_the_picture_again() -> None:
    window, weight = Window.of(2, padding=((1, 0), 0)), torch.ones(1, 1, 2, 2)
    zeros = terms(Convolution(window), NINE, weight, None, 0, (0, 0))
    assert zeros.inside.tolist() == [[IS_PADDING] * 2, [IS_PICTURE] * 2]
    assert zeros.patch.tolist() == [[[0, 0], [0, 1]]]
    mirrored = terms(Convolution(window, "reflect"), NINE, weight, None, 0, (0, 0))
    assert mirrored.patch.tolist() == [[[3, 4], [0, 1]]]
    assert (mirrored.inside == IS_PICTURE).all()


def test_a_convolution_in_groups_reads_the_channels_of_its_group() -> None:
    picture = torch.arange(4.0).view(4, 1)
    weight = torch.tensor([[10.0, 1], [20, 2], [30, 3], [40, 4]]).view(4, 2, 1)
    operation = Convolution(row(1), groups=2)
    assert [terms(operation, picture, weight, None, out, (0,)).value for out in range(4)] == [
        0 * 10 + 1 * 1,
        0 * 20 + 1 * 2,
        2 * 30 + 3 * 3,
        2 * 40 + 3 * 4,
    ]


def test_a_transposed_convolutions_cell_is_where_stamps_meet() -> None:
    picture, weight = torch.tensor([[1.0, 2, 3]]), torch.tensor([[[10.0, 20, 30]]])
    operation = TransposedConvolution(row(3, stride=2))
    found = terms(operation, picture, weight, None, 0, (2,))
    assert found.patch.tolist() == [[2, 0, 1]]
    assert found.inside.tolist() == [IS_PICTURE, NO_TAP, IS_PICTURE]
    assert found.value == 2 * 10 + 1 * 30
    hole = terms(TransposedConvolution(row(1, stride=2)), picture, weight[..., :1], None, 0, (1,))
    assert (hole.inside.tolist(), hole.value) == ([NO_TAP], 0)


def test_transposed_groups_have_their_own_weights() -> None:
    picture = torch.tensor([[1.0], [2], [3], [4]])
    weight = torch.arange(8.0).view(4, 2, 1)  # (in, out / groups, kernel)
    operation = TransposedConvolution(row(1), groups=2)
    values = [terms(operation, picture, weight, None, out, (0,)).value for out in range(4)]
    assert values == [1 * 0 + 2 * 2, 1 * 1 + 2 * 3, 3 * 4 + 4 * 6, 3 * 5 + 4 * 7]


def test_the_first_of_equal_cells_wins_and_padding_never_does() -> None:
    picture = torch.tensor([[-3.0, -1, -1]])
    found = terms(Pooling("max", row(3, padding=1)), picture, None, None, 0, (2,))
    assert found.patch.tolist() == [[-1, -1, -math.inf]]
    assert (found.winner, found.value) == ((0,), -1)


def test_a_window_of_nothing_but_padding_has_no_winner() -> None:
    picture, pool = torch.ones(1, 1, 1), Pooling("max", Window.of(2, padding=1, dilation=2))
    assert result(pool, picture).tolist() == [[[-math.inf]]]
    found = terms(pool, picture, None, None, 0, (0, 0))
    assert (found.winner, found.value) == (None, -math.inf)


@pytest.mark.parametrize(
    ("settings", "divisor"),
    [({}, 2), ({"count_include_pad": False}, 1), ({"divisor_override": 5}, 5)],
)
def test_an_average_divides_by_what_it_counts(settings: dict, divisor: int) -> None:
    """At the end of this row one cell is read, one is padding, one lies beyond."""
    picture = torch.tensor([[[1.0, 2, 3, 4]]])
    window = Window.of((1, 3), stride=(1, 2), padding=(0, 1))
    pool = Pooling("average", window, ceil_mode=True, **settings)
    assert pool.output_size((1, 4)) == (1, 3)
    found = terms(pool, picture, None, None, 0, (0, 2))
    assert found.inside.tolist() == [[IS_PICTURE, IS_PADDING, IS_BEYOND]]
    assert (found.total, found.divisor, found.value) == (4, divisor, 4 / divisor)
    assert float(result(pool, picture)[0, 0, 2]) == pytest.approx(4 / divisor)


def test_the_p_norm_grows_where_ceil_mode_cuts_a_window() -> None:
    picture = torch.tensor([[3.0, 4, 12]])
    pool = Pooling("lp", row(2, stride=2), ceil_mode=True)
    whole = terms(pool, picture, None, None, 0, (0,))
    assert (whole.total, whole.divisor, whole.value) == (25, 1, 5)
    cut = terms(pool, picture, None, None, 0, (1,))
    assert (cut.total, cut.divisor) == (144, 0.5)
    assert cut.value == pytest.approx(math.sqrt(288))
    assert float(result(pool, picture)[0, 1]) == pytest.approx(math.sqrt(288))


def test_roots_of_negative_sums_are_nan_and_odd_norms_keep_the_sign() -> None:
    picture = torch.tensor([[-2.0, -2]])
    for norm_type, value in ((1.0, -4), (2.0, math.sqrt(8)), (3.0, math.nan), (0.5, math.nan)):
        pool = Pooling("lp", row(2), norm_type=norm_type)
        for found in (
            terms(pool, picture, None, None, 0, (0,)).value,
            float(result(pool, picture)),
        ):
            assert found == pytest.approx(value, nan_ok=True)


def test_adaptive_windows_differ_in_size() -> None:
    picture = torch.arange(5.0).view(1, 5)
    operation = AdaptivePooling("adaptive_average", (3,))
    found = [terms(operation, picture, None, None, 0, (p,)) for p in range(3)]
    assert [each.patch.tolist() for each in found] == [[[0, 1]], [[1, 2, 3]], [[3, 4]]]
    assert [(each.total, each.divisor) for each in found] == [(1, 2), (6, 3), (7, 2)]


def test_an_unpooled_cell_knows_where_it_comes_from() -> None:
    pooled, indices = torch.tensor([[5.0, 6, 7]]), torch.tensor([[4, 0, 4]])
    operation = MaxUnpooling(row(2, stride=2), (6,))
    found = terms(operation, pooled, None, None, 0, (4,), indices)
    assert (found.winner, found.value, found.patch.tolist()) == ((2,), 7, [[7]])
    empty = terms(operation, pooled, None, None, 0, (1,), indices)
    assert (empty.winner, empty.value, empty.inside.tolist()) == (None, 0, [NO_TAP])


def test_real_numbers_agree_to_float32s_precision() -> None:
    torch.manual_seed(1)
    picture, weight, bias = torch.rand(3, 40, 50), torch.randn(4, 3, 5, 5), torch.randn(4)
    operation = Convolution(Window.of(5, stride=(1, 2), padding=2))
    output = result(operation, picture, weight, bias)
    for cell in ((0, 0, 0), (3, 39, 24), (2, 20, 11)):
        found = terms(operation, picture, weight, bias, cell[0], cell[1:])
        assert found.value == pytest.approx(float(output[cell]), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize(
    ("channel", "position", "told"),
    [
        (0, (3, 0), r"no output cell \(3, 0\): the output's size is \(3, 3\)"),
        (0, (0, -1), "no output cell"),
        (3, (0, 0), "no channel 3: there are 3"),
        (-1, (0, 0), "no channel -1"),
    ],
)
def test_cells_that_do_not_exist(channel: int, position: tuple[int, ...], told: str) -> None:
    picture = torch.zeros(3, 5, 5)
    indices = torch.zeros(3, 2, 2, dtype=torch.int64)
    for operation, read, weight, named in (
        (Convolution(Window.of(3)), picture, torch.zeros(3, 3, 3, 3), None),
        (TransposedConvolution(Window.of(1)), picture[:, :3, :3], torch.zeros(3, 3, 1, 1), None),
        (Pooling("max", Window.of(3)), picture, None, None),
        (AdaptivePooling("adaptive_max", (3, 3)), picture, None, None),
        (MaxUnpooling(Window.of(2, 2), (3, 3)), picture[:, :2, :2], None, indices),
    ):
        each: Operation = operation
        with pytest.raises(ExplorerError, match=told):
            terms(each, read, weight, None, channel, position, named)
