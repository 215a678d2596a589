"""The presets against torchvision, and what is said about them."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torchinfo
from torch import nn
from torchvision.models import alexnet, densenet, resnet, vgg
from torchvision.models.googlenet import BasicConv2d, Inception

from explorer.network import InputShape, NetworkSpec
from explorer.network.build import build
from explorer.network.presets import CLASSIFIERS, PRESETS
from explorer.network.presets_blocks import inception
from explorer.network.shapes import trace


def _without_pooling(network: resnet.ResNet) -> nn.Module:
    """With the first layers for small pictures."""
    network.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    network.maxpool = nn.Identity()  # pyright: ignore[reportAttributeAccessIssue]
    return network


def _densenet() -> nn.Module:
    blocks: Any = (4, 4, 4)  # annotated as four, but any number will do
    network = densenet.DenseNet(12, blocks, num_init_features=24, num_classes=10)
    network.features.conv0 = nn.Conv2d(3, 24, 3, padding=1, bias=False)
    network.features.pool0 = nn.Identity()
    return network


THEIRS: dict[str, Callable[[], nn.Module]] = {
    "ResNet-18 for small pictures": lambda: _without_pooling(resnet.resnet18(num_classes=10)),
    "ResNet-34": lambda: resnet.resnet34(num_classes=10),
    "ResNet-50": lambda: resnet.resnet50(num_classes=10),
    "Small DenseNet": _densenet,
}


def _leaves(network: nn.Module) -> list[nn.Module]:
    """The modules that learn something."""
    return [
        module
        for module in network.modules()
        if not list(module.children()) and list(module.parameters())
    ]


@pytest.mark.parametrize("name", THEIRS)
def test_the_same_weights_give_the_same_as_torchvision(name: str) -> None:
    spec = PRESETS[name]
    torch.manual_seed(0)
    theirs, ours = THEIRS[name]().eval(), build(spec).eval()
    # torchvision makes the shortcut of a block after its body too, so the order is the same.
    for to, source in zip(_leaves(ours), _leaves(theirs), strict=True):
        to.load_state_dict(source.state_dict())
    pixels = torch.rand(2, *spec.input.shape)
    with torch.inference_mode():
        torch.testing.assert_close(ours(pixels), theirs(pixels), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", THEIRS)
def test_torchinfo_counts_the_same_of_torchvisions_network(name: str) -> None:
    traced = trace(PRESETS[name])
    summary = torchinfo.summary(
        THEIRS[name](), (1, *traced.input_shape), verbose=0, depth=20, device="cpu"
    )
    assert traced.parameters == summary.total_params
    assert traced.forward_backward_megabytes == summary.to_megabytes(summary.total_output_bytes)
    assert traced.parameter_megabytes == summary.to_megabytes(summary.total_param_bytes)


def test_vgg_16_has_the_features_of_torchvisions() -> None:
    theirs = vgg.vgg16().features
    assert isinstance(theirs, nn.Sequential)
    ours = build(PRESETS["VGG-16 features, own layers"])[: len(theirs)]
    assert [value.shape for value in ours.state_dict().values()] == [
        value.shape for value in theirs.state_dict().values()
    ]
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True)))
    pixels = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(ours(pixels), theirs(pixels))


def test_the_inception_block_is_torchvisions_but_for_its_5x5_convolution() -> None:
    theirs = Inception(192, 64, 96, 128, 16, 32, 32)
    assert isinstance(theirs.branch3[1], BasicConv2d)
    theirs.branch3[1] = BasicConv2d(16, 32, kernel_size=5, padding=2)
    spec = NetworkSpec(
        name="inception",
        input=InputShape(channels=192, height=28, width=28),
        layers=(inception(64, 96, 128, 16, 32, 32),),
    )
    traced = trace(spec)
    assert traced.output_shape == (256, 28, 28)
    assert traced.parameters == sum(parameter.numel() for parameter in theirs.parameters())


def test_alexnet_has_the_layers_of_torchvisions() -> None:
    theirs = [module.out_channels for module in alexnet().features if isinstance(module, nn.Conv2d)]
    rows = trace(PRESETS["AlexNet for small pictures"]).rows
    assert [row.output_shape[0] for row in rows if row.kind == "Conv2d"] == theirs


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("ResNet-18 for small pictures", 11_173_962),
        ("AlexNet for small pictures", 23_272_266),
        ("3-D CNN for clips", 16 * (3 * 27 + 1) + 10 * (16 * 5 * 10 * 10 + 1)),
        ("Two layers for CT slices", 8 * (4 + 1) + 16 * (8 * 4 + 1)),
    ],
)
def test_parameter_counts(name: str, parameters: int) -> None:
    assert trace(PRESETS[name]).parameters == parameters


@pytest.mark.parametrize("name", PRESETS)
def test_presets_work(name: str) -> None:
    traced = trace(PRESETS[name])
    assert traced.failure is None
    assert (len(traced.output_shape) == 1) == (name != "Two layers for CT slices")
    assert set(PRESETS) - set(CLASSIFIERS) == {"Two layers for CT slices", "3-D CNN for clips"}
