"""The picture that a network is tried on: the carried one, or one of the data set for training."""

from dataclasses import dataclass
from functools import partial

import streamlit as st
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from explorer.datasets.catalog import CATALOG, is_present
from explorer.datasets.reference import DatasetRef, Source
from explorer.media import Volume, volume_sample
from explorer.network.base import shape_text
from explorer.network.spec import InputShape
from explorer.ui import state
from explorer.ui.text import plain
from explorer.ui.train.data_choice import chosen_data
from explorer.ui.train.data_preview import Preview, preview

SMALL_SIDE = 64  # what takes grayscale pictures this small was made for digits and the like
_SOURCE, _WHICH = "maps_picture_source", "maps_picture_which"
_CARRIED, _DATA = "carried", "data"
_STRIP_ROWS = 64  # of the picture that a signal is taken from


@dataclass(frozen=True, eq=False)
class SamplePicture:
    """What goes into a network.

    Attributes:
        title: What it is; may hold text that people wrote.
        values: (1, C, *sizes) float32 in 0..1.
    """

    title: str
    values: Tensor


def sample_choice(input: InputShape, key: str = "maps_sample") -> SamplePicture:
    """Draw the choice of the picture and return it at the size of the input.

    Raises:
        ExplorerError: The data set cannot be read.
    """
    source = _data_source() if _takes_pictures(input) else None
    if source is None:
        return carried_sample(input)
    now = _source(input)
    widget = f"{key}_source"

    def choose() -> None:
        st.session_state[_SOURCE] = st.session_state[widget]

    st.session_state[widget] = now
    titles = {_CARRIED: state.picture().name, _DATA: CATALOG[source[0]].title}
    st.segmented_control(
        "Picture",
        tuple(titles),
        format_func=lambda each: plain(titles[each]),
        required=True,
        key=widget,
        help="The picture you carry, or one of the data set chosen for training; it is brought to "
        "the size of the network's input.",
        on_change=choose,
    )
    if now == _CARRIED:
        return carried_sample(input)
    found = preview(source[1], input)
    which = _which(found, f"{key}_which")
    title = f"{CATALOG[source[0]].title}: {found.names[which]}"
    return SamplePicture(title, found.images[which : which + 1].float() / 255)


def _source(input: InputShape) -> str:
    digits = input.channels == 1 and max(input.height_and_width) <= SMALL_SIDE
    return st.session_state.get(_SOURCE, _DATA if digits else _CARRIED)


def _which(found: Preview, key: str) -> int:
    count = len(found.images)
    st.session_state[key] = min(st.session_state.get(_WHICH, count // 2), count - 1)
    st.segmented_control(
        "Which",
        range(count),
        format_func=lambda index: plain(found.names[index][:24]),
        required=True,
        key=key,
        on_change=partial(_remember, key),
    )
    return min(st.session_state[key], count - 1)


def _remember(key: str) -> None:
    st.session_state[_WHICH] = st.session_state[key]


def _takes_pictures(input: InputShape) -> bool:
    return input.depth is None and input.height is not None and input.channels in (1, 3)


def _data_source() -> tuple[Source, DatasetRef] | None:
    """The data set chosen for training, or the bundled digits where it is not at hand."""
    ref = chosen_data()
    return (ref.source, ref) if ref is not None and is_present(ref.source) else _digits()


def _digits() -> tuple[Source, DatasetRef]:
    return "digits", DatasetRef(source="digits")


def carried_sample(input: InputShape) -> SamplePicture:
    """The carried picture as the network takes it: resized, one of its rows, or a volume.

    Channels beyond those of a picture repeat them in turn.
    """
    if input.depth is not None:
        return _volume(input)
    picture = state.picture()
    mode = "grayscale" if input.channels == 1 else "rgb"
    rows = input.height or _STRIP_ROWS
    values = picture.tensor(mode, (rows, input.width))
    title = picture.name
    if input.height is None:
        values = values[:, rows // 2]
        title = f"{title}, the row in its middle"
    return SamplePicture(_repeated(title, input), _channels(values, input.channels)[None])


def _volume(input: InputShape) -> SamplePicture:
    volume: Volume = st.session_state.get("carried_volume") or volume_sample("walk")
    values = volume.tensor("grayscale" if input.channels == 1 else "rgb")[None]
    sizes = input.shape[1:]
    if tuple(values.shape[2:]) != sizes:
        values = interpolate(values, sizes, mode="trilinear", align_corners=False)
    title = f"{volume.name}, as {shape_text(sizes)}"
    return SamplePicture(_repeated(title, input), _channels(values[0], input.channels)[None])


def _repeated(title: str, input: InputShape) -> str:
    return title if input.channels in (1, 3) else f"{title}, red, green and blue repeated"


def _channels(values: Tensor, channels: int) -> Tensor:
    """(channels, *sizes) from (1 or 3, *sizes)."""
    if len(values) == channels:
        return values.contiguous()
    return values.index_select(0, torch.arange(channels) % len(values)).contiguous()
