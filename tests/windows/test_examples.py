"""Every worked example gives the numbers that its source gives."""

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from explorer.media import SAMPLES, VOLUME_SAMPLES, sample
from explorer.windows import (
    Convolution,
    Operation,
    Pooling,
    TransposedConvolution,
    Window,
    result,
    same_padding,
)
from explorer.windows.examples import EXAMPLES, Example

# https://github.com/vdumoulin/conv_arithmetic, the fifteen cases of its README:
# input, kernel, stride, padding, output, and for transposed ones the output padding
CONV_ARITHMETIC = {
    "no-padding-no-strides": (4, 3, 1, 0, 2),
    "arbitrary-padding-no-strides": (5, 4, 1, 2, 6),
    "same-padding-no-strides": (5, 3, 1, 1, 5),
    "full-padding-no-strides": (5, 3, 1, 2, 7),
    "no-padding-strides": (5, 3, 2, 0, 2),
    "padding-strides": (5, 3, 2, 1, 3),
    "padding-strides-odd": (6, 3, 2, 1, 3),
}
CONV_ARITHMETIC_TRANSPOSED = {
    "no-padding-no-strides-transposed": (2, 3, 1, 0, 4, 0),
    "arbitrary-padding-no-strides-transposed": (6, 4, 1, 2, 5, 0),
    "same-padding-no-strides-transposed": (5, 3, 1, 1, 5, 0),
    "full-padding-no-strides-transposed": (7, 3, 1, 2, 5, 0),
    "no-padding-strides-transposed": (2, 3, 2, 0, 5, 0),
    "padding-strides-transposed": (3, 3, 2, 1, 5, 0),
    "padding-strides-odd-transposed": (3, 3, 2, 1, 6, 1),
}
DILATED = {"dilation": (7, 3, 2, 3)}  # input, kernel, dilation, output


def sizes(text: str, dimensions: int) -> tuple[int, ...]:
    """`3` for all axes or `1x2x5`, one each."""
    values = tuple(int(part) for part in text.split("x"))
    return values * dimensions if len(values) == 1 else values


def numbers(text: str) -> Tensor:
    """Rows by `;`, numbers of a row by `,`."""
    return torch.tensor([[float(value) for value in row.split(",")] for row in text.split(";")])


def operation(example: Example) -> Operation:
    """What the example's choices say, read without the pages' code."""
    choices, page = example.choices, example.page
    dimensions = 3 if page == "volume" else 2
    kernel = sizes(choices.get("kernel", "2" if page == "pooling" else "3"), dimensions)
    usual_stride = "2" if page in ("pooling", "transposed") else "1"
    stride = sizes(choices.get("stride", usual_stride), dimensions)
    dilation = sizes(choices.get("dilation", "1"), dimensions)
    if choices.get("padding") == "same":
        padding = same_padding(kernel, dilation)
    else:
        padding = sizes(choices.get("padding", "0"), dimensions)
    window = Window.of(kernel, stride, padding, dilation, dimensions=dimensions)
    if page == "pooling":
        kind = choices.get("kind", "max")
        assert kind in ("max", "average")
        return Pooling(kind, window, ceil_mode=choices.get("ceil_mode") == "yes")
    if page == "transposed":
        output_padding = sizes(choices.get("output_padding", "0"), dimensions)
        return TransposedConvolution(window, output_padding=output_padding)
    return Convolution(window)


def picture(choices: Mapping[str, str]) -> Tensor:
    """The input of an example with typed numbers or counted ones."""
    if choices["input"] == "grid":
        return numbers(choices["grid"])[None]
    shape = (int(choices.get("channels", "1")), *map(int, choices["cells"].split("x")))
    assert choices.get("fill", "counting") == "counting"
    return torch.arange(float(np.prod(shape))).reshape(shape)


def weight(example: Example, shape: tuple[int, ...]) -> Tensor:
    text = example.choices["weights"]
    if text == "counting":
        return torch.arange(float(np.prod(shape))).reshape(1, 1, *shape)
    return torch.ones(1, 1, *shape) if text == "ones" else numbers(text).reshape(1, 1, *shape)


