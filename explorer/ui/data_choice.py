"""Which pictures to train on: a data set of the catalog or people's own, and at which size."""

from dataclasses import dataclass

import streamlit as st

from explorer.datasets.catalog import CATALOG, is_present
from explorer.datasets.reference import DatasetRef, Source
from explorer.network.base import shape_text
from explorer.network.spec import InputShape, NetworkSpec


@dataclass(frozen=True)
class DataChoice:
    """What was chosen: the data set, what the network gets of it, and whether it is at hand."""

    ref: DatasetRef
    input: InputShape
    classes: tuple[str, ...]
    present: bool


def data_choice(network: NetworkSpec) -> DataChoice:
    """Draw the choice of data; it lasts as long as the session."""
    source: Source = st.selectbox(
        "Data set",
        list(CATALOG),
        format_func=lambda source: CATALOG[source].title,
        key="data_source",
        persist_state="session",
    )
    info = CATALOG[source]
    st.caption(info.description)
    return DataChoice(
        ref=DatasetRef(source=source, name=info.title),
        input=_input(network.input, info.input),
        classes=info.classes,
        present=is_present(source),
    )


def _input(network: InputShape, native: InputShape | None) -> InputShape:
    """The pictures are brought to the network's input, or the network to theirs."""
    if native is None or native == network:
        return network
    fit = st.segmented_control(
        "Picture size",
        ["pictures", "network"],
        default="pictures",
        required=True,
        format_func=lambda way: shape_text((network if way == "pictures" else native).shape),
        key="data_fit",
        help="channels × height × width. The first is the network’s input, to which pictures are "
        "converted; the second is the pictures’ own, to which the network is adapted.",
        persist_state="session",
    )
    return network if fit == "pictures" else native
