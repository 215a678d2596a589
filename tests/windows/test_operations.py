"""The terms of single cells against PyTorch's results, over thousands of random windows."""

import math
import random
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.windows import (
    Pooling,
    Window,
    convolution,
    convolution_terms,
    padded,
    pooling,
    pooling_terms,
)
from tests.windows.cases import CONVOLUTIONS, MAX_POOLINGS, Case, cases, legal_cases, pytorch, tried

SEEDS = st.integers(0, 2**31)


def numbers(seed: int, *shape: int) -> Tensor:
    """Small whole numbers, so that sums are exact and equal cells compete for the maximum."""
    return torch.randint(-4, 5, shape, generator=torch.Generator().manual_seed(seed)).float()


def some_cells(output: Tensor, seed: int) -> list[tuple[int, ...]]:
    """(channel, *position) of the first cell, the last and three between."""
    chance = random.Random(seed)
    between = [tuple(chance.randrange(n) for n in output.shape) for _ in range(3)]
    return [(0,) * output.dim(), tuple(n - 1 for n in output.shape), *between]


def from_symmetric(case: Case, pytorch_result: Callable[[Window], Tensor]) -> Tensor:
    """What paddings that differ before and after give, from PyTorch's symmetric padding alone.

    Padded on both sides by the larger number and slid with stride 1, the windows of the case are
    among those computed; its stride and starting point pick them.
    """
    window = case.window
    widest = [max(pair) for pair in window.padding]
    dense = pytorch_result(
        replace(
            window,
            padding=tuple((cells, cells) for cells in widest),
            stride=(1,) * window.dimensions,
        )
    )
    output_size = window.output_size(case.input_size)
    for axis, (before, _) in enumerate(window.padding):
        first, stride = widest[axis] - before, window.stride[axis]
        picked = torch.arange(output_size[axis]) * stride + first
        dense = dense.index_select(1 + axis, picked)
    return dense


def test_convolution_and_its_terms_over_a_thousand_windows() -> None:
    checked = []

    @tried(1000)
    @given(legal_cases(), st.integers(1, 3), st.integers(1, 2), st.booleans(), SEEDS)
    def check(case: Case, channels: int, out: int, biased: bool, seed: int) -> None:
        window = case.window
        picture = numbers(seed, channels, *case.input_size)
        weight = numbers(seed + 1, out, channels, *window.kernel_size)
        bias = numbers(seed + 2, out) if biased else None
        output = convolution(picture, weight, bias, window)
        checked.append(case)

        def pytorch_result(symmetric: Window) -> Tensor:
            convolve = CONVOLUTIONS[symmetric.dimensions - 1]
            padding = tuple(before for before, _ in symmetric.padding)
            return convolve(picture, weight, bias, symmetric.stride, padding, symmetric.dilation)

        expected = from_symmetric(case, pytorch_result)
        assert output.dtype == torch.float32
        torch.testing.assert_close(output, expected, rtol=0, atol=1e-4)
        for cell in some_cells(expected, seed):
            terms = convolution_terms(picture, weight, bias, window, cell[0], cell[1:])
            assert terms.value == pytest.approx(float(expected[cell]), abs=1e-4)
            assert torch.equal(terms.products, terms.patch * terms.weight)
            assert torch.equal(terms.channel_sums, terms.products.flatten(1).sum(1))
            assert terms.value == float(terms.products.sum()) + terms.bias
            assert terms.patch.shape == (channels, *window.kernel_size)
            assert terms.inside.shape == window.kernel_size
            assert not terms.patch[:, ~terms.inside].any()

    check()
    assert len(checked) >= 1000


@pytest.mark.parametrize("kind", ["max", "average"])
def test_pooling_and_its_terms_over_five_hundred_windows(kind: Pooling) -> None:
    checked = []

    @tried(500)
    @given(legal_cases(kind), st.integers(1, 3), SEEDS)
    def check(case: Case, channels: int, seed: int) -> None:
        picture = numbers(seed, channels, *case.input_size)
        output = pooling(picture, case.window, kind)
        checked.append(case)
        expected = from_symmetric(case, lambda window: pytorch(kind, picture, window))
        torch.testing.assert_close(output, expected, rtol=0, atol=1e-6)
        for cell in some_cells(expected, seed):
            terms = pooling_terms(picture, case.window, kind, cell[0], cell[1:])
            assert terms.value == pytest.approx(float(expected[cell]), abs=1e-6)
            assert terms.patch.shape == terms.inside.shape == case.window.kernel_size
            if kind == "average":
                assert terms.divisor == math.prod(case.window.kernel_size)
                assert terms.total == float(terms.patch.sum())
                assert terms.winner is None
            elif terms.winner is not None:
                assert terms.inside[terms.winner]
                assert float(terms.patch[terms.winner]) == terms.value

    check()
    assert len(checked) >= 500


@tried(300)
@given(legal_cases("max", alike=True), SEEDS)
def test_the_cell_that_wins_is_the_one_pytorch_names(case: Case, seed: int) -> None:
    window, picture = case.window, numbers(seed, 2, *case.input_size)
    output = pooling(picture, window, "max")
    pool = MAX_POOLINGS[window.dimensions - 1]
    padding = tuple(before for before, _ in window.padding)
    _, flat = pool(
        picture, window.kernel_size, window.stride, padding, window.dilation, return_indices=True
    )
    for cell in some_cells(output, seed):
        winner = pooling_terms(picture, window, "max", cell[0], cell[1:]).winner
        if winner is None:
            assert float(output[cell]) == -math.inf
            continue
        read = window.cells(cell[1:])
        where = [
            cells[at] - before
            for cells, at, (before, _) in zip(read, winner, window.padding, strict=True)
        ]
        expected = torch.unravel_index(flat[cell], case.input_size)
        assert where == [int(index) for index in expected]


