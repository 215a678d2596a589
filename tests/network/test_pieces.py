"""Pieces of networks against their parts, computed one by one."""

from typing import Any, cast

import pytest
import torch
from torch.nn import functional

from explorer.network import InputShape, NetworkSpec
from explorer.network.build import build
from explorer.network.pieces import depthwise_separable
from explorer.network.shapes import trace


@pytest.mark.parametrize("sizes", [(20,), (9, 7), (5, 6, 4)])
def test_a_separable_convolution_is_two_that_together_keep_the_size(sizes: tuple[int, ...]) -> None:
    arrives = (6, *sizes)
    block = depthwise_separable(arrives, out_channels=10)
    axes = len(sizes)
    input = InputShape.model_validate(
        {"channels": 6, "height": None, "width": sizes[-1]}
        | dict(zip(("width", "height", "depth"), reversed(sizes), strict=False))
    )
    spec = NetworkSpec(name="separable", input=input, layers=(block,))
    traced = trace(spec)
    assert traced.output_shape == (10, *sizes)
    assert traced.parameters == 6 * 3**axes + 6 + 6 * 10 + 10
    convolve = (functional.conv1d, functional.conv2d, functional.conv3d)[axes - 1]
    module, x = build(spec), torch.rand(2, *arrives)
    depthwise, pointwise = cast(Any, module[0]).children()
    # Each channel by itself, then a weighted sum of the channels at every place.
    each = [
        convolve(x[:, c : c + 1], depthwise.weight[c : c + 1], depthwise.bias[c : c + 1], padding=1)
        for c in range(6)
    ]
    mixed = torch.einsum("nc...,oc->no...", torch.cat(each, 1), pointwise.weight.flatten(1))
    mixed = mixed + pointwise.bias.view(-1, *(1,) * axes)
    torch.testing.assert_close(module(x), mixed)
