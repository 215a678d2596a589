"""The bundled digits with several labels each: what is true of the number that is written."""

from dataclasses import replace
from functools import lru_cache

import torch

from explorer.datasets.dataset import Dataset, Split
from explorer.network.layers import Dropout, Flatten, Linear
from explorer.network.spec import NetworkSpec
from explorer.training.recipe import Contender
from tests.training.jobs import SMALL_INPUT, digits

CLASSES = ("even", "prime", "above four", "ten")
"""0 and 1 show at most one of them, 2 and 6 and 8 two; none shows the last."""

_SHOWN = torch.tensor(
    [[n % 2 == 0, n in (2, 3, 5, 7), n > 4, False] for n in range(10)], dtype=torch.uint8
)


def _labelled(split: Split) -> Split:
    return Split(split.pool, _SHOWN[split.labels], split.rows)


@lru_cache(maxsize=1)
def numbers() -> Dataset:
    """The digits of 8×8 pixels with labels (N, 4)."""
    whole = digits()
    return replace(
        whole,
        classes=CLASSES,
        train=_labelled(whole.train),
        validation=_labelled(whole.validation),
        test=_labelled(whole.test),
    )


def contender(name: str, hidden: int = 0) -> Contender:
    """A small network with a yes or no for each class, with dropout if it has a hidden layer."""
    inside = (Linear(out_features=hidden), Dropout(p=0.3)) if hidden else ()
    layers = (Flatten(), *inside, Linear(out_features=len(CLASSES)))
    return Contender(name=name, network=NetworkSpec(name=name, input=SMALL_INPUT, layers=layers))