def computed(key: str) -> Tensor:
    """The example's first output map by the project's own operations."""
    example = EXAMPLES[key]
    of = operation(example)
    if isinstance(of, Pooling):
        return result(of, picture(example.choices))[0]
    assert isinstance(of, Convolution | TransposedConvolution)
    kernel = of.window.kernel_size
    return result(of, picture(example.choices), weight(example, kernel))[0]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("numbers", [[19, 25], [37, 43]]),
        ("numbers-padded", [[0, 3, 8, 4], [9, 19, 25, 10], [21, 37, 43, 16], [6, 7, 8, 0]]),
        ("numbers-strides", [[0, 8], [6, 8]]),
        ("numbers-max", [[4, 5], [7, 8]]),
        ("numbers-average", [[2, 3], [5, 6]]),
        ("guide-numbers", [[12, 12, 17], [10, 17, 19], [9, 6, 14]]),
    ],
)
def test_numbers_of_the_books(key: str, expected: list[list[int]]) -> None:
    assert computed(key).tolist() == expected


def test_there_are_fifteen_cases_of_conv_arithmetic() -> None:
    table = {*CONV_ARITHMETIC, *CONV_ARITHMETIC_TRANSPOSED, *DILATED}
    assert len(table) == 15
    assert table <= set(EXAMPLES)


@pytest.mark.parametrize("key", CONV_ARITHMETIC)
def test_convolutions_of_conv_arithmetic(key: str) -> None:
    n, kernel, stride, padding, output = CONV_ARITHMETIC[key]
    assert (n + 2 * padding - kernel) // stride + 1 == output  # Relationship 6 of the guide
    of, example = operation(EXAMPLES[key]), EXAMPLES[key]
    assert isinstance(of, Convolution)
    assert of.window == Window.of(kernel, stride, padding)
    cells = picture(example.choices)
    assert cells.shape == (1, n, n)
    assert of.output_size((n, n)) == (output, output)
    values = computed(key)
    assert torch.equal(
        values,
        functional.conv2d(cells, weight(example, (kernel, kernel)), None, stride, padding)[0],
    )
    assert values.shape == (output, output)


@pytest.mark.parametrize("key", CONV_ARITHMETIC_TRANSPOSED)
def test_transposed_convolutions_of_conv_arithmetic(key: str) -> None:
    n, kernel, stride, padding, output, output_padding = CONV_ARITHMETIC_TRANSPOSED[key]
    of, example = operation(EXAMPLES[key]), EXAMPLES[key]
    assert isinstance(of, TransposedConvolution)
    assert of.window == Window.of(kernel, stride, padding)
    assert of.output_padding == (output_padding, output_padding)
    # The way back: the case that it is the transpose of goes from `output` to `n`.
    back = CONV_ARITHMETIC[key.removesuffix("-transposed")]
    assert back == (output, kernel, stride, padding, n)
    cells = picture(example.choices)
    assert of.output_size((n, n)) == (output, output)
    values = computed(key)
    weights = weight(example, (kernel, kernel))
    assert torch.equal(
        values,
        functional.conv_transpose2d(cells, weights, None, stride, padding, output_padding)[0],
    )
    # It is the transpose: <conv(x), y> = <x, transposed(y)> for any x.
    other = torch.randn(1, output, output, generator=torch.Generator().manual_seed(1))
    forward = functional.conv2d(other, weights, None, stride, padding)
    torch.testing.assert_close((forward * cells).sum(), (other * values).sum(), rtol=1e-4, atol=0.1)


def test_the_dilated_case_of_conv_arithmetic() -> None:
    n, kernel, dilation, output = DILATED["dilation"]
    of, example = operation(EXAMPLES["dilation"]), EXAMPLES["dilation"]
    assert isinstance(of, Convolution)
    assert of.window == Window.of(kernel, dilation=dilation)
    assert of.output_size((n, n)) == (output, output)
    weights = weight(example, (kernel, kernel))
    expected = functional.conv2d(picture(example.choices), weights, dilation=dilation)[0]
    assert torch.equal(computed("dilation"), expected)


def photograph_size(example: Example) -> tuple[int, int]:
    mode = "rgb" if example.choices.get("colour") == "rgb" else "grayscale"
    tensor = sample("china").tensor(mode, int(example.choices.get("size", "64")))
    return tensor.shape[1], tensor.shape[2]


