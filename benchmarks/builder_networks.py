"""The networks of the builder's benchmark, and those that are too large for it."""

from itertools import count

from explorer.network import InputShape, NetworkSpec
from explorer.network.base import LayerSpec
from explorer.network.blocks import Sequential
from explorer.network.layers import BatchNorm2d, Conv2d, Flatten, Linear, ReLU, Upsample
from explorer.network.presets import TUTORIAL_CNN

SIZES = (8, 50, 200)


def network(layers: int) -> NetworkSpec:
    """The tutorial CNN, or so many layers: Conv, BatchNorm and ReLU again and again, a classifier.

    The channels differ from one convolution to the next, so that no two layers are the same.
    """
    if layers == len(TUTORIAL_CNN.layers):
        return TUTORIAL_CNN
    found: list[LayerSpec] = []
    for number in count():
        found += [Conv2d(out_channels=4 + number, padding=1), BatchNorm2d(), ReLU()]
        if len(found) >= layers - 2:
            break
    body = (*found[: layers - 2], Flatten(), Linear(out_features=10))
    input = InputShape(channels=3, height=8, width=32)
    return NetworkSpec(name=f"{layers} layers", input=input, layers=body)


def _of(*layers: LayerSpec, input: InputShape | None = None) -> NetworkSpec:
    picture = InputShape(channels=3, height=64, width=64)
    return NetworkSpec(name="too large", input=input or picture, layers=layers)


_MANY = 1_000_000
TOO_LARGE: dict[str, NetworkSpec] = {
    "10^12 parameters": _of(Flatten(), Linear(out_features=_MANY), Linear(out_features=_MANY)),
    "10^9 activations": _of(Conv2d(out_channels=262_144, kernel_size=1)),
    "10^6 channels": _of(Conv2d(out_channels=_MANY, kernel_size=3)),
    "upsampled 64 times, again and again": _of(*[Upsample(scale_factor=64)] * 4),
    "a large picture, many channels": _of(
        Conv2d(out_channels=4096, kernel_size=11),
        input=InputShape(channels=1, height=4096, width=4096),
    ),
    "repeated 32 times": _of(
        Sequential(repeat=32, layers=(Conv2d(out_channels=4096, kernel_size=7, padding=3),))
    ),
}
"""Networks that can be written down and must be refused before anything is allocated."""


def too_many_layers() -> NetworkSpec:
    """More layers than a network may have; that is refused as a spec already."""
    return _of(*[ReLU()] * 501)
