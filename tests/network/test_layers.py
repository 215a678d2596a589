"""Every layer kind: one declaration, from which everything else follows."""

import inspect
import keyword

import pytest
import torch
from pydantic import ValidationError
from torch import nn

from explorer.network.base import LayerSpec, Shape
from explorer.network.layers import (
    KINDS,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
    Sigmoid,
    Tanh,
)

EXAMPLES: dict[str, tuple[LayerSpec, Shape, str]] = {
    "Conv2d": (
        Conv2d(out_channels=32, kernel_size=(3, 5), stride=2, dilation=(1, 2), bias=False),
        (16, 14, 14),
        "nn.Conv2d(in_channels=16, out_channels=32, kernel_size=(3, 5), stride=2, "
        "dilation=(1, 2), bias=False)",
    ),
    "MaxPool2d": (MaxPool2d(kernel_size=2), (4, 6, 6), "nn.MaxPool2d(kernel_size=2)"),
    "AvgPool2d": (
        AvgPool2d(kernel_size=3, stride=(1, 2), padding=1),
        (4, 6, 6),
        "nn.AvgPool2d(kernel_size=3, stride=(1, 2), padding=1)",
    ),
    "BatchNorm2d": (BatchNorm2d(), (4, 6, 6), "nn.BatchNorm2d(num_features=4)"),
    "ReLU": (ReLU(), (4, 6, 6), "nn.ReLU()"),
    "Sigmoid": (Sigmoid(), (4, 6, 6), "nn.Sigmoid()"),
    "Tanh": (Tanh(), (4, 6, 6), "nn.Tanh()"),
    "Flatten": (Flatten(), (4, 6, 6), "nn.Flatten()"),
    "Linear": (
        Linear(out_features=10),
        (36,),
        "nn.Linear(in_features=36, out_features=10)",
    ),
    "Dropout": (Dropout(p=0.3), (36,), "nn.Dropout(p=0.3)"),
}


def test_every_kind_has_an_example() -> None:
    assert EXAMPLES.keys() == KINDS.keys()


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


@pytest.mark.parametrize("kind", KINDS)
def test_code_makes_the_module(kind: str) -> None:
    layer, shape, code = EXAMPLES[kind]
    assert layer.code(shape) == code
    assert repr(eval(code, {"nn": nn})) == repr(layer.module(shape))  # noqa: S307 - our own text


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_are_counted_and_explained(kind: str) -> None:
    layer, shape, _ = EXAMPLES[kind]
    real = sum(parameter.numel() for parameter in layer.module(shape).parameters())
    assert layer.parameter_count(shape) == real
    formula = layer.parameter_formula(shape)
    assert (eval(formula.replace("·", "*")) if formula else 0) == real  # noqa: S307 - our own text


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
    assert MaxPool2d().stride is None


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
        {"stride": 0},
        {"padding": -1},
        {"groups": 2},
    ],
)
def test_numbers_out_of_bounds_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Conv2d.model_validate(fields)
