"""A window is numbers, one per axis, checked at the door."""

import re
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from explorer.errors import ExplorerError
from explorer.windows import Convolution, Window, result, same_padding


def test_numbers_become_tuples_at_the_door() -> None:
    window = Window.of(3, stride=(2, 1), padding=[1, (0, 2)], dilation=torch.Size((1, 2)))
    assert window == Window((3, 3), (2, 1), ((1, 1), (0, 2)), (1, 2))
    assert window.dimensions == 2
    assert window.span == (3, 5)
    assert not window.alike
    assert Window.of(3, padding=1).alike
    assert Window.of(3, dimensions=3).kernel_size == (3, 3, 3)
    assert Window.of(tuple(np.array([3, 5]))) == Window.of((3, 5))
    assert len({Window.of(3), Window.of((3, 3))}) == 1


@pytest.mark.parametrize("bad", [True, 2.0, "2", b"2", None, float("nan"), (3, True), (3, 2.0)])
@pytest.mark.parametrize("name", ["kernel_size", "stride", "padding", "dilation"])
def test_only_whole_numbers_are_numbers(name: str, bad: object) -> None:
    with pytest.raises(ExplorerError, match=f"{name.replace('_', ' ')} must be a whole number"):
        Window.of(**({"kernel_size": 3} | {name: bad}))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"kernel_size": 0}, "kernel size is 0. It must be at least 1"),
        ({"kernel_size": 3, "stride": 0}, "stride is 0"),
        ({"kernel_size": 3, "dilation": (1, 0)}, "dilation is 0"),
        ({"kernel_size": 3, "padding": -1}, "padding is -1. It must be at least 0"),
        ({"kernel_size": 3, "padding": ((0, -2), 0)}, "padding is -2"),
        ({"kernel_size": 10**6 + 1}, "1,000,001. It must be at most 1,000,000"),
        ({"kernel_size": 3, "padding": 10**9}, "1,000,000,000"),
        ({"kernel_size": 10**6000}, "more than 18 digits"),
        ({"kernel_size": (3, 3, 3)}, "3 entries, but the window has 2"),
        ({"kernel_size": 3, "padding": (1, 1, 1)}, "padding has 3 entries"),
        ({"kernel_size": 3, "padding": ((1, 1, 1), 0)}, "padding of an axis has 3 entries"),
        ({"kernel_size": 3, "padding": "same"}, "'same'"),
        ({"kernel_size": 3, "dimensions": 4}, "1, 2 or 3 axes, not 4"),
    ],
)
def test_values_out_of_bounds_are_refused_by_name(arguments: dict, told: str) -> None:
    with pytest.raises(ExplorerError, match=re.escape(told)):
        Window.of(**arguments)


def test_a_window_made_by_hand_is_checked_too() -> None:
    with pytest.raises(ExplorerError, match="stride has 1 entries"):
        Window((3, 3), (1,), ((0, 0), (0, 0)), (1, 1))
    with pytest.raises(ExplorerError, match="kernel size is 0"):
        replace(Window.of(3), kernel_size=(0, 3))
    with pytest.raises(ExplorerError, match="not 0"):
        Window((), (), (), ())


@given(st.integers(1, 3), st.data())
def test_same_padding_is_what_pytorch_calls_same(dimensions: int, data: st.DataObject) -> None:
    """The output has the input's size, and every value is where PyTorch has it."""
    entries = st.tuples(*[st.integers(1, 5)] * dimensions)
    kernel_size, dilation = (
        data.draw(entries),
        data.draw(st.tuples(*[st.integers(1, 3)] * dimensions)),
    )
    picture = torch.rand((1, *data.draw(entries)))
    weight = torch.rand((1, 1, *kernel_size))
    module = getattr(nn, f"Conv{dimensions}d")(
        1, 1, kernel_size, padding="same", dilation=dilation, bias=False
    )
    module.weight = nn.Parameter(weight)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that an even kernel needs a copy of the input
        expected = module(picture)
    padding = same_padding(kernel_size, dilation)
    window = Window(kernel_size, (1,) * dimensions, padding, dilation)
    ours = result(Convolution(window), picture, weight)
    torch.testing.assert_close(ours, expected)
    assert ours.shape == picture.shape


def test_of_an_even_kernel_the_odd_cell_goes_to_the_end() -> None:
    assert same_padding((3, 4, 1), (1, 1, 2)) == ((1, 1), (1, 2), (0, 0))
    assert same_padding((2,), (3,)) == ((1, 2),)
