"""A few real pictures of a data set, as the network will see them."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

import streamlit as st
import torch
from torch import Tensor

from explorer.datasets import downloads
from explorer.datasets.catalog import CATALOG, prepare
from explorer.datasets.convert import convert, describe
from explorer.datasets.dataset import Dataset
from explorer.datasets.reference import DatasetRef, Source
from explorer.network.spec import InputShape

SAMPLES = 10
SHOWN_PIXELS = 64
_WHAT: dict[Source, str] = {
    "digits": "digits",
    "mnist": downloads.MNIST.what,
    "cifar10": downloads.CIFAR10.what,
}
T = TypeVar("T")


@dataclass(frozen=True)
class Preview:
    """Some pictures (N, C, H, W) uint8, their classes' names, and what they are part of."""

    images: Tensor
    names: tuple[str, ...]
    conversion: str
    train: int
    validation: int
    test: int
    notes: tuple[str, ...] = ()


def preview(ref: DatasetRef, input: InputShape) -> Preview:
    """Pictures of a data set that is on this computer.

    Raises:
        ExplorerError: The data set cannot be read, or not be brought to this input.
    """
    native = CATALOG[ref.source].input
    assert native is not None
    own = _own_size(ref.source)
    return Preview(
        images=_result(convert(own.images, input, "")),
        names=own.names,
        conversion=describe(_WHAT[ref.source], native, input),
        train=own.train,
        validation=own.validation,
        test=own.test,
    )


@st.cache_data(max_entries=8, show_spinner="Reading the data set")
def _own_size(source: Source) -> Preview:
    """Everybody's data sets are read once per server; people's own are not kept here."""
    native = CATALOG[source].input
    assert native is not None
    return _sampled(prepare(DatasetRef(source=source), native))


def _sampled(dataset: Dataset) -> Preview:
    """Pictures of as many classes as possible, in the order of the classes."""
    labels = dataset.train.labels
    first = [int(torch.nonzero(labels == label)[0]) for label in labels.unique()[:SAMPLES]]
    return Preview(
        images=dataset.train.images[first],
        names=tuple(dataset.classes[int(labels[index])] for index in first),
        conversion=dataset.conversion,
        train=len(dataset.train),
        validation=len(dataset.validation),
        test=len(dataset.test),
        notes=dataset.notes,
    )


def _result(steps: Generator[object, None, T]) -> T:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
