"""People's own pictures: upload a zip, or choose one that was uploaded from this browser before."""

from pathlib import PurePath
from typing import BinaryIO, cast

import streamlit as st

from explorer.datasets.folders import FolderSummary
from explorer.datasets.reference import DatasetRef
from explorer.datasets.uploads import save_upload, summarise, uploads_of
from explorer.errors import ExplorerError
from explorer.settings import settings
from explorer.ui.identity import visitor
from explorer.ui.text import plain

_UPLOADS, _PROBLEM, _CHOSEN = "uploads_so_far", "upload_problem", "own_zip"


def own_pictures() -> DatasetRef | None:
    """The zip to train on, as far as this visitor has uploaded any."""
    # Another key after each upload empties the uploader: the zip is on disk, not in memory too.
    number = st.session_state.setdefault(_UPLOADS, 0)
    file = st.file_uploader(
        "Zip of pictures",
        type="zip",
        key=f"upload_{number}",
        max_upload_size=settings().max_upload_mb,
        help="One folder per class: cats/1.jpg, cats/2.jpg, dogs/1.jpg, ... Folders train, "
        "validation and test above them, or inside each of them, are respected. Or pictures and a "
        "CSV: a column file and a column of 0 and 1 per class, or a column labels with cat|dog.",
    )
    if file is not None:
        _keep(cast(BinaryIO, file), PurePath(file.name).stem)
        st.session_state[_UPLOADS] += 1
        st.rerun()
    if problem := st.session_state.get(_PROBLEM):
        st.error(plain(problem), icon=":material/error:")
    return _one_of(uploads_of(visitor()))


def choose_own(ref: DatasetRef) -> None:
    """Have the choice among uploaded zips show this one from now on."""
    st.session_state[_CHOSEN] = ref.archive


def summary_of(ref: DatasetRef) -> FolderSummary | None:
    """What is in a zip; None, and why is said, if it cannot be read."""
    try:
        return _summary(ref.model_dump_json(include={"source", "archive", "name"}))
    except ExplorerError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None


@st.cache_data(max_entries=64, ttl=60, show_spinner="Looking into the zip")
def _summary(ref: str) -> FolderSummary:
    return summarise(DatasetRef.model_validate_json(ref))


def _one_of(refs: tuple[DatasetRef, ...]) -> DatasetRef | None:
    by_archive = {f"{ref.archive}": ref for ref in refs}
    if len(refs) < 2:
        return refs[0] if refs else None
    chosen: str = st.selectbox(
        "Uploaded zip",
        list(by_archive),
        format_func=lambda archive: by_archive[archive].name or "pictures",
        key=_CHOSEN,
        help="The newest first. A zip that no run was started with is deleted after "
        f"{settings().keep_uploads_days:g} days.",
        persist_state="session",
    )
    return by_archive[chosen]


def _keep(file: BinaryIO, name: str) -> None:
    st.session_state[_PROBLEM] = None
    try:
        with st.spinner("Looking into the zip"):
            ref = save_upload(file, name, owner=visitor())
        st.session_state[_CHOSEN] = ref.archive
    except ExplorerError as error:
        st.session_state[_PROBLEM] = str(error)
