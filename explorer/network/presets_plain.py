"""Networks people know whose layers stand in one row, for `presets`."""

from explorer.network.base import LayerSpec
from explorer.network.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Conv3d,
    Dropout,
    Flatten,
    Linear,
    MaxPool2d,
    ReLU,
)
from explorer.network.pieces import convolved, vgg_stages
from explorer.network.spec import InputShape, NetworkSpec

MNIST_INPUT = InputShape(channels=1, height=28, width=28)

TUTORIAL_CNN = NetworkSpec(
    name="Tutorial CNN",
    input=MNIST_INPUT,
    layers=(
        Conv2d(out_channels=16, kernel_size=3, stride=1, padding=1),
        MaxPool2d(kernel_size=2, stride=2),
        Conv2d(out_channels=32, kernel_size=3),
        MaxPool2d(kernel_size=2, stride=2, padding=1),
        Conv2d(out_channels=64, kernel_size=1),
        Conv2d(out_channels=4, kernel_size=5),
        Flatten(),
        Linear(out_features=10),
    ),
)

TUTORIAL_BASELINE = NetworkSpec(
    name="Fully connected (tutorial)",
    input=MNIST_INPUT,
    layers=(Flatten(), Linear(out_features=16), ReLU(), Linear(out_features=10)),
)

LENET_5 = NetworkSpec(
    name="LeNet-5",
    input=MNIST_INPUT,
    layers=(
        Conv2d(out_channels=6, kernel_size=5, padding=2),
        ReLU(),
        MaxPool2d(kernel_size=2),
        Conv2d(out_channels=16, kernel_size=5),
        ReLU(),
        MaxPool2d(kernel_size=2),
        Flatten(),
        Linear(out_features=120),
        ReLU(),
        Linear(out_features=84),
        ReLU(),
        Linear(out_features=10),
    ),
)

ROCK_PAPER_SCISSORS_CNN = NetworkSpec(
    name="Rock-paper-scissors CNN",
    input=InputShape(channels=3, height=90, width=90),
    layers=(
        Conv2d(out_channels=6, kernel_size=3),
        ReLU(),
        MaxPool2d(kernel_size=2),
        Conv2d(out_channels=16, kernel_size=5),
        ReLU(),
        MaxPool2d(kernel_size=2),
        Flatten(),
        Linear(out_features=120),
        ReLU(),
        Linear(out_features=84),
        ReLU(),
        Linear(out_features=3),
    ),
)


def _vgg_block(out_channels: int) -> tuple[LayerSpec, ...]:
    convolution = Conv2d(out_channels=out_channels, kernel_size=3, padding=1)
    return (convolution, BatchNorm2d(), ReLU()) * 2 + (MaxPool2d(kernel_size=2),)


VGG_CIFAR_CNN = NetworkSpec(
    name="VGG-like CIFAR CNN",
    input=InputShape(channels=3, height=32, width=32),
    layers=(
        *_vgg_block(64),
        *_vgg_block(128),
        *_vgg_block(256),
        Flatten(),
        Linear(out_features=512),
        ReLU(),
        Dropout(p=0.5),
        Linear(out_features=10),
    ),
)


ALEXNET_SMALL = NetworkSpec(
    name="AlexNet for small pictures",
    input=InputShape(channels=3, height=32, width=32),
    layers=(
        Conv2d(out_channels=64, kernel_size=3, stride=2, padding=1),
        ReLU(),
        MaxPool2d(kernel_size=2),
        Conv2d(out_channels=192, kernel_size=3, padding=1),
        ReLU(),
        MaxPool2d(kernel_size=2),
        Conv2d(out_channels=384, kernel_size=3, padding=1),
        ReLU(),
        Conv2d(out_channels=256, kernel_size=3, padding=1),
        ReLU(),
        Conv2d(out_channels=256, kernel_size=3, padding=1),
        ReLU(),
        AdaptiveAvgPool2d(output_size=2),
        Flatten(),
        Dropout(p=0.5),
        Linear(out_features=4096),
        ReLU(),
        Dropout(p=0.5),
        Linear(out_features=4096),
        ReLU(),
        Linear(out_features=10),
    ),
)


VGG_16_FEATURES = NetworkSpec(
    name="VGG-16 features, own layers",
    input=InputShape(channels=3, height=64, width=64),
    layers=(
        *vgg_stages(2, 2, 3, 3, 3),
        AdaptiveAvgPool2d(output_size=1),
        Flatten(),
        Linear(out_features=256),
        ReLU(),
        Dropout(p=0.5),
        Linear(out_features=10),
    ),
)

ONE_BY_ONE_CNN = NetworkSpec(
    name="1×1-convolution CNN",
    input=InputShape(channels=3, height=32, width=32),
    layers=(
        *convolved(96, 5),
        *convolved(80, 1),
        *convolved(48, 1),
        MaxPool2d(kernel_size=3, stride=2, padding=1),
        Dropout(p=0.5),
        *convolved(96, 5),
        *convolved(96, 1),
        *convolved(96, 1),
        AvgPool2d(kernel_size=3, stride=2, padding=1),
        Dropout(p=0.5),
        *convolved(96, 3),
        *convolved(96, 1),
        Conv2d(out_channels=10, kernel_size=1),
        AdaptiveAvgPool2d(output_size=1),
        Flatten(),
    ),
)

FULLY_CONVOLUTIONAL = NetworkSpec(
    name="Fully convolutional CNN",
    input=InputShape(channels=3, height=32, width=32),
    layers=(
        *convolved(48, 3) * 2,
        *convolved(48, 3, stride=2),
        *convolved(96, 3) * 2,
        *convolved(96, 3, stride=2),
        *convolved(96, 3),
        *convolved(96, 1),
        Conv2d(out_channels=10, kernel_size=1),
        AdaptiveAvgPool2d(output_size=1),
        Flatten(),
    ),
)

TINY_CT = NetworkSpec(
    name="Two layers for CT slices",
    input=InputShape(channels=1, height=64, width=64),
    layers=(
        Conv2d(out_channels=8, kernel_size=2, stride=2),
        Conv2d(out_channels=16, kernel_size=2, stride=2),
    ),
)

CLIP_CNN = NetworkSpec(
    name="3-D CNN for clips",
    input=InputShape(channels=3, depth=16, height=32, width=32),
    layers=(
        Conv3d(out_channels=16, kernel_size=3, stride=3),
        ReLU(),
        Flatten(),
        Linear(out_features=10),
    ),
)
