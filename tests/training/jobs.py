"""Small jobs on the bundled digits."""

from functools import lru_cache
from typing import Any

import torch

from explorer.datasets.catalog import prepare
from explorer.datasets.dataset import Dataset, Split
from explorer.datasets.reference import DatasetRef
from explorer.network.layers import BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU
from explorer.network.presets import TUTORIAL_BASELINE, TUTORIAL_CNN
from explorer.network.spec import InputShape, NetworkSpec
from explorer.training.events import Event
from explorer.training.loop import train
from explorer.training.recipe import Contender, Job, Recipe

DIGITS = DatasetRef(source="digits", name="Digits")
SMALL_INPUT = InputShape(channels=1, height=8, width=8)

CNN = Contender(name="CNN", network=TUTORIAL_CNN)
BASELINE = Contender(name="Baseline", network=TUTORIAL_BASELINE)

DROPOUT = NetworkSpec(
    name="With dropout",
    input=SMALL_INPUT,
    layers=(
        Conv2d(out_channels=4, kernel_size=3),
        BatchNorm2d(),
        ReLU(),
        MaxPool2d(kernel_size=2),
        Flatten(),
        Dropout(p=0.5),
        Linear(out_features=10),
    ),
)
LINEAR = NetworkSpec(name="Linear", input=SMALL_INPUT, layers=(Flatten(), Linear(out_features=10)))


def job(*networks: NetworkSpec | Contender, **recipe: Any) -> Job:
    """A job on the digits in fp32, one epoch unless said otherwise."""
    contenders = tuple(
        one if isinstance(one, Contender) else Contender(name=one.name, network=one)
        for one in networks
    )
    choices = {"epochs": 1, "precision": "fp32"} | recipe
    return Job(contenders=contenders, dataset=DIGITS, recipe=Recipe(**choices))


@lru_cache(maxsize=4)
def digits(input: InputShape = SMALL_INPUT) -> Dataset:
    """The digits at an input, prepared once."""
    return prepare(DIGITS, input)


def few(count: int, input: InputShape = SMALL_INPUT) -> Dataset:
    """The digits with only `count` pictures to train on."""
    whole = digits(input)
    start = Split(whole.train.images[:count], whole.train.labels[:count])
    return Dataset(
        whole.name,
        whole.classes,
        start,
        whole.validation,
        whole.test,
        whole.conversion,
        whole.mean,
        whole.std,
    )


def run(job: Job, **options: Any) -> list[Event]:
    """All events, on the prepared digits."""
    options.setdefault("dataset", digits(job.contenders[0].network.input))
    return list(train(job, **options))


def of(events: list[Event], kind: type | tuple[type, ...]) -> list[Any]:
    """The events of a kind, or of several."""
    return [event for event in events if isinstance(event, kind)]


def pixels(split: Split) -> torch.Tensor:
    """A split as networks take it: float32 in 0..1, in PyTorch's usual memory format."""
    return split.images.float() / 255
