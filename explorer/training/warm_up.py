"""A process that waits for something to train can load beforehand what PyTorch loads when used."""

import importlib

import torch

from explorer.network.layers import Conv2d, Flatten, Linear, MaxPool2d, ReLU
from explorer.network.shapes import trace
from explorer.network.spec import InputShape, NetworkSpec
from explorer.training.learner import Learner, Lesson
from explorer.training.recipe import Contender, Recipe

_TINY = NetworkSpec(
    name="warm-up",
    input=InputShape(channels=1, height=8, width=8),
    layers=(Conv2d(out_channels=2), ReLU(), MaxPool2d(), Flatten(), Linear(out_features=2)),
)


def warm_up() -> None:
    """Take a step with a tiny network on the processor, and forget it.

    The first optimizer of a process alone makes PyTorch import 800 modules, for more than a second.
    """
    importlib.import_module("explorer.training.loop")
    importlib.import_module("kornia.augmentation")
    trace(_TINY)
    contender = Contender(name=_TINY.name, network=_TINY)
    learner = Learner(contender, Recipe(), torch.device("cpu"), "fp32", Lesson(1))
    images = torch.zeros(2, *_TINY.input.shape).to(memory_format=torch.channels_last)
    learner.step(images, torch.zeros(2, dtype=torch.int64), 1)