@pytest.mark.parametrize(
    ("key", "layer", "square"),
    [
        ("stem", torch.nn.Conv2d(3, 64, 7, 2, 3), (224, 112)),
        ("googlenet-pool", torch.nn.MaxPool2d(3, 2, ceil_mode=True), (112, 56)),
        ("resnet-pool", torch.nn.MaxPool2d(3, 2, 1), (112, 56)),
        ("googlenet-1x1", torch.nn.Conv2d(3, 2, 1), (28, 28)),
        ("googlenet-3x3", torch.nn.Conv2d(3, 2, 3, padding=1), (28, 28)),
        ("googlenet-5x5", torch.nn.Conv2d(3, 2, 5, padding=2), (28, 28)),
        ("resnet-3x3", torch.nn.Conv2d(3, 2, 3, 2, 1), (56, 28)),
        ("resnet-1x1", torch.nn.Conv2d(3, 2, 1, 2), (56, 28)),
        ("random-colours", torch.nn.Conv2d(3, 3, 3), (64, 62)),
        ("photograph-max", torch.nn.MaxPool2d(4), (64, 16)),
        ("pointwise", torch.nn.Conv2d(3, 2, 1), (6, 6)),
        ("same-even", torch.nn.Conv2d(3, 1, 4, padding="same"), (5, 5)),
    ],
)
def test_sizes_of_networks(key: str, layer: torch.nn.Module, square: tuple[int, int]) -> None:
    example = EXAMPLES[key]
    of = operation(example)
    n, expected = square
    given = {(n, n)}
    if "input" not in example.choices:
        given.add(photograph_size(example))
    for size in given:
        assert of.output_size(size) == tuple(layer(torch.zeros(1, 3, *size)).shape[2:])
    assert of.output_size((n, n)) == (expected, expected)


def test_the_stems_of_torchvision_are_these() -> None:
    models = pytest.importorskip("torchvision.models")
    with torch.device("meta"):
        resnet = models.resnet18()
        googlenet = models.googlenet(aux_logits=False, init_weights=False)
    for layer in (resnet.conv1, googlenet.conv1.conv):
        of = operation(EXAMPLES["stem"])
        assert isinstance(of, Convolution)
        assert of.window == Window.of(layer.kernel_size, layer.stride, layer.padding)
    for key, layer in (("resnet-pool", resnet.maxpool), ("googlenet-pool", googlenet.maxpool1)):
        of = operation(EXAMPLES[key])
        assert isinstance(of, Pooling)
        assert of.window == Window.of(layer.kernel_size, layer.stride, layer.padding)
        assert of.ceil_mode == layer.ceil_mode


def test_same_with_an_even_kernel_pads_one_more_after() -> None:
    of = operation(EXAMPLES["same-even"])
    assert isinstance(of, Convolution)
    assert of.window.padding == ((1, 2), (1, 2))
    cells = picture(EXAMPLES["same-even"].choices)
    expected = functional.conv2d(cells[None], torch.ones(1, 1, 4, 4), padding="same")[0, 0]
    assert torch.equal(computed("same-even"), expected)


def test_a_kernel_with_a_size_of_its_own_along_each_axis() -> None:
    of = operation(EXAMPLES["anisotropic"])
    assert of.output_size((5, 8, 13)) == (3, 2, 3)
    cells = torch.arange(520.0).reshape(1, 5, 8, 13)
    expected = functional.conv3d(cells, torch.ones(1, 1, 1, 2, 5), stride=(2, 4, 3))[0]
    assert torch.equal(computed("anisotropic"), expected)
    # (2i, 4j..4j+1, 3k..3k+4) of the numbers 104 z + 13 y + x, ten of them, added up
    for i, j, k in ((0, 0, 0), (2, 1, 2), (1, 0, 1)):
        assert expected[i, j, k] == 10 * (104 * 2 * i + 13 * (4 * j + 0.5) + 3 * k + 2)
    read = {(z, y) for z in (0, 2, 4) for y in (0, 1, 4, 5)}
    assert {y + 1 for y in range(8)} - {y + 1 for _, y in read} == {3, 4, 7, 8}  # as it is told


def test_keys_titles_and_samples() -> None:
    assert len({example.title for example in EXAMPLES.values()}) == len(EXAMPLES)
    for key, example in EXAMPLES.items():
        assert set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        assert example.about.endswith((".", ")"))
        assert all(isinstance(value, str) for value in example.choices.values())
        assert example.choices.get("picture", "china") in SAMPLES
        assert example.choices.get("volume", "walk") in VOLUME_SAMPLES
        with pytest.raises(TypeError):
            example.choices["x"] = "y"  # type: ignore[index]
