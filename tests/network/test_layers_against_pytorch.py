"""Random parameters and shapes for every kind: a layer works if and only if PyTorch runs it."""

import re
import warnings
from random import Random

import pytest
import torch
from torch import nn

from explorer.errors import ExplorerError
from explorer.network.base import LayerSpec, Shape
from explorer.network.layers import KINDS
from tests.network.random_layers import (
    by_hand,
    only_pytorch_takes_it,
    random_layer,
    random_shape,
    real_output,
)

CASES = 30
RAW_PYTORCH = re.compile(r"Expected|out of range|RuntimeError|mismatch|torch\.|Tensor")


def cases(kind: str, number: int = CASES) -> list[tuple[LayerSpec, Shape]]:
    random = Random(kind)
    found = []
    for _ in range(number):
        shape = random_shape(random, KINDS[kind])
        found.append((random_layer(random, KINDS[kind], shape), shape))
    return found


def refusal(layer: LayerSpec, shape: Shape) -> ExplorerError | None:
    try:
        layer.check(shape, "`before`")
    except ExplorerError as error:
        return error
    return None


def settings(module: nn.Module) -> dict[str, object]:
    """What a module was made with, without what changes or is random."""
    return {name: value for name, value in vars(module).items() if not name.startswith("_")}


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_works_if_and_only_if_pytorch_runs_it(kind: str) -> None:
    working = 0
    for layer, shape in cases(kind):
        real = None if only_pytorch_takes_it(layer, shape) else real_output(layer, shape)
        error = refusal(layer, shape)
        assert (error is None) == (real is not None), (layer, shape, error, real)
        if error is not None:
            assert re.search(r"\d", error.problem), error
            assert error.problem.endswith(".") and error.remedy.endswith(".")
            assert not RAW_PYTORCH.search(str(error)), error
            continue
        working += 1
        assert_same_module(layer, shape, real)
    assert working >= CASES // 8


def assert_same_module(layer: LayerSpec, shape: Shape, real: Shape | None) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module, expected = layer.module(shape), by_hand(layer, shape)
        written = eval(layer.code(shape), {"nn": nn})  # noqa: S307 - our own text
        with torch.device("meta"), torch.no_grad():
            on_meta = layer.module(shape).eval()(torch.empty(1, *shape))
        module.load_state_dict(expected.state_dict())
        x = torch.rand(2, *shape)
        assert torch.equal(module.eval()(x), expected.eval()(x)), layer
    assert settings(module) | {"training": True} == settings(written), layer
    assert repr(module) == repr(written), layer
    assert on_meta.shape[1:] == real, layer
    count = sum(parameter.numel() for parameter in expected.parameters())
    assert layer.parameter_count(shape) == count, (layer, shape)
    formula = layer.parameter_formula(shape).replace("·", "*")
    assert (eval(formula) if formula else 0) == count, (layer, formula)  # noqa: S307 - our own text


@pytest.mark.parametrize("kind", KINDS)
def test_json_gives_the_layer_back(kind: str) -> None:
    for layer, _ in cases(kind, 10):
        assert type(layer).model_validate_json(layer.model_dump_json()) == layer
        assert type(layer).model_validate(layer.model_dump()) == layer
