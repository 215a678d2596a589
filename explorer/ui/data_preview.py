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
from explorer.datasets.photographs import samples
from explorer.datasets.reference import DatasetRef, Source
from explorer.network.base import shape_text
from explorer.network.spec import InputShape

SAMPLES = 10
SHOWN_PIXELS = 64
_WHAT: dict[Source, str] = {
    "digits": "digits",
    "mnist": downloads.MNIST.what,
    "cifar10": downloads.CIFAR10.what,
}
_OWN = "own_preview"
T = TypeVar("T")


@dataclass(frozen=True)
class Preview:
    """Some pictures (N, C, H, W) uint8, their classes' names, and how they came to this size."""

    images: Tensor
    names: tuple[str, ...]
    conversion: str
    sizes: tuple[int, int] | None
    """How many pictures are for training and validation, and for the test, if that is known."""


def preview(ref: DatasetRef, input: InputShape) -> Preview:
    """Pictures of a data set that is on this computer.

    Raises:
        ExplorerError: The data set cannot be read, or not be brought to this input.
    """
    native = CATALOG[ref.source].input
    if native is None:
        return _own(ref, input)
    images, names, sizes = _native_samples(ref.source)
    converted = _result(convert(images, input, ""))
    return Preview(converted, names, describe(_WHAT[ref.source], native, input), sizes)


def _own(ref: DatasetRef, input: InputShape) -> Preview:
    """People's own pictures, kept in their session only."""
    kept = st.session_state.get(_OWN)
    if kept is None or kept[:2] != (ref, input):
        images, names = samples(ref, input, SAMPLES)
        size = shape_text(input.height_and_width)
        conversion = f"scaled until they just cover {size}, the middle kept"
        if input.channels == 1:
            conversion += ", in grey"
        kept = (ref, input, Preview(images, names, conversion, None))
        st.session_state[_OWN] = kept
    return kept[2]


@st.cache_data(max_entries=8, show_spinner="Reading the data set")
def _native_samples(source: Source) -> tuple[Tensor, tuple[str, ...], tuple[int, int]]:
    """Pictures of as many classes as possible at their own size; the same for everybody."""
    native = CATALOG[source].input
    assert native is not None
    dataset = prepare(DatasetRef(source=source), native)
    labels = dataset.train.labels
    first = [int(torch.nonzero(labels == label)[0]) for label in labels.unique()[:SAMPLES]]
    names = tuple(dataset.classes[int(labels[index])] for index in first)
    sizes = len(dataset.train) + len(dataset.validation), len(dataset.test)
    return dataset.train.images[first], names, sizes


def _result(steps: Generator[object, None, T]) -> T:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
