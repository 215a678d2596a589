"""Which pictures to train on: a data set of the catalog or people's own, and at which size."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import BinaryIO, cast

import streamlit as st

from explorer.datasets.catalog import CATALOG, is_present
from explorer.datasets.dataset import Part
from explorer.datasets.folders import FolderSummary, save_upload, summarise
from explorer.datasets.reference import DatasetRef, Source
from explorer.errors import ExplorerError
from explorer.network.base import shape_text
from explorer.network.spec import InputShape, NetworkSpec
from explorer.settings import settings
from explorer.ui.text import count, plain

_UPLOAD, _UPLOADS, _PROBLEM = "uploaded_data", "uploads_so_far", "upload_problem"
_TABLE_HEIGHT = 180


@dataclass(frozen=True)
class DataChoice:
    """What was chosen; `ref` is None while pictures still have to be uploaded."""

    source: Source
    ref: DatasetRef | None
    input: InputShape
    classes: tuple[str, ...]
    present: bool
    """It can be used without a download."""


@dataclass(frozen=True)
class _Upload:
    """The pictures this session uploaded last."""

    ref: DatasetRef
    summary: FolderSummary


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
    if source == "folder":
        upload = _own_pictures()
        classes = upload.summary.classes if upload else ()
        return DataChoice(source, upload.ref if upload else None, network.input, classes, True)
    return DataChoice(
        source=source,
        ref=DatasetRef(source=source, name=info.title),
        input=_input(network.input, info.input),
        classes=info.classes,
        present=is_present(source),
    )


def chosen_classes() -> int | None:
    """How many classes the data set has that was chosen in this session; None if none was."""
    source: Source | None = st.session_state.get("data_source")
    if source is None:
        return None
    if source == "folder":
        upload: _Upload | None = st.session_state.get(_UPLOAD)
        return len(upload.summary.classes) if upload else None
    return len(CATALOG[source].classes)


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


def _own_pictures() -> _Upload | None:
    """Upload a zip, and see what was found in the last one."""
    # Another key after each upload empties the uploader: the zip is on disk, not in memory too.
    number = st.session_state.setdefault(_UPLOADS, 0)
    file = st.file_uploader(
        "Zip of pictures",
        type="zip",
        key=f"upload_{number}",
        max_upload_size=settings().max_upload_mb,
        help="One folder per class: cats/1.jpg, cats/2.jpg, dogs/1.jpg, ... Folders train, "
        "validation and test above them are respected.",
    )
    if file is not None:
        _keep(cast(BinaryIO, file), PurePath(file.name).stem)
        st.session_state[_UPLOADS] += 1
        st.rerun()
    if problem := st.session_state.get(_PROBLEM):
        st.error(plain(problem), icon=":material/error:")
    upload: _Upload | None = st.session_state.get(_UPLOAD)
    if upload is not None:
        _found(upload)
    return upload


def _keep(file: BinaryIO, name: str) -> None:
    st.session_state[_PROBLEM] = None
    try:
        with st.spinner("Looking into the zip"):
            ref = save_upload(file, name)
            st.session_state[_UPLOAD] = _Upload(ref, summarise(ref))
    except ExplorerError as error:
        st.session_state[_PROBLEM] = str(error)


def _found(upload: _Upload) -> None:
    summary = upload.summary
    st.markdown(
        f"**{plain(upload.ref.name)}**: {count(summary.pictures, 'picture')} in "
        f"{len(summary.classes):,} classes."
    )
    columns = {part.name.lower(): list(counts) for part, counts in summary.counts.items()}
    st.dataframe(
        {"class": list(summary.classes), **columns},
        height=min(_TABLE_HEIGHT, 38 * (1 + len(summary.classes))),
        alt="Pictures of each class",
    )
    absent = [part.name.lower() for part in Part if part not in summary.counts]
    if absent:
        st.caption(f"It has no folders for {' and '.join(absent)}: pictures are split off for it.")
    for problem in summary.problems:
        st.caption(f":material/warning: {plain(problem)}")