@tried(200)
@given(cases(alike=False), SEEDS)
def test_padding_goes_around_the_picture(case: Case, seed: int) -> None:
    picture = numbers(seed, 2, *case.input_size)
    grown = padded(picture, case.window, value=7.0)
    assert grown.shape[1:] == case.window.padded_size(case.input_size)
    middle = tuple(
        slice(before, before + n)
        for (before, _), n in zip(case.window.padding, case.input_size, strict=True)
    )
    assert torch.equal(grown[(slice(None), *middle)], picture)
    assert (grown == 7).sum() == grown.numel() - picture.numel()


def test_real_numbers_agree_to_float32s_precision() -> None:
    torch.manual_seed(1)
    picture, weight, bias = torch.rand(3, 40, 50), torch.randn(4, 3, 5, 5), torch.randn(4)
    window = Window.of(5, stride=(1, 2), padding=2)
    output = convolution(picture, weight, bias, window)
    for cell in some_cells(output, 0):
        terms = convolution_terms(picture, weight, bias, window, cell[0], cell[1:])
        assert terms.value == pytest.approx(float(output[cell]), rel=1e-5, abs=1e-5)


def test_a_window_of_nothing_but_padding_has_no_winner() -> None:
    picture, window = torch.ones(1, 1, 1), Window.of(2, padding=1, dilation=2)
    assert pooling(picture, window, "max").tolist() == [[[-math.inf]]]
    terms = pooling_terms(picture, window, "max", 0, (0, 0))
    assert (terms.winner, terms.value) == (None, -math.inf)


def test_trained_weights_and_whole_numbers_are_taken_as_they_come() -> None:
    weight = torch.ones(1, 1, 2, 2, requires_grad=True)
    picture = torch.arange(9, dtype=torch.uint8).view(1, 3, 3)
    output = convolution(picture, weight, None, Window.of(2))
    assert output.tolist() == [[[8, 12], [20, 24]]]
    assert not output.requires_grad
    terms = convolution_terms(picture, weight, None, Window.of(2), 0, (1, 1))
    assert terms.value == 24
    assert not terms.products.requires_grad


PICTURE, WEIGHT = torch.zeros(2, 5, 5), torch.zeros(3, 2, 3, 3)


@pytest.mark.parametrize(
    ("picture", "weight", "bias", "told"),
    [
        (torch.zeros(5, 5), WEIGHT, None, r"picture's shape is \(5, 5\)"),
        (torch.zeros(0, 5, 5), WEIGHT, None, r"picture's shape is \(0, 5, 5\)"),
        (PICTURE, torch.zeros(3, 1, 3, 3), None, r"\(3, 1, 3, 3\).*\(out_channels, 2, 3, 3\)"),
        (PICTURE, torch.zeros(3, 2, 3, 4), None, r"\(3, 2, 3, 4\)"),
        (PICTURE, torch.zeros(2, 3, 3), None, r"\(2, 3, 3\)"),
        (PICTURE, torch.zeros(0, 2, 3, 3), None, r"\(0, 2, 3, 3\)"),
        (PICTURE, WEIGHT, torch.zeros(2), r"bias has the shape \(2\), but there are 3"),
        (torch.zeros(2, 2, 5), WEIGHT, None, "covers 3 cells, but the height is only 2"),
    ],
)
def test_shapes_that_do_not_belong_together(
    picture: Tensor, weight: Tensor, bias: Tensor | None, told: str
) -> None:
    with pytest.raises(ExplorerError, match=told):
        convolution(picture, weight, bias, Window.of(3))
    with pytest.raises(ExplorerError, match=told):
        convolution_terms(picture, weight, bias, Window.of(3), 0, (0, 0))


@pytest.mark.parametrize(
    ("channel", "position", "told"),
    [
        (0, (3, 0), r"no output cell \(3, 0\): the output's size is \(3, 3\)"),
        (0, (0, -1), "no output cell"),
        (0, (0,), "position has 1 entries"),
        (3, (0, 0), "no channel 3: there are 3"),
        (-1, (0, 0), "no channel -1"),
    ],
)
def test_cells_that_do_not_exist(channel: int, position: tuple[int, ...], told: str) -> None:
    with pytest.raises(ExplorerError, match=told):
        convolution_terms(PICTURE, WEIGHT, None, Window.of(3), channel, position)
    with pytest.raises(ExplorerError, match=told.replace("3: there are 3", "3: there are 2")):
        pooling_terms(PICTURE, Window.of(3), "max", channel, position)


def test_what_would_take_too_much_is_refused_before_it_is_allocated() -> None:
    picture, weight = torch.zeros(1, 5, 5), torch.zeros(1, 1, 3, 3)
    with pytest.raises(ExplorerError, match=r"padded input would have 4,000,020,000,025 values"):
        convolution(picture, weight, None, Window.of(3, padding=10**6, stride=10**6))
    with pytest.raises(ExplorerError, match=r"output would have .* at most 20,000,000"):
        convolution(picture, weight.expand(10**7, 1, 3, 3), None, Window.of(3))
    with pytest.raises(ExplorerError, match=r"5,339,334,490,000 multiplications"):
        pooling(torch.zeros(1, 4000, 4000), Window.of(700, stride=1), "average")
