"""Networks people know that are made of blocks, for `presets`."""

from explorer.network.base import LayerSpec
from explorer.network.blocks import Branches, Residual, Sequential
from explorer.network.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
)
from explorer.network.spec import InputShape, NetworkSpec

_CIFAR_INPUT = InputShape(channels=3, height=32, width=32)
_Layers = tuple[LayerSpec, ...]


def _normalised(out_channels: int, kernel_size: int, stride: int = 1) -> _Layers:
    """A convolution that keeps the size but for its stride, and batch normalisation."""
    convolution = Conv2d(
        out_channels=out_channels,
        kernel_size=kernel_size,
        stride=stride,
        padding=kernel_size // 2,
        bias=False,
    )
    return (convolution, BatchNorm2d())


def _basic(channels: int, stride: int) -> _Layers:
    """The body of ResNet-18 and 34: two 3×3 convolutions."""
    return (*_normalised(channels, 3, stride), ReLU(), *_normalised(channels, 3))


def _bottleneck(channels: int, stride: int) -> _Layers:
    """The body of ResNet-50: 1×1 to fewer channels, 3×3, 1×1 to four times as many."""
    return (
        *_normalised(channels, 1),
        ReLU(),
        *_normalised(channels, 3, stride),
        ReLU(),
        *_normalised(4 * channels, 1),
    )


def _stage(name: str, first: Residual, other: Residual, times: int) -> _Layers:
    """A first block that may change the shape, and `times` − 1 that do not."""
    more = Sequential(layers=(other, ReLU()), repeat=times - 1)
    return (Sequential(name=name, layers=(first, ReLU(), more)),)


def _basic_stages(*times: int) -> _Layers:
    return tuple(
        stage
        for number, blocks in enumerate(times)
        for stage in _stage(
            f"layer{number + 1}",
            Residual(
                body=_basic(64 << number, 2 if number else 1),
                shortcut="projection" if number else "identity",
            ),
            Residual(body=_basic(64 << number, 1)),
            blocks,
        )
    )


def _bottleneck_stages(*times: int) -> _Layers:
    return tuple(
        stage
        for number, blocks in enumerate(times)
        for stage in _stage(
            f"layer{number + 1}",
            Residual(body=_bottleneck(64 << number, 2 if number else 1), shortcut="projection"),
            Residual(body=_bottleneck(64 << number, 1)),
            blocks,
        )
    )


_SMALL_STEM: _Layers = (*_normalised(64, 3), ReLU())
_STEM: _Layers = (
    *_normalised(64, 7, 2),
    ReLU(),
    MaxPool2d(kernel_size=3, stride=2, padding=1),
)
_HEAD: _Layers = (AdaptiveAvgPool2d(output_size=1), Flatten(), Linear(out_features=10))

RESNET_18_CIFAR = NetworkSpec(
    name="ResNet-18 for small pictures",
    input=_CIFAR_INPUT,
    layers=(*_SMALL_STEM, *_basic_stages(2, 2, 2, 2), *_HEAD),
)

RESNET_34 = NetworkSpec(
    name="ResNet-34",
    input=InputShape(channels=3, height=64, width=64),
    layers=(*_STEM, *_basic_stages(3, 4, 6, 3), *_HEAD),
)

RESNET_50 = NetworkSpec(
    name="ResNet-50",
    input=InputShape(channels=3, height=64, width=64),
    layers=(*_STEM, *_bottleneck_stages(3, 4, 6, 3), *_HEAD),
)

BOTTLENECK_CNN = NetworkSpec(
    name="Bottleneck block",
    input=_CIFAR_INPUT,
    layers=(
        *_normalised(64, 3),
        ReLU(),
        MaxPool2d(kernel_size=2),
        Residual(body=_bottleneck(64, 1), shortcut="projection"),
        ReLU(),
        Residual(body=_bottleneck(64, 1)),
        ReLU(),
        *_HEAD,
    ),
)


def _rectified(out_channels: int, kernel_size: int) -> _Layers:
    return (*_normalised(out_channels, kernel_size), ReLU())


def inception(
    one: int, three_before: int, three: int, five_before: int, five: int, pooled: int
) -> Branches:
    """The Inception block of GoogLeNet: 1×1, 3×3 and 5×5 convolutions and pooling side by side.

    The numbers are channels; those "before" come out of the 1×1 convolutions that save work.
    """
    return Branches(
        branches=(
            _rectified(one, 1),
            (*_rectified(three_before, 1), *_rectified(three, 3)),
            (*_rectified(five_before, 1), *_rectified(five, 5)),
            (MaxPool2d(kernel_size=3, stride=1, padding=1), *_rectified(pooled, 1)),
        )
    )


INCEPTION_SMALL = NetworkSpec(
    name="Small Inception",
    input=_CIFAR_INPUT,
    layers=(
        *_rectified(64, 3),
        inception(32, 32, 48, 8, 16, 16),
        MaxPool2d(kernel_size=3, stride=2, padding=1),
        inception(64, 64, 96, 16, 32, 32),
        MaxPool2d(kernel_size=3, stride=2, padding=1),
        inception(96, 64, 128, 16, 32, 32),
        *_HEAD,
    ),
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


def _transition(out_channels: int) -> _Layers:
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
