"""A filter that is opened on a page computes there what its layer computes in the network."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from explorer.errors import ExplorerError
from explorer.network.base import LayerSpec
from explorer.network.layers import KINDS
from explorer.network.measure import measure
from explorer.ui.network import layer_cut, layer_filter
from explorer.ui.network.layer_filter import PAGES, OpenedFilter, open_filter
from explorer.ui.see import chosen_operation
from explorer.ui.see.choices import (
    ConvolutionChoices,
    PoolingChoices,
    TransposedChoices,
    VolumeChoices,
)
from explorer.ui.see.chosen_weights import Layout, chosen_weight
from explorer.ui.see.convolution_parts import bias_of
from explorer.windows import Convolution, Operation, result


def kind(name: str, **fields: Any) -> LayerSpec:
    return KINDS[name].model_validate(fields)


def shown(opened: OpenedFilter) -> Tensor:
    """What the page computes, (*sizes): its choices become an operation as the page makes it."""
    choices, values = opened.choices, opened.input.values
    axes, weight, bias = values.dim() - 1, None, None
    operation: Operation
    if isinstance(choices, VolumeChoices):
        operation = chosen_operation.volume(choices, len(values))
        if isinstance(operation, Convolution):
            layout = Layout(len(values), operation.groups, operation.window.kernel_size)
            weight, bias = chosen_weight(choices, layout, 0).values, bias_of(choices.bias, 1)
    elif isinstance(choices, PoolingChoices):
        operation = chosen_operation.pooling(choices, tuple(values.shape[1:]))
    else:
        transposed = isinstance(choices, TransposedChoices)
        assert transposed or isinstance(choices, ConvolutionChoices)
        if isinstance(choices, TransposedChoices):
            operation = chosen_operation.transposed(choices, axes, len(values))
        else:
            operation = chosen_operation.convolution(choices, axes, len(values))
        size = operation.window.kernel_size
        layout = Layout(len(values), operation.groups, size, transposed=transposed)
        weight = chosen_weight(choices, layout, 0).values
        bias = bias_of(choices.bias, 1)
    output = result(operation, values, weight, bias)
    assert len(output) == 1
    return output[0]


def opened_and_real(
    node: LayerSpec, shape: tuple[int, ...], channel: int, unit: tuple[int, ...] | None = None
) -> tuple[OpenedFilter, Tensor]:
    """The opened filter, and the layer's own output channel."""
    torch.manual_seed(3)
    arrives = torch.randn(1, *shape)
    part: nn.Module = node.module(shape).eval()
    with torch.no_grad():
        leaves = part(arrives)[0]
    assert tuple(leaves.shape) == measure(node, shape).output_shape
    opened = open_filter(node, part, arrives[0], tuple(leaves.shape), channel, unit, "conv1")
    return opened, leaves[channel]


CASES: list[tuple[str, dict[str, Any], tuple[int, ...], int]] = [
    ("Conv2d", {"out_channels": 3}, (1, 9, 9), 0),
    ("Conv2d", {"out_channels": 5, "kernel_size": (3, 5), "padding": (1, 2)}, (16, 9, 11), 4),
    ("Conv2d", {"out_channels": 2, "stride": 2, "padding": 1}, (64, 8, 8), 1),
    ("Conv2d", {"out_channels": 2, "kernel_size": 1}, (512, 7, 7), 1),
    ("Conv2d", {"out_channels": 8, "groups": 4, "dilation": 2}, (8, 9, 9), 5),
    ("Conv2d", {"out_channels": 6, "groups": 6, "padding": 1, "bias": False}, (6, 9, 9), 5),
    ("Conv2d", {"kernel_size": 4, "padding": "same"}, (3, 9, 9), 7),
    ("Conv2d", {"padding": 2, "kernel_size": 5, "padding_mode": "reflect"}, (3, 9, 9), 7),
    ("Conv2d", {"padding": 2, "kernel_size": 5, "padding_mode": "replicate"}, (3, 9, 9), 7),
    ("Conv2d", {"padding": 2, "kernel_size": 5, "padding_mode": "circular"}, (3, 9, 9), 7),
    ("Conv2d", {"padding": 12}, (2, 9, 9), 7),
    ("Conv1d", {"kernel_size": 5, "padding": 2, "stride": 2}, (4, 31), 7),
    ("ConvTranspose2d", {"out_channels": 4, "kernel_size": 3, "padding": 1}, (3, 5, 6), 2),
    ("ConvTranspose2d", {"out_channels": 4, "groups": 2, "output_padding": 1}, (6, 5, 6), 3),
    ("ConvTranspose1d", {"out_channels": 4, "bias": False}, (3, 9), 2),
    ("MaxPool2d", {"kernel_size": 3, "stride": 2, "padding": 1}, (5, 9, 9), 4),
    ("MaxPool2d", {"ceil_mode": True, "dilation": 2}, (5, 9, 9), 0),
    ("AvgPool2d", {"padding": 1, "count_include_pad": False}, (5, 9, 9), 1),
    ("AvgPool2d", {"divisor_override": 7}, (5, 9, 9), 1),
    ("AvgPool1d", {"kernel_size": 3}, (5, 9), 1),
    ("AdaptiveAvgPool2d", {"output_size": (4, None)}, (5, 9, 7), 1),
    ("AdaptiveMaxPool1d", {"output_size": 4}, (5, 9), 1),
    ("Conv3d", {"stride": (1, 2, 1), "padding": 1, "groups": 2}, (4, 5, 6, 7), 9),
    ("Conv3d", {"padding": 1, "padding_mode": "replicate", "bias": False}, (2, 5, 6, 7), 1),
    ("MaxPool3d", {"kernel_size": (1, 2, 2), "ceil_mode": True}, (4, 5, 7, 7), 1),
    ("AvgPool3d", {"kernel_size": 3, "stride": 2, "divisor_override": 5}, (4, 5, 7, 7), 1),
]


