"""Which pictures to train on: a data set of the catalog or people's own, and at which size."""

from dataclasses import dataclass
from typing import cast

import streamlit as st

from explorer.datasets.catalog import CATALOG, is_present
from explorer.datasets.downloadable import DOWNLOADS
from explorer.datasets.folders import FolderSummary
from explorer.datasets.prepared import Prepared, all_prepared
from explorer.datasets.reference import ZIPPED, DatasetRef, Source
from explorer.datasets.uploads import uploads_of
from explorer.network.base import shape_text
from explorer.network.spec import InputShape, NetworkSpec
from explorer.ui.identity import visitor
from explorer.ui.train.data_facts import catalog_classes, left_out, zip_classes
from explorer.ui.train.own_pictures import choose_own, own_pictures, summary_of
from explorer.ui.train.zip_choices import use_input, use_ways, zip_input, zip_ways

_CHOSEN, _ZIP, _FIT = "data_source", "uploaded_data", "data_fit"
_WANTED = "data_wanted_input"


@dataclass(frozen=True)
class _Zip:
    """The zip that is chosen, for other pages."""

    ref: DatasetRef
    summary: FolderSummary


@dataclass(frozen=True)
class DataChoice:
    """What was chosen; `ref` is None while pictures still have to be uploaded."""

    source: Source
    ref: DatasetRef | None
    input: InputShape
    classes: tuple[str, ...]
    present: bool
    """It can be used without a download."""
    multi_label: bool = False
    """A picture may show several classes, or none."""


def data_choice(network: NetworkSpec) -> DataChoice:
    """Draw the choice of data; it lasts as long as the session."""
    wanted: InputShape | None = st.session_state.pop(_WANTED, None)
    if wanted is not None:
        st.session_state[_FIT] = "pictures" if wanted == network.input else "network"
        use_input(network.input, wanted)
    named = filter(_is_named, CATALOG)
    prepared = {f"{one.ref.archive}": one for one in all_prepared()}
    options = [*named, *prepared, "folder"]
    chosen: str = st.selectbox(
        "Data set",
        options,
        format_func=lambda option: _title(option, prepared),
        key=_CHOSEN,
        persist_state="session",
    )
    if chosen in prepared:
        st.caption(CATALOG["prepared"].description)
        return _of_zip(prepared[chosen].ref, network.input, prepared[chosen].inputs)
    if chosen == "folder":
        st.caption(CATALOG["folder"].description)
        ref = own_pictures()
        if ref is None:
            st.session_state.pop(_ZIP, None)
            return DataChoice("folder", None, network.input, (), True)
        return _of_zip(ref, network.input, ())
    return _of_catalog(cast(Source, chosen), network.input)


def use_data(ref: DatasetRef, input: InputShape | None) -> bool:
    """Have the choice show this data set from now on, if it is here for this visitor.

    Args:
        ref: Which, and how a zip's pictures are prepared.
        input: The size and colours in which the pictures come to the network, if that is known.

    Returns:
        Whether it is here; else the choice stays as it is.
    """
    chosen = ref.source
    if ref.source in ZIPPED:
        mine = uploads_of(visitor()) if ref.source == "folder" else _prepared_refs()
        if ref.archive not in {one.archive for one in mine}:
            return False
        if ref.source == "folder":
            choose_own(ref)
        else:
            chosen = ref.archive
        use_ways(ref)
    st.session_state[_CHOSEN] = chosen
    st.session_state[_WANTED] = input
    return True


def use_upload() -> None:
    """Have the choice be about one's own pictures, which may still have to be uploaded."""
    st.session_state[_CHOSEN] = "folder"


def _prepared_refs() -> tuple[DatasetRef, ...]:
    return tuple(one.ref for one in all_prepared())


def known_zips() -> tuple[DatasetRef, ...]:
    """All zips that this visitor can choose."""
    return (*uploads_of(visitor()), *_prepared_refs())


def chosen_data() -> DatasetRef | None:
    """The data set that was chosen in this session; None if none was, or it is not uploaded yet."""
    chosen: str | None = st.session_state.get(_CHOSEN)
    if chosen is None or _is_named(chosen):
        return None if chosen is None else DatasetRef(source=cast(Source, chosen))
    zipped: _Zip | None = st.session_state.get(_ZIP)
    return zipped.ref if zipped else None


def chosen_classes() -> int | None:
    """How many classes the data set has that was chosen in this session; None as `chosen_data`."""
    chosen: str | None = st.session_state.get(_CHOSEN)
    if chosen is None or _is_named(chosen):
        return None if chosen is None else len(CATALOG[cast(Source, chosen)].classes)
    zipped: _Zip | None = st.session_state.get(_ZIP)
    return len(zipped.summary.classes) if zipped else None


def _is_named(option: str) -> bool:
    """Whether it is a data set of the catalog and no zip."""
    return option in CATALOG and option not in ZIPPED


def _title(option: str, prepared: dict[str, Prepared]) -> str:
    if option in prepared:
        return f"{prepared[option].ref.name} (prepared here)"
    source = cast(Source, option)
    title = CATALOG[source].title
    if not is_present(source):
        title += f" (a download of {DOWNLOADS[source].megabytes} MB)"
    return title


def _of_catalog(source: Source, network: InputShape) -> DataChoice:
    info = CATALOG[source]
    present = is_present(source)
    st.caption(f"{info.description} Source: {info.licence}.")
    choice = DataChoice(
        source=source,
        ref=DatasetRef(source=source, name=info.title),
        input=_input(network, info.input) if info.input else zip_input(network, ()),
        classes=info.classes,
        present=present,
        multi_label=info.multi_label,
    )
    catalog_classes(source, present)
    return choice


def _of_zip(ref: DatasetRef, network: InputShape, inputs: tuple[InputShape, ...]) -> DataChoice:
    summary = summary_of(ref)
    if summary is None:
        st.session_state.pop(_ZIP, None)
        return DataChoice(ref.source, None, network, (), True)
    zip_classes(ref.name, summary)
    input = zip_input(network, inputs)
    ref = zip_ways(ref, summary)
    left_out(ref, input)
    st.session_state[_ZIP] = _Zip(ref, summary)
    return DataChoice(ref.source, ref, input, summary.classes, True, summary.multi_label)


def _input(network: InputShape, native: InputShape) -> InputShape:
    """The pictures are brought to the network's input, or the network to theirs."""
    if native == network:
        return network
    fit = st.segmented_control(
        "Picture size",
        ["pictures", "network"],
        default="pictures",
        required=True,
        format_func=lambda way: shape_text((network if way == "pictures" else native).shape),
        key=_FIT,
        help="channels × height × width. The first is the network’s input, to which pictures are "
        "converted; the second is the pictures’ own, to which the network is adapted.",
        persist_state="session",
    )
    return network if fit == "pictures" else native
