"""A data set as tensors: what sources hand over, and the three sets training works with."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from explorer.datasets.reference import Grouping
from explorer.network.spec import Normalisation

MNIST_NORMALISATION = Normalisation(mean=(0.1307,), std=(0.3081,))
CIFAR10_NORMALISATION = Normalisation(mean=(0.4914, 0.4822, 0.4465), std=(0.2023, 0.1994, 0.2010))

_CHUNK = 2048


class Part(IntEnum):
    """What the source itself says a picture is for."""

    TRAIN = 0
    VALIDATION = 1
    TEST = 2


@dataclass(frozen=True, eq=False)
class Decoded:
    """All pictures of a source at the size of the network's input, not yet split.

    Attributes:
        images: (N, C, H, W) uint8, in memory or mapped from a file; best in `channels_last`.
        labels: (N,) int64, indices into `classes`; or, where a picture may show several classes,
            (N, classes) uint8, 1 for each that it shows.
        parts: (N,) uint8, a `Part` each.
        conversion: How the pictures came to this size and these channels, in plain English.
        notes: What else people should know, a sentence each.
        published: Mean and standard deviation as the literature gives them, if it does.
        groups: For each way to group pictures a number per picture, (N,) int64.
        skipped: Files that could not be read: their path inside the source, and why.
        sums: (2, N, C) int64, each picture's sum of its bytes and of their squares, per channel;
            None as long as nobody computed it.
        checksum: `content_checksum` where it is known already, "" otherwise.
    """

    images: Tensor
    labels: Tensor
    parts: Tensor
    classes: tuple[str, ...]
    conversion: str
    notes: tuple[str, ...] = ()
    published: Normalisation | None = None
    groups: Mapping[Grouping, Tensor] = field(default_factory=dict)
    skipped: tuple[tuple[str, str], ...] = ()
    sums: Tensor | None = None
    checksum: str = ""


@dataclass(frozen=True, eq=False)
class Split:
    """Pictures and their labels: the rows `rows` of a `pool` that several splits share.

    The pool may be a file mapped into memory, of which only what is asked for is ever read, and
    which all processes share. So ask for `take(...)` rather than for all `images`.

    Attributes:
        pool: (M, C, H, W) uint8.
        labels: (N,) int64, or (N, classes) uint8 as in `Decoded`.
        rows: (N,) int64, which rows of the pool; None for all of them in order.
    """

    pool: Tensor
    labels: Tensor
    rows: Tensor | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @cached_property
    def images(self) -> Tensor:
        """All pictures (N, C, H, W) uint8: a copy, unless they lie one after the other."""
        if self.rows is None:
            return self.pool
        if len(self.rows) and bool((self.rows.diff() == 1).all()):
            return self.pool[int(self.rows[0]) : int(self.rows[-1]) + 1]
        return self.take(torch.arange(len(self)))

    def take(self, indices: Tensor) -> Tensor:
        """The pictures (n, C, H, W) uint8 at some places (n,) of this split."""
        rows = indices if self.rows is None else self.rows[indices]
        return self.pool.permute(0, 2, 3, 1).index_select(0, rows).permute(0, 3, 1, 2)


@dataclass(frozen=True)
class Dataset:
    """Three different sets of pictures; `mean` and `std` are per channel, of pixels in 0..1.

    `hash` (64 hexadecimal digits) changes with any pixel, label, class name or with which picture
    is in which set. `skipped` are files that could not be read, and why.
    """

    name: str
    classes: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    conversion: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    notes: tuple[str, ...] = field(default=())
    skipped: tuple[tuple[str, str], ...] = field(default=())
    hash: str = ""

    @property
    def multi_label(self) -> bool:
        """Whether a picture may show several classes, or none."""
        return self.train.labels.ndim == 2

    def normalisation(self, choice: Literal["none", "half", "dataset"]) -> Normalisation | None:
        """What to subtract and divide by: nothing, 0.5 and 0.5, or this data set's own."""
        channels = len(self.mean)
        if choice == "none":
            return None
        if choice == "half":
            return Normalisation(mean=(0.5,) * channels, std=(0.5,) * channels)
        return Normalisation(mean=self.mean, std=self.std)


def class_counts(labels: Tensor, classes: int) -> Tensor:
    """How many pictures show each class (classes,) int64, of labels (N,) or (N, classes)."""
    if labels.ndim == 2:
        return labels.sum(dim=0, dtype=torch.int64)
    return labels.bincount(minlength=classes)


def content_checksum(decoded: Decoded) -> str:
    """SHA-256 of pictures (as height × width × channels), labels, parts, groups and sums."""
    digest = hashlib.sha256()
    for name, tensor in tensors(decoded).items():
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(tensor.numpy().data)
    return digest.hexdigest()


def tensors(decoded: Decoded) -> dict[str, Tensor]:
    """All tensors of a decoded data set by name, contiguous; images as (N, H, W, C)."""
    named = {
        "images": decoded.images.permute(0, 2, 3, 1),
        "labels": decoded.labels,
        "parts": decoded.parts,
        "sums": byte_sums(decoded.images) if decoded.sums is None else decoded.sums,
    }
    named |= {f"groups.{way}": decoded.groups[way] for way in sorted(decoded.groups)}
    return {name: tensor.contiguous() for name, tensor in named.items()}


def byte_sums(images: Tensor) -> Tensor:
    """(2, N, C) int64 of (N, C, H, W) uint8: sums over pixels of the values, and of squares."""
    count, channels = images.shape[:2]
    sums = torch.empty(2, count, channels, dtype=torch.int64)
    for start in range(0, count, _CHUNK):
        values = images[start : start + _CHUNK].int()
        sums[0, start : start + _CHUNK] = values.sum(dim=(2, 3))
        sums[1, start : start + _CHUNK] = values.square_().sum(dim=(2, 3))
    return sums
