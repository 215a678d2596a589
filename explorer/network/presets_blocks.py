"""Networks people know that are made of blocks, for `presets`."""

from explorer.network.blocks import Branches, Pretrained, Residual, Sequential
from explorer.network.extractors import EXTRACTORS
from explorer.network.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
)
from explorer.network.pieces import (
    RESNET_STEM,
    Layers,
    basic_stages,
    bottleneck,
    bottleneck_stages,
    inception,
    normalised,
    rectified,
)
from explorer.network.spec import InputShape, NetworkSpec

_CIFAR_INPUT = InputShape(channels=3, height=32, width=32)

_SMALL_STEM: Layers = (*normalised(64, 3), ReLU())
_HEAD: Layers = (AdaptiveAvgPool2d(output_size=1), Flatten(), Linear(out_features=10))

RESNET_18_CIFAR = NetworkSpec(
    name="ResNet-18 for small pictures",
    input=_CIFAR_INPUT,
    layers=(*_SMALL_STEM, *basic_stages(2, 2, 2, 2), *_HEAD),
)

RESNET_34 = NetworkSpec(
    name="ResNet-34",
    input=InputShape(channels=3, height=64, width=64),
    layers=(*RESNET_STEM, *basic_stages(3, 4, 6, 3), *_HEAD),
)

RESNET_50 = NetworkSpec(
    name="ResNet-50",
    input=InputShape(channels=3, height=64, width=64),
    layers=(*RESNET_STEM, *bottleneck_stages(3, 4, 6, 3), *_HEAD),
)

BOTTLENECK_CNN = NetworkSpec(
    name="Bottleneck block",
    input=_CIFAR_INPUT,
    layers=(
        *normalised(64, 3),
        ReLU(),
        MaxPool2d(kernel_size=2),
        Residual(body=bottleneck(64, 1), shortcut="projection"),
        ReLU(),
        Residual(body=bottleneck(64, 1)),
        ReLU(),
        *_HEAD,
    ),
)


INCEPTION_SMALL = NetworkSpec(
    name="Small Inception",
    input=_CIFAR_INPUT,
    layers=(
        *rectified(64, 3),
        inception(32, 32, 48, 8, 16, 16),
        MaxPool2d(kernel_size=3, stride=2, padding=1),
        inception(64, 64, 96, 16, 32, 32),
        MaxPool2d(kernel_size=3, stride=2, padding=1),
        inception(96, 64, 128, 16, 32, 32),
        *_HEAD,
    ),
)


VGG_16_PRETRAINED = NetworkSpec(
    name="VGG-16 features, pretrained",
    input=InputShape(channels=3, height=64, width=64),
    normalisation=EXTRACTORS["vgg16"].normalisation,
    layers=(
        Pretrained(model="vgg16"),
        AdaptiveAvgPool2d(output_size=1),
        Flatten(),
        Linear(out_features=256),
        ReLU(),
        Dropout(p=0.5),
        Linear(out_features=10),
    ),
)

RESNET_18_PRETRAINED = NetworkSpec(
    name="ResNet-18 features, pretrained",
    input=InputShape(channels=3, height=96, width=96),
    normalisation=EXTRACTORS["resnet18"].normalisation,
    layers=(Pretrained(model="resnet18"), *_HEAD),
)


def _dense(growth: int, times: int) -> Sequential:
    """Each time, what comes in goes on beside `growth` new channels."""
    new = (
        BatchNorm2d(),
        ReLU(),
        Conv2d(out_channels=4 * growth, kernel_size=1, bias=False),
        BatchNorm2d(),
        ReLU(),
        Conv2d(out_channels=growth, kernel_size=3, padding=1, bias=False),
    )
    return Sequential(layers=(Branches(branches=((), new)),), repeat=times)


def _transition(out_channels: int) -> Layers:
    return (
        BatchNorm2d(),
        ReLU(),
        Conv2d(out_channels=out_channels, kernel_size=1, bias=False),
        AvgPool2d(kernel_size=2),
    )


DENSENET_SMALL = NetworkSpec(
    name="Small DenseNet",
    input=_CIFAR_INPUT,
    layers=(
        Conv2d(out_channels=24, kernel_size=3, padding=1, bias=False),
        BatchNorm2d(),
        ReLU(),
        _dense(12, 4),
        *_transition(36),
        _dense(12, 4),
        *_transition(42),
        _dense(12, 4),
        BatchNorm2d(),
        ReLU(),
        *_HEAD,
    ),
)
