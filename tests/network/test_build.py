"""The module that is trained."""

import pytest
import torch
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from torch import nn

from explorer.errors import ExplorerError
from explorer.network import InputShape, NetworkSpec, Normalisation
from explorer.network.build import build
from explorer.network.layers import Conv2d, Flatten, Linear, ReLU
from explorer.network.presets import CLASSIFIERS, TUTORIAL_CNN
from explorer.network.shapes import trace
from tests.network.networks import working_networks

CIFAR = Normalisation(mean=(0.4914, 0.4822, 0.4465), std=(0.2023, 0.1994, 0.2010))


@given(working_networks())
@hypothesis_settings(max_examples=100)
def test_built_network_does_what_the_trace_says(spec: NetworkSpec) -> None:
    module, traced = build(spec).eval(), trace(spec)
    assert tuple(module(torch.rand(2, *spec.input.shape)).shape) == (2, *traced.output_shape)
    assert sum(parameter.numel() for parameter in module.parameters()) == traced.parameters
    names = [name for name, _ in module.named_children() if name != "normalise"]
    assert names == [row.name for row in traced.rows]


def test_normalisation_comes_first_and_travels_with_the_weights() -> None:
    spec = NetworkSpec(
        name="normalised",
        input=InputShape(channels=3, height=4, width=5),
        normalisation=CIFAR,
        layers=(ReLU(),),
    )
    module = build(spec)
    pixels = torch.rand(2, 3, 4, 5)
    mean = torch.tensor(CIFAR.mean)[None, :, None, None]
    std = torch.tensor(CIFAR.std)[None, :, None, None]
    torch.testing.assert_close(module(pixels), torch.relu((pixels - mean) / std))
    assert list(module.state_dict()) == ["normalise.mean", "normalise.std"]
    assert not list(module.parameters())


def test_signals_and_volumes_are_normalised_too() -> None:
    for sizes in ({"height": None, "width": 5}, {"depth": 2, "height": 3, "width": 4}):
        input = InputShape.model_validate({"channels": 3, **sizes})
        spec = NetworkSpec(name="normalised", input=input, normalisation=CIFAR, layers=(ReLU(),))
        assert build(spec)(torch.rand(2, *input.shape)).shape == (2, *input.shape)


def test_no_normalisation_no_module() -> None:
    assert next(iter(build(TUTORIAL_CNN).named_children()))[0] == "conv1"


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_channels_last_gives_the_same(name: str) -> None:
    spec = CLASSIFIERS[name]
    torch.manual_seed(0)
    module = build(spec).eval()
    pixels = torch.rand(2, *spec.input.shape)
    expected = module(pixels)
    module.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    actual = module(pixels.to(memory_format=torch.channels_last))
    torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-5)


def test_a_network_that_cannot_work_is_not_built() -> None:
    with pytest.raises(ExplorerError, match=r"Layer `conv1` cannot work: in_channels is 3"):
        build(TUTORIAL_CNN.with_layers([Conv2d(in_channels=3)]))


def test_nothing_is_allocated_for_a_network_that_is_too_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a module was made")

    monkeypatch.setattr(nn, "Linear", refuse)
    with pytest.raises(ExplorerError, match="785,000,000 parameters"):
        build(TUTORIAL_CNN.with_layers([Flatten(), Linear(out_features=10**6)]))


def test_weights_follow_the_seed() -> None:
    torch.manual_seed(7)
    first = build(TUTORIAL_CNN).state_dict()
    torch.manual_seed(7)
    second = build(TUTORIAL_CNN).state_dict()
    assert all(torch.equal(first[key], second[key]) for key in first)
