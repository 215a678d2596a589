"""A data set as tensors: what sources hand over, how it is split, what its colours are like."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

import torch
from torch import Tensor

from explorer.errors import ExplorerError
from explorer.network.spec import Normalisation

# Test pictures that we choose are the same for every run, so that runs can be compared.
TEST_SEED = 20_240_501
TEST_FRACTION = 0.2

MNIST_NORMALISATION = Normalisation(mean=(0.1307,), std=(0.3081,))
CIFAR10_NORMALISATION = Normalisation(mean=(0.4914, 0.4822, 0.4465), std=(0.2023, 0.1994, 0.2010))


class Part(IntEnum):
    """What the source itself says a picture is for."""

    TRAIN = 0
    VALIDATION = 1
    TEST = 2


@dataclass(frozen=True)
class Decoded:
    """All pictures of a source at the size of the network's input, not yet split.

    Attributes:
        images: (N, C, H, W) uint8.
        labels: (N,) int64, indices into `classes`.
        parts: (N,) uint8, a `Part` each.
        conversion: How the pictures came to this size and these channels, in plain English.
        notes: What else people should know, a sentence each.
        published: Mean and standard deviation as the literature gives them, if it does.
    """

    images: Tensor
    labels: Tensor
    parts: Tensor
    classes: tuple[str, ...]
    conversion: str
    notes: tuple[str, ...] = ()
    published: Normalisation | None = None


@dataclass(frozen=True)
class Split:
    """Pictures (N, C, H, W) uint8 and their labels (N,) int64."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Dataset:
    """Three different sets of pictures; `mean` and `std` are per channel, of pixels in 0..1."""

    name: str
    classes: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    conversion: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    notes: tuple[str, ...] = field(default=())

    def normalisation(self, choice: Literal["none", "half", "dataset"]) -> Normalisation | None:
        """What to subtract and divide by: nothing, 0.5 and 0.5, or this data set's own."""
        channels = len(self.mean)
        if choice == "none":
            return None
        if choice == "half":
            return Normalisation(mean=(0.5,) * channels, std=(0.5,) * channels)
        return Normalisation(mean=self.mean, std=self.std)


def split(name: str, decoded: Decoded, *, seed: int, validation_fraction: float) -> Dataset:
    """Give every picture to exactly one of train, validation and test.

    Parts the source does not have are split off its training pictures, class by class: a fifth for
    testing, always the same, and `validation_fraction` of the rest, chosen by `seed`.

    Raises:
        ExplorerError: If too few pictures are left for one of the three.
    """
    train, validation, test = (
        torch.nonzero(decoded.parts == part).flatten()
        for part in (Part.TRAIN, Part.VALIDATION, Part.TEST)
    )
    if not len(test):
        train, test = _split_off(train, decoded.labels, TEST_FRACTION, TEST_SEED)
    if not len(validation):
        train, validation = _split_off(train, decoded.labels, validation_fraction, seed)
    if not (len(train) and len(validation) and len(test)):
        raise ExplorerError(
            f"{len(decoded.labels):,} pictures in {len(decoded.classes):,} classes cannot be "
            "divided into pictures to train on, to validate with and to test with.",
            "Have at least 3 pictures in each class.",
        )
    mean, std = _colours(decoded.images, train, decoded.published)
    return Dataset(
        name=name,
        classes=decoded.classes,
        train=_take(decoded, train),
        validation=_take(decoded, validation),
        test=_take(decoded, test),
        conversion=decoded.conversion,
        mean=mean,
        std=std,
        notes=decoded.notes,
    )


def _take(decoded: Decoded, indices: Tensor) -> Split:
    return Split(decoded.images[indices], decoded.labels[indices])


def _split_off(
    indices: Tensor, labels: Tensor, fraction: float, seed: int
) -> tuple[Tensor, Tensor]:
    """(what stays, what is split off), ascending; of each class the same share."""
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.zeros(len(indices), dtype=torch.bool)
    own_labels = labels[indices]
    for label in own_labels.unique().tolist():
        places = torch.nonzero(own_labels == label).flatten()
        count = min(max(1, round(len(places) * fraction)), len(places) - 1)
        order = torch.randperm(len(places), generator=generator)
        chosen[places[order[:count]]] = True
    return indices[~chosen], indices[chosen]


def _colours(
    images: Tensor, train: Tensor, published: Normalisation | None
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation per channel of the training pictures, exactly."""
    if published is not None:
        return published.mean, published.std
    values = torch.arange(256, dtype=torch.float64) / 255
    means, stds = [], []
    for channel in range(images.shape[1]):
        counts = torch.zeros(256, dtype=torch.int64)
        for chunk in train.split(4096):
            counts += torch.bincount(images[chunk, channel].flatten(), minlength=256)
        shares = counts.double() / counts.sum()
        mean = float(shares @ values)
        variance = float(shares @ (values - mean).square())
        means.append(mean)
        stds.append(variance**0.5 if variance > 1e-8 else 1.0)  # pictures of a single colour
    return tuple(means), tuple(stds)
