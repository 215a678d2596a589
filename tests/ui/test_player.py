"""Weights typed in the browser are checked on the server before they are used."""

from typing import Any

import pytest
import torch

from explorer.errors import ExplorerError
from explorer.ui.kernel_controls import reshaped
from explorer.ui.player import edited_weight

GOOD = [[[[1, -2.5], [0, 1000]]]]


def test_a_good_kernel_is_taken_as_float32() -> None:
    weight = edited_weight(GOOD, (1, 1, 2, 2))
    assert weight.dtype == torch.float32
    assert weight.tolist() == GOOD


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "1",
        {"0": 1},
        [],
        [[[[1, 2]]]],
        [[[[1, 2, 3], [4, 5, 6]]]],
        [[[[1, 2], [3, [4]]]]],
        [[[[1, 2], [3, None]]]],
        [[[[1, 2], [3, "4"]]]],
        [[[[1, 2], [3, True]]]],
        [[[[1, 2], [3, float("nan")]]]],
        [[[[1, 2], [3, float("inf")]]]],
        [[[[1, 2], [3, 10**400]]]],
        [[[[1, 2], [3, -1000.5]]]],
    ],
)
def test_anything_else_is_refused_in_words(sent: Any) -> None:
    with pytest.raises(ExplorerError):
        edited_weight(sent, (1, 1, 2, 2))


def test_own_weights_keep_their_middle_at_another_size() -> None:
    weights = torch.arange(9.0).reshape(1, 3, 3)
    larger = reshaped(weights, 1, (5, 3))
    assert larger.shape == (1, 5, 3)
    assert torch.equal(larger[:, 1:4], weights)
    assert larger.sum() == weights.sum()
    assert torch.equal(reshaped(larger, 1, (3, 3)), weights)
    assert reshaped(weights, 1, (1, 1)).tolist() == [[[4.0]]]


def test_own_weights_survive_the_way_to_colour_and_back() -> None:
    weights = torch.arange(4.0).reshape(1, 2, 2)
    colour = reshaped(weights, 3, (2, 2))
    assert colour.shape == (3, 2, 2)
    assert torch.equal(reshaped(colour, 1, (2, 2)), weights)
