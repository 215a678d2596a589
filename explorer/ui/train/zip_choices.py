"""How the pictures of a zip become a network's input, and which of them stay together."""

import streamlit as st

from explorer.datasets.dataset import Part
from explorer.datasets.folders import FolderSummary
from explorer.datasets.reference import DatasetRef, Fit, Grouping
from explorer.network.base import shape_text
from explorer.network.spec import InputShape
from explorer.ui.text import plain

SIDES = (32, 64, 96, 128)
CHANNELS = {1: "grey", 3: "colour"}
FITS: dict[Fit, str] = {
    "crop": "crop the rest",
    "pad": "pad with black",
    "stretch": "stretch",
}
GROUPINGS: dict[Grouping, str] = {
    "none": "nothing",
    "folder": "the same folder",
    "name": "the same name but the number",
}

_SIZE, _STRATIFY, _WANTED = "zip_size", "zip_stratify", "zip_wanted_ways"


def use_input(network: InputShape, wanted: InputShape) -> None:
    """Have the choices show this size and these colours, for a network of that input."""
    if wanted.depth is None and wanted.height is not None:
        st.session_state[_SIZE] = shape_text(wanted.height_and_width)
    if wanted.channels in CHANNELS:
        st.session_state[_channels_key(network)] = wanted.channels


def use_ways(ref: DatasetRef) -> None:
    """Have the choices show how this zip's pictures are prepared, once it is chosen."""
    st.session_state[_WANTED] = ref


def _channels_key(network: InputShape) -> str:
    return f"zip_channels_{network.channels}"


def zip_input(network: InputShape, inputs: tuple[InputShape, ...]) -> InputShape:
    """The size and colours of the network's input, which may be adapted.

    Args:
        network: The input that the network has.
        inputs: Sizes at which the pictures are there already.
    """
    if network.depth is not None or network.height is None or network.channels not in CHANNELS:
        return network  # for which the plan says what is wrong
    sizes = [network.height_and_width, *(input.height_and_width for input in inputs)]
    sizes += [(side, side) for side in SIDES]
    texts = list(dict.fromkeys(map(shape_text, sizes)))
    if st.session_state.get(_SIZE) not in texts:  # that of another network
        st.session_state.pop(_SIZE, None)
    left, right = st.columns(2)
    size = left.selectbox(
        "Picture size",
        texts,
        key=_SIZE,
        help="height × width. The first is the network’s own; to another the network is adapted.",
        persist_state="session",
    )
    channels = right.selectbox(
        "Colours",
        list(CHANNELS),
        index=list(CHANNELS).index(network.channels),
        format_func=CHANNELS.__getitem__,
        key=_channels_key(network),
        help="1 channel (grey) or 3 (red, green, blue); the network is adapted.",
        persist_state="session",
    )
    height, width = next(one for one in sizes if shape_text(one) == size)
    return InputShape(channels=channels, height=height, width=width)


def zip_ways(ref: DatasetRef, summary: FolderSummary) -> DatasetRef:
    """The same zip with what was chosen about it."""
    key = f"zip_fit_{ref.fit}"
    wanted: DatasetRef | None = st.session_state.pop(_WANTED, None)
    if wanted is not None and wanted.archive == ref.archive:
        st.session_state[key] = wanted.fit
        st.session_state[_STRATIFY] = wanted.stratify
    else:
        wanted = None
    with st.expander("How pictures are prepared"):
        fit: Fit = st.selectbox(
            "Other proportions",
            list(FITS),
            index=list(FITS).index(ref.fit),
            format_func=FITS.__getitem__,
            key=key,
            help=f"`fit` · {DatasetRef.model_fields['fit'].description}",
            persist_state="session",
        )
        group, stratify = _splitting(summary, wanted.group if wanted else None)
    return ref.model_copy(update={"fit": fit, "group": group, "stratify": stratify})


def _splitting(summary: FolderSummary, wanted: Grouping | None) -> tuple[Grouping, bool]:
    """How pictures are split off, where the zip does not say so for all parts.

    `wanted` is what to keep together from now on; None leaves the choice as it is.
    """
    if Part.VALIDATION in summary.counts and Part.TEST in summary.counts:
        return "none", True
    useful: list[Grouping] = [
        way for way, facts in summary.groups.items() if 2 < facts.count < summary.pictures
    ]
    group: Grouping = "none"
    if useful:
        ways: list[Grouping] = ["none", *useful]
        key = f"zip_group_{'_'.join(useful)}"
        if wanted in ways:
            st.session_state[key] = wanted
        group = st.selectbox(
            "Keep together",
            ways,
            format_func=GROUPINGS.__getitem__,
            key=key,
            help=f"`group` · {DatasetRef.model_fields['group'].description}",
            persist_state="session",
        )
    if group != "none":
        facts = summary.groups[group]
        name, size = facts.largest
        st.caption(f"{facts.count:,} groups; the largest, “{plain(name)}”, has {size:,}.")
    stratify = st.checkbox(
        "The same share of every class",
        True,
        key=_STRATIFY,
        help=f"`stratify` · {DatasetRef.model_fields['stratify'].description}",
        persist_state="session",
    )
    return group, stratify
