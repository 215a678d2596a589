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
    left, right = st.columns(2)
    size = left.selectbox(
        "Picture size",
        list(dict.fromkeys(map(shape_text, sizes))),
        key="zip_size",
        help="height × width. The first is the network’s own; to another the network is adapted.",
        persist_state="session",
    )
    channels = right.selectbox(
        "Colours",
        list(CHANNELS),
        index=list(CHANNELS).index(network.channels),
        format_func=CHANNELS.__getitem__,
        key=f"zip_channels_{network.channels}",
        help="1 channel (grey) or 3 (red, green, blue); the network is adapted.",
        persist_state="session",
    )
    height, width = next(one for one in sizes if shape_text(one) == size)
    return InputShape(channels=channels, height=height, width=width)


def zip_ways(ref: DatasetRef, summary: FolderSummary) -> DatasetRef:
    """The same zip with what was chosen about it."""
    with st.expander("How pictures are prepared"):
        fit: Fit = st.selectbox(
            "Other proportions",
            list(FITS),
            index=list(FITS).index(ref.fit),
            format_func=FITS.__getitem__,
            key=f"zip_fit_{ref.fit}",
            help=f"`fit` · {DatasetRef.model_fields['fit'].description}",
            persist_state="session",
        )
        group, stratify = _splitting(summary)
    return ref.model_copy(update={"fit": fit, "group": group, "stratify": stratify})


def _splitting(summary: FolderSummary) -> tuple[Grouping, bool]:
    """How pictures are split off, where the zip does not say so for all parts."""
    if Part.VALIDATION in summary.counts and Part.TEST in summary.counts:
        return "none", True
    useful: list[Grouping] = [
        way for way, facts in summary.groups.items() if 2 < facts.count < summary.pictures
    ]
    group: Grouping = "none"
    if useful:
        ways: list[Grouping] = ["none", *useful]
        group = st.selectbox(
            "Keep together",
            ways,
            format_func=GROUPINGS.__getitem__,
            key=f"zip_group_{'_'.join(useful)}",
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
        key="zip_stratify",
        help=f"`stratify` · {DatasetRef.model_fields['stratify'].description}",
        persist_state="session",
    )
    return group, stratify