@pytest.mark.parametrize(("name", "fields", "shape", "channel"), CASES)
def test_the_page_computes_the_layers_activation(
    name: str, fields: dict[str, Any], shape: tuple[int, ...], channel: int
) -> None:
    opened, real = opened_and_real(kind(name, **fields), shape, channel)
    assert opened.page == PAGES[name] and opened.choices.model_dump()["input"] == "layer"
    torch.testing.assert_close(shown(opened), real, rtol=1e-5, atol=1e-5)
    assert opened.choices.step is not None
    middle = tuple((size - 1) // 2 for size in real.shape)
    assert shown(opened).flatten()[opened.choices.step] == pytest.approx(
        float(real[middle]), abs=1e-5
    )


@pytest.mark.parametrize("unit", [(0, 0), (20, 11), (39, 39), (39, 0)])
@pytest.mark.parametrize("mode", ["zeros", "reflect", "circular"])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_of_a_large_input_a_part_around_the_unit_is_opened(
    unit: tuple[int, int], mode: str, stride: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 8 * 15 * 15
    for module in (layer_cut, layer_filter):
        monkeypatch.setattr(module, "MOST_VALUES", most)
    node = kind("Conv2d", kernel_size=5, padding=2, padding_mode=mode, stride=stride)
    side = 39 * stride + 1
    opened, real = opened_and_real(node, (8, side, side), 3, unit)
    values = opened.input.values
    assert values.numel() <= most and "too large to show" in opened.about
    part, step = shown(opened), opened.choices.step
    assert step is not None
    row, column = divmod(step, part.shape[1])
    top, left = unit[0] - row, unit[1] - column
    expected = real[top : top + part.shape[0], left : left + part.shape[1]]
    torch.testing.assert_close(part, expected, rtol=1e-5, atol=1e-5)


def test_it_says_which_channels_are_read() -> None:
    opened, _ = opened_and_real(kind("Conv2d", out_channels=8, groups=4), (8, 9, 9), 5)
    assert "conv1, output channel 6 of 8." in opened.about
    assert "It reads channels 5 to 6 of the 8 that arrive." in opened.about
    assert opened.input.channel_names == ("channel 5", "channel 6")


@pytest.mark.parametrize(
    ("name", "fields", "shape", "words"),
    [
        ("Conv2d", {"kernel_size": 13}, (1, 20, 20), "kernels up to 11; this layer has 13"),
        ("Conv2d", {"stride": 9}, (1, 20, 20), "strides up to 8; this layer has 9"),
        ("MaxPool2d", {}, (1, 400, 400), "160,000 values; the page shows at most 120,000"),
        ("ReLU", {}, (1, 20, 20), "ReLU cannot be opened"),
        ("AdaptiveAvgPool3d", {}, (1, 9, 9, 9), "AdaptiveAvgPool3d cannot be opened"),
    ],
)
def test_what_a_page_cannot_show_is_refused(
    name: str, fields: dict[str, Any], shape: tuple[int, ...], words: str
) -> None:
    with pytest.raises(ExplorerError, match=words):
        opened_and_real(kind(name, **fields), shape, 0)


def test_weights_that_are_no_numbers_are_refused() -> None:
    node = kind("Conv2d")
    part: Any = node.module((1, 9, 9))
    with torch.no_grad():
        part.weight[0] = float("nan")
    with pytest.raises(ExplorerError, match="weights up to"):
        open_filter(node, part, torch.zeros(1, 9, 9), (16, 7, 7), 0, None, "conv1")
    with pytest.raises(ExplorerError, match="no longer part"):
        open_filter(node, part, torch.zeros(1, 9, 9), (16, 7, 7), 16, None, "conv1")
