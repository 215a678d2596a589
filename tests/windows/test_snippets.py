"""The PyTorch lines shown beside an operation do what the operation did."""

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.windows import Window, fitted
from explorer.windows.scene import Scene, convolution_scene, pooling_scene
from explorer.windows.snippets import pytorch_code


def executed(scene: Scene) -> torch.Tensor:
    names: dict[str, Any] = {"picture": scene.input}
    exec(pytorch_code(scene), names)
    return names["output"]


pairs = st.tuples(st.integers(1, 3), st.integers(1, 3))
sides = st.tuples(st.integers(0, 2), st.integers(0, 2))


@given(
    kernel_size=pairs,
    stride=pairs,
    padding=st.tuples(sides, sides),
    dilation=pairs,
    operation=st.sampled_from(["convolution", "max", "average"]),
    channels=st.sampled_from([1, 3]),
    same=st.booleans(),
    biased=st.booleans(),
    seed=st.integers(0, 10_000),
)
def test_executing_the_lines_gives_the_output(
    kernel_size: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[tuple[int, int], tuple[int, int]],
    dilation: tuple[int, int],
    operation: Any,
    channels: int,
    same: bool,
    biased: bool,
    seed: int,
) -> None:
    make = torch.Generator().manual_seed(seed)
    picture = torch.rand((channels, 7, 8), generator=make)
    window = fitted(Window.of(kernel_size, stride, padding, dilation), (7, 8), operation)
    if operation == "convolution":
        shape = (1, 1 if same else channels, *window.kernel_size)
        weight = torch.randn(shape, generator=make).expand(1, channels, -1, -1)
        bias = torch.randn((1,), generator=make) if biased else None
        scene = convolution_scene("a", picture, weight, bias, window)
    else:
        scene = pooling_scene("a", picture, window, operation)
    assert torch.equal(executed(scene), scene.output)


def test_numbers_are_written_as_short_as_they_can_be() -> None:
    weight = torch.full((1, 1, 1, 2), 0.1)
    scene = convolution_scene("a", torch.ones(1, 2, 2), weight, None, Window.of((1, 2)))
    assert "[0.1, 0.1]" in pytorch_code(scene)


@pytest.mark.parametrize("dimensions", [1, 3])
def test_other_dimensions_too(dimensions: int) -> None:
    picture = torch.rand((1, *[5] * dimensions))
    weight = torch.rand((2, 1, *[2] * dimensions))
    window = Window.of(2, dimensions=dimensions)
    scene = convolution_scene("a", picture, weight, None, window)
    assert torch.equal(executed(scene), scene.output)
