"""A few real pictures of a data set, as the network will see them."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

import streamlit as st
import torch
from torch import Tensor

from explorer.datasets import voc
from explorer.datasets.catalog import CATALOG, prepare
from explorer.datasets.convert import FIT_WORDS, convert, describe, describe_channels
from explorer.datasets.downloadable import DOWNLOADS
from explorer.datasets.photographs import label_text, samples, spread
from explorer.datasets.picture_files import decode_files
from explorer.datasets.reference import ZIPPED, DatasetRef, Source
from explorer.network.base import shape_text
from explorer.network.spec import InputShape

SAMPLES = 12
SHOWN_PIXELS = 60  # twelve in a row
_WHAT: dict[Source, str] = {
    "digits": "digits",
    **{source: download.what for source, download in DOWNLOADS.items()},
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
    converted = _result(convert(images, input, "", ref.fit))
    conversion = describe(_WHAT[ref.source], native, input, ref.fit)
    return Preview(converted, names, conversion, sizes)


def _own(ref: DatasetRef, input: InputShape) -> Preview:
    """Pictures of many sizes; those of a zip are kept in the session of who sees them only."""
    kept = st.session_state.get(_OWN)
    if kept is None or kept[:2] != (ref, input):
        images, names = _files(ref, input)
        conversion = FIT_WORDS[ref.fit].format(shape_text(input.height_and_width))
        conversion += describe_channels({3}, input)
        kept = (ref, input, Preview(images, names, conversion, None))
        st.session_state[_OWN] = kept
    return kept[2]


def _files(ref: DatasetRef, input: InputShape) -> tuple[Tensor, tuple[str, ...]]:
    if ref.source in ZIPPED:
        return samples(ref, input, SAMPLES)
    found = list(voc.samples(SAMPLES))
    images, _ = _result(decode_files((it for it, _ in found), len(found), input, ref.fit))
    classes = CATALOG[ref.source].classes
    return images, tuple(label_text(classes, labels) for _, labels in found)


@st.cache_data(max_entries=8, show_spinner="Reading the data set")
def _native_samples(source: Source) -> tuple[Tensor, tuple[str, ...], tuple[int, int]]:
    """Pictures of as many classes as possible at their own size; the same for everybody."""
    native = CATALOG[source].input
    assert native is not None
    dataset = prepare(DatasetRef(source=source), native)
    labels = dataset.train.labels
    chosen = spread(labels, SAMPLES)
    names = tuple(dataset.classes[int(labels[index])] for index in chosen)
    sizes = len(dataset.train) + len(dataset.validation), len(dataset.test)
    return dataset.train.take(torch.tensor(chosen)), names, sizes


def _result(steps: Generator[object, None, T]) -> T:
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
