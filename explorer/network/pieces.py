"""Pieces that networks people know are made of, for `presets` and `extractors`."""

from explorer.network.base import LayerSpec, Shape
from explorer.network.blocks import Branches, Residual, Sequential
from explorer.network.layers import KINDS, BatchNorm2d, Conv2d, MaxPool2d, ReLU

Layers = tuple[LayerSpec, ...]


def convolved(out_channels: int, kernel_size: int, stride: int = 1) -> Layers:
    """A convolution that keeps the size but for its stride, and ReLU."""
    return (
        Conv2d(
            out_channels=out_channels,
            kernel_size=kernel_size,
            stride=stride,
            padding=kernel_size // 2,
        ),
        ReLU(),
    )


def normalised(out_channels: int, kernel_size: int, stride: int = 1, eps: float = 1e-5) -> Layers:
    """A convolution that keeps the size but for its stride, and batch normalisation."""
    convolution = Conv2d(
        out_channels=out_channels,
        kernel_size=kernel_size,
        stride=stride,
        padding=kernel_size // 2,
        bias=False,
    )
    return (convolution, BatchNorm2d(eps=eps))


def rectified(out_channels: int, kernel_size: int, stride: int = 1, eps: float = 1e-5) -> Layers:
    """As `normalised`, and ReLU."""
    return (*normalised(out_channels, kernel_size, stride, eps), ReLU())


def depthwise_separable(arrives: Shape, out_channels: int = 16) -> Sequential:
    """A kernel of its own for each channel, 3 cells along each axis; then 1×1 mixes the channels.

    (C, …) to (out_channels, …), with C·3ⁿ + C·out_channels weights along n axes instead of
    C·3ⁿ·out_channels (Chollet, Xception: Deep Learning with Depthwise Separable Convolutions,
    2016).

    Args:
        arrives: The shape it is made for, (C, …) with 1 to 3 axes.
        out_channels: What the 1×1 convolution puts out.
    """
    convolution = KINDS[f"Conv{len(arrives) - 1}d"]
    depthwise = {
        "name": "depthwise",
        "out_channels": arrives[0],
        "kernel_size": 3,
        "padding": 1,
        "groups": arrives[0],
    }
    pointwise = {"name": "pointwise", "out_channels": out_channels, "kernel_size": 1}
    return Sequential(layers=tuple(map(convolution.model_validate, (depthwise, pointwise))))


# VGG


def vgg_stages(*times: int, norm: bool = False) -> Layers:
    """Five times some 3×3 convolutions and a pooling that halves the picture."""
    channels = (64, 128, 256, 512, 512)
    return tuple(
        layer
        for width, convolutions in zip(channels, times, strict=True)
        for layer in (*_vgg_convolution(width, norm) * convolutions, MaxPool2d(kernel_size=2))
    )


def _vgg_convolution(out_channels: int, norm: bool) -> Layers:
    convolution, bend = convolved(out_channels, 3)
    return (convolution, BatchNorm2d(), bend) if norm else (convolution, bend)


# ResNet


def _basic(channels: int, stride: int) -> Layers:
    """The body of ResNet-18 and 34: two 3×3 convolutions."""
    return (*normalised(channels, 3, stride), ReLU(), *normalised(channels, 3))


def bottleneck(channels: int, stride: int) -> Layers:
    """The body of ResNet-50: 1×1 to fewer channels, 3×3, 1×1 to four times as many."""
    return (
        *normalised(channels, 1),
        ReLU(),
        *normalised(channels, 3, stride),
        ReLU(),
        *normalised(4 * channels, 1),
    )


def _stage(name: str, first: Residual, other: Residual, times: int) -> Layers:
    """A first block that may change the shape, and `times` − 1 that do not."""
    more = Sequential(layers=(other, ReLU()), repeat=times - 1)
    return (Sequential(name=name, layers=(first, ReLU(), more)),)


def basic_stages(*times: int) -> Layers:
    """The four stages of ResNet-18 and 34, `layer1` to `layer4`, with so many blocks."""
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


def bottleneck_stages(*times: int) -> Layers:
    """The four stages of ResNet-50, `layer1` to `layer4`, with so many blocks."""
    return tuple(
        stage
        for number, blocks in enumerate(times)
        for stage in _stage(
            f"layer{number + 1}",
            Residual(body=bottleneck(64 << number, 2 if number else 1), shortcut="projection"),
            Residual(body=bottleneck(64 << number, 1)),
            blocks,
        )
    )


RESNET_STEM: Layers = (
    *rectified(64, 7, 2),
    MaxPool2d(kernel_size=3, stride=2, padding=1),
)
"""What all ResNets begin with: a quarter of the height and width is left after it."""


# Inception


def inception(
    one: int,
    three_before: int,
    three: int,
    five_before: int,
    five: int,
    pooled: int,
    *,
    five_kernel: int = 5,
    eps: float = 1e-5,
    name: str | None = None,
) -> Branches:
    """The Inception block of GoogLeNet: 1×1, 3×3 and 5×5 convolutions and pooling side by side.

    The numbers are channels; those "before" come out of the 1×1 convolutions that save work.
    `five_kernel` is what torchvision takes instead of 5×5: 3.
    """
    return Branches(
        name=name,
        branches=(
            rectified(one, 1, eps=eps),
            (*rectified(three_before, 1, eps=eps), *rectified(three, 3, eps=eps)),
            (*rectified(five_before, 1, eps=eps), *rectified(five, five_kernel, eps=eps)),
            (MaxPool2d(kernel_size=3, stride=1, padding=1), *rectified(pooled, 1, eps=eps)),
        ),
    )
