"""The PyTorch lines shown beside an operation do what the operation did."""

import re
import warnings
from typing import Any

import pytest
import torch
from torch import nn

from explorer.windows import (
    AdaptivePooling,
    Convolution,
    MaxUnpooling,
    Operation,
    Pooling,
    TransposedConvolution,
    Window,
)
from explorer.windows.scene import Scene, make
from explorer.windows.snippets import pytorch_code, pytorch_line
from tests.windows.cases import FAMILIES, Case, case


def scene_of(each: Case) -> Scene:
    return make(each.operation, "a", each.picture, each.weight, each.bias, each.indices)


def executed(code: str) -> torch.Tensor:
    names: dict[str, Any] = {}
    exec(code, names)
    return names["output"]


@torch.no_grad()
def from_line(scene: Scene) -> torch.Tensor:
    """What the module of the line gives, with the scene's weights put in."""
    names = {"nn": nn, "picture": scene.input, "indices": scene.indices}
    made = eval(pytorch_line(scene), names)  # noqa: S307
    if isinstance(made, torch.Tensor):
        return made
    weighted = made[-1] if isinstance(made, nn.Sequential) else made
    if scene.weight is not None:
        assert weighted.weight.shape == scene.weight.shape
        weighted.weight = nn.Parameter(scene.weight)
        assert (weighted.bias is None) == (scene.bias is None)
        if scene.bias is not None:
            weighted.bias = nn.Parameter(scene.bias)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that padding="same" of an even kernel copies
        return made(scene.input)


@pytest.mark.parametrize("family", FAMILIES)
def test_executing_the_lines_gives_the_output(family: str) -> None:
    written = 0
    for turn in range(40):
        each = case(FAMILIES.index(family) + turn * len(FAMILIES))
        scene = scene_of(each)
        line = pytorch_line(scene)
        assert "\n" not in line
        torch.testing.assert_close(from_line(scene), scene.output, equal_nan=True)
        code = pytorch_code(scene)
        if "put yours here" in code:  # too large to be written out
            continue
        written += 1
        torch.testing.assert_close(executed(code), scene.output, equal_nan=True)
        assert code.endswith(f"# output: {tuple(scene.output.shape)}")
    assert written >= 20


def test_a_large_picture_is_only_named_and_the_lines_run_all_the_same() -> None:
    scene = make(Pooling("max", Window.of(2)), "a", torch.rand(3, 30, 40))
    code = pytorch_code(scene)
    assert "picture = torch.rand(3, 30, 40)  # (channels, height, width): put yours here" in code
    assert executed(code).shape == scene.output.shape
    assert len(code) < 500
    indices = torch.zeros(1, 300, dtype=torch.int64)
    unpooling = MaxUnpooling(Window.of(2, 2, dimensions=1), (600,))
    long = make(unpooling, "a", torch.rand(1, 300), indices=indices)
    assert executed(pytorch_code(long)).shape == (1, 600)


def weights(*shape: int) -> torch.Tensor:
    return torch.rand(shape)


@pytest.mark.parametrize(
    ("operation", "channels", "weight", "bias", "line"),
    [
        (Convolution(Window.of(3)), 2, weights(4, 2, 3, 3), 4, "nn.Conv2d(2, 4, kernel_size=3)"),
        (
            Convolution(Window.of((3, 2), (2, 1), 1, 2), "reflect", 2),
            2,
            weights(4, 1, 3, 2),
            None,
            "nn.Conv2d(2, 4, kernel_size=(3, 2), stride=(2, 1), padding=1, dilation=2, groups=2, "
            'bias=False, padding_mode="reflect")',
        ),
        (
            Convolution(Window.of(2, padding=((0, 1), (0, 1)))),
            1,
            weights(1, 1, 2, 2),
            None,
            'nn.Conv2d(1, 1, kernel_size=2, padding="same", bias=False)',
        ),
        (
            Convolution(Window.of(2, 2, ((0, 1), (2, 0)))),
            1,
            weights(1, 1, 2, 2),
            1,
            "nn.Sequential(nn.ZeroPad2d((2, 0, 0, 1)), nn.Conv2d(1, 1, kernel_size=2, stride=2))",
        ),
        (
            TransposedConvolution(Window.of(3, 2, 1), (1, 0)),
            2,
            weights(2, 4, 3, 3),
            4,
            "nn.ConvTranspose2d(2, 4, kernel_size=3, stride=2, padding=1, output_padding=(1, 0))",
        ),
        (Pooling("max", Window.of(2, 2)), 1, None, None, "nn.MaxPool2d(kernel_size=2)"),
        (
            Pooling("max", Window.of(3, 1, 1, 2), ceil_mode=True),
            1,
            None,
            None,
            "nn.MaxPool2d(kernel_size=3, stride=1, padding=1, dilation=2, ceil_mode=True)",
        ),
        (
            Pooling("average", Window.of(2, 2, 1), count_include_pad=False, divisor_override=3),
            1,
            None,
            None,
            "nn.AvgPool2d(kernel_size=2, padding=1, count_include_pad=False, divisor_override=3)",
        ),
        (
            Pooling("lp", Window.of(2, 1), norm_type=1.5),
            1,
            None,
            None,
            "nn.LPPool2d(norm_type=1.5, kernel_size=2, stride=1)",
        ),
        (
            AdaptivePooling("adaptive_average", (1, 1)),
            1,
            None,
            None,
            "nn.AdaptiveAvgPool2d(1)",
        ),
        (
            AdaptivePooling("adaptive_max", (2, 3)),
            1,
            None,
            None,
            "nn.AdaptiveMaxPool2d((2, 3))",
        ),
    ],
)
def test_the_line_names_only_what_is_not_the_default(
    operation: Operation,
    channels: int,
    weight: torch.Tensor | None,
    bias: int | None,
    line: str,
) -> None:
    added = None if bias is None else torch.zeros(bias)
    scene = make(operation, "a", torch.rand(channels, 7, 8), weight, added)
    assert pytorch_line(scene) == line


def test_the_line_of_an_unpooling_is_a_call_because_its_size_is_chosen_there() -> None:
    indices = torch.zeros(1, 2, 2, dtype=torch.int64)
    scene = make(MaxUnpooling(Window.of(2, 2), (5, 4)), "a", torch.rand(1, 2, 2), indices=indices)
    line = "nn.MaxUnpool2d(kernel_size=2)(picture, indices, output_size=(5, 4))"
    assert pytorch_line(scene) == line


def test_numbers_are_written_as_short_as_they_can_be() -> None:
    weight = torch.full((1, 1, 1, 2), 0.1)
    scene = make(Convolution(Window.of((1, 2))), "a", torch.ones(1, 2, 2), weight)
    assert "[0.1, 0.1]" in pytorch_code(scene)


def test_a_kernel_repeated_for_each_channel_is_written_once() -> None:
    weight = torch.rand(1, 1, 2, 2).expand(1, 3, -1, -1)
    scene = make(Convolution(Window.of(2)), "a", torch.rand(3, 4, 4), weight)
    code = pytorch_code(scene)
    assert ".expand(1, 3, 2, 2)" in code
    kernel = code[code.index("weight = ") : code.index(".expand")]
    assert len(re.findall(r"\d\.\d+", kernel)) == 4
    assert torch.equal(executed(code), scene.output)


def test_infinities_are_written_as_python_reads_them() -> None:
    scene = make(Pooling("max", Window.of(1)), "a", torch.tensor([[[float("inf"), -float("inf")]]]))
    assert torch.equal(executed(pytorch_code(scene)), scene.output)
