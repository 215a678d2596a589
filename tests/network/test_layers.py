"""Every layer kind: one declaration, from which everything else follows."""

import inspect
import keyword
import pickle
import re

import pytest
import torch
from pydantic import ValidationError
from torch import nn

from explorer.network.base import GROUPS, AxisWindow, LayerSpec, Shape
from explorer.network.layers import (
    KINDS,
    BatchNorm2d,
    Conv,
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose2d,
    LayerNorm,
    Linear,
    MaxPool2d,
    ReLU,
)
from tests.network.layer_examples import EXAMPLES

each_example = pytest.mark.parametrize(
    ("layer", "shape", "code"), EXAMPLES, ids=[code for _, _, code in EXAMPLES]
)


def family(kind: str) -> str:
    """The name without the number of axes: "Conv2d" is a "Conv"."""
    return re.sub(r"\dd$", "", kind)


def test_every_kind_has_an_example() -> None:
    assert {family(layer.kind) for layer, _, _ in EXAMPLES} == {family(kind) for kind in KINDS}


def test_kinds_are_listed_by_group() -> None:
    groups = [kind.group for kind in KINDS.values()]
    assert sorted(groups, key=GROUPS.index) == groups
    assert set(groups) == set(GROUPS)
    assert list(KINDS)[:3] == ["Conv1d", "Conv2d", "Conv3d"]


@pytest.mark.parametrize("kind", KINDS)
def test_fields_are_parameters_of_the_torch_class_and_say_what_they_do(kind: str) -> None:
    layer = KINDS[kind]
    parameters = inspect.signature(getattr(nn, kind)).parameters
    assert set(layer.parameter_fields()) <= set(parameters)
    for field in layer.parameter_fields():
        assert (layer.model_fields[field].description or "").endswith(".")
    assert layer.explanation.endswith(".")
    assert layer.prefix.isidentifier()
    assert not keyword.iskeyword(f"{layer.prefix}1")
    assert not hasattr(nn.Sequential(), f"{layer.prefix}1")
    layer.model_validate({})  # a new layer in the editor needs no decision first


LEFT_OUT = {
    "device",  # where a network runs is chosen when it runs
    "dtype",
    "inplace",  # saves memory, and breaks training after layers that need their output again
    "return_indices",  # the layer would put out two tensors
    "args",
    "kwargs",
}


@pytest.mark.parametrize("kind", KINDS)
def test_no_parameter_of_the_torch_class_is_missing(kind: str) -> None:
    parameters = inspect.signature(getattr(nn, kind)).parameters
    missing = parameters.keys() - set(KINDS[kind].parameter_fields()) - LEFT_OUT
    if kind.startswith("ConvTranspose"):
        missing -= {"padding_mode"}  # "zeros" is the only one it takes
    if family(kind) in ("BatchNorm", "InstanceNorm", "GroupNorm"):
        missing -= {"bias"}  # not in the oldest PyTorch that is supported
    assert not missing


@each_example
def test_code_makes_the_module(layer: LayerSpec, shape: Shape, code: str) -> None:
    assert layer.code(shape) == code
    assert repr(eval(code, {"nn": nn})) == repr(layer.module(shape))  # noqa: S307 - our own text


@each_example
def test_parameters_are_counted_and_explained(layer: LayerSpec, shape: Shape, code: str) -> None:
    real = sum(parameter.numel() for parameter in layer.module(shape).parameters())
    assert layer.parameter_count(shape) == real
    formula = layer.parameter_formula(shape)
    assert (eval(formula.replace("·", "*")) if formula else 0) == real  # noqa: S307 - our own text


@pytest.mark.parametrize(
    ("layer", "shape", "formula"),
    [
        (Conv2d(out_channels=32), (16, 9, 9), "(3·3·16 + 1)·32"),
        (Conv1d(out_channels=32, bias=False), (16, 9), "3·16·32"),
        (Conv3d(out_channels=8, groups=4), (16, 9, 9, 9), "(3·3·3·16/4 + 1)·8"),
        (ConvTranspose2d(out_channels=8), (16, 9, 9), "16·2·2·8 + 8"),
        (ConvTranspose2d(out_channels=8, groups=2, bias=False), (16, 9, 9), "16·2·2·8/2"),
        (BatchNorm2d(), (16, 9, 9), "2·16"),
        (BatchNorm2d(affine=False), (16, 9, 9), ""),
        (LayerNorm(), (16, 9, 9), "2·16·9·9"),
        (LayerNorm(normalized_shape=(9,), bias=False), (16, 9, 9), "9"),
        (Linear(bias=False), (36,), "36·10"),
    ],
)
def test_how_parameters_come_about(layer: LayerSpec, shape: Shape, formula: str) -> None:
    assert layer.parameter_formula(shape) == formula


