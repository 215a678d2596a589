"""Networks people know."""

from collections.abc import Mapping
from typing import NamedTuple

from explorer.network.layers import (
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
)
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


def _vgg_block(out_channels: int) -> tuple[Layer, ...]:
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


class About(NamedTuple):
    """What a preset is, in a sentence or two, and where it comes from."""

    description: str
    source: str


_PRESETS = (
    (
        TUTORIAL_CNN,
        About(
            "Four convolutions for 28×28 digits. There is no non-linearity between them, so only "
            "the pooling keeps the whole from being one linear map.",
            "A beginners' tutorial on convolutional networks with MNIST",
        ),
    ),
    (
        TUTORIAL_BASELINE,
        About(
            "What the tutorial CNN is compared with: every pixel connected to 16 hidden values.",
            "The same tutorial, without its ReLU on the output, which hurts",
        ),
    ),
    (
        LENET_5,
        About(
            "The classic of digit recognition, with the ReLU and max pooling that are usual today; "
            "the original of 1998 has tanh and a pooling that learns.",
            "LeCun, Bottou, Bengio and Haffner, Gradient-Based Learning Applied to Document "
            "Recognition, 1998",
        ),
    ),
    (
        ROCK_PAPER_SCISSORS_CNN,
        About(
            "Tells photographs of hands apart at 90×90 in colour. Nearly all of its parameters are "
            "in its first fully connected layer.",
            "A classroom classifier for rock, paper, scissors, after LeNet-5",
        ),
    ),
    (
        VGG_CIFAR_CNN,
        About(
            "Three blocks of two 3×3 convolutions, each block with half the size and twice the "
            "channels of the one before, for small colour photographs.",
            "After Simonyan and Zisserman, Very Deep Convolutional Networks, 2014, with batch "
            "normalisation",
        ),
    ),
)

PRESETS: Mapping[str, NetworkSpec] = {spec.name: spec for spec, _ in _PRESETS}
ABOUT: Mapping[str, About] = {spec.name: about for spec, about in _PRESETS}