@pytest.mark.parametrize("bias", [True, False])
def test_bias_is_in_the_count_and_the_formula(bias: bool) -> None:
    convolution = Conv2d(out_channels=32, bias=bias)
    assert convolution.parameter_count((16, 9, 9)) == (4640 if bias else 4608)
    assert convolution.parameter_formula((16, 9, 9)) == ("(3·3·16 + 1)·32" if bias else "3·3·16·32")
    linear = Linear(out_features=10, bias=bias)
    assert linear.parameter_count((36,)) == (370 if bias else 360)
    assert linear.parameter_formula((36,)) == ("(36 + 1)·10" if bias else "36·10")


def test_a_number_becomes_one_per_axis_at_the_door() -> None:
    assert Conv2d(kernel_size=5).kernel_size == (5, 5)
    assert Conv2d(kernel_size=(5, 3)).kernel_size == (5, 3)
    assert Conv1d(kernel_size=5).kernel_size == (5,)
    assert Conv3d(padding=1).padding == (1, 1, 1)
    assert Conv3d(padding="same").padding == "same"
    assert MaxPool2d().stride is None


def test_what_is_said_fits_the_number_of_axes() -> None:
    assert "over the signal" in Conv1d.explanation
    assert "over the picture" in Conv2d.explanation
    assert "over the volume" in Conv3d.explanation
    assert (
        Conv3d.__doc__
        == "torch.nn.Conv3d: (in_channels, *sizes) to (out_channels, *smaller sizes)."
    )
    for kind in KINDS.values():
        if kind.dimensions in (1, 3):
            said = [kind.explanation, *(field.description for field in kind.model_fields.values())]
            assert not any("picture" in (text or "") for text in said), kind


def test_kinds_can_be_told_apart_and_kept() -> None:
    assert isinstance(Conv1d(), Conv)
    assert not isinstance(Conv1d(), Conv2d)
    assert pickle.loads(pickle.dumps(Conv3d(kernel_size=2))) == Conv3d(kernel_size=2)  # noqa: S301


def test_windows_say_where_the_padding_lies() -> None:
    assert Conv1d(kernel_size=4, padding="same", dilation=1).windows() == (
        AxisWindow(kernel_size=4, stride=1, dilation=1, before=1, after=2),
    )
    assert MaxPool2d(kernel_size=(2, 3), padding=1).windows() == (
        AxisWindow(kernel_size=2, stride=2, dilation=1, before=1, after=1),
        AxisWindow(kernel_size=3, stride=3, dilation=1, before=1, after=1),
    )
    assert ReLU().windows() is None


def test_pooling_without_stride_moves_by_its_kernel() -> None:
    module = MaxPool2d(kernel_size=(2, 3)).module((1, 6, 6))
    assert module(torch.zeros(1, 1, 6, 6)).shape == (1, 1, 3, 2)


@pytest.mark.parametrize("name", ["conv_a", "x", "Layer9"])
def test_names_that_python_can_use(name: str) -> None:
    assert ReLU(name=name).name == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "1st", "two words", "class", "forward", "train", "_modules", "append", "normalise"),
        *("x; import os", "a\n", "höhe", "x" * 41, "__class__"),
    ],
)
def test_names_that_would_break_the_code_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        ReLU(name=name)


@pytest.mark.parametrize(
    "fields",
    [
        {"out_channels": 0},
        {"out_channels": 10**6 + 1},
        {"kernel_size": 0},
        {"kernel_size": (3, 257)},
        {"kernel_size": (3, 3, 3)},
        {"kernel_size": (3,)},
        {"kernel_size": "3"},
        {"stride": 0},
        {"padding": -1},
        {"padding": "full"},
        {"groups": 0},
        {"inplace": True},
    ],
)
def test_numbers_out_of_bounds_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Conv2d.model_validate(fields)
