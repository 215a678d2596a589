"""The carried picture: what it is, and choosing or uploading another."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.media import FORMATS_TEXT, SAMPLES, Picture, open_picture, sample
from explorer.ui import state
from explorer.ui.header_choices import choices_of, close
from explorer.ui.see.choice_store import ChoiceStore, forget_edits
from explorer.ui.see.choices import FlatInput
from explorer.ui.text import plain

_ERROR, _UPLOADS = "picture_error", "picture_uploads"
LARGEST_FILE_MB = 50  # a phone's photograph has 3 to 15; uploads are held in memory
_SUFFIXES = ["jpg", "jpeg", "png", "webp", "gif", "bmp"]


def picture_choice() -> None:
    """The carried picture, small, and the choices that open beside it."""
    picture = state.picture()
    # Made small first: Streamlit cannot scale down what would be less than one pixel high.
    small = picture.bytes_tensor("rgb", 48).permute(1, 2, 0).numpy()
    st.image(small, output_format="PNG", width=48)
    with choices_of("picture", picture.name, "Choose or upload another picture") as opened:
        if opened:
            _samples()
            _upload()


def picture_problem() -> None:
    """What was wrong with the last upload, if anything was."""
    with st.container():  # there even when empty, so that what follows stays what it was
        if error := st.session_state.get(_ERROR):
            st.error(plain(error), icon=":material/error:")


def _samples() -> None:
    st.markdown("**A photograph that is here already**")
    for column, (key, each) in zip(st.columns(len(SAMPLES)), SAMPLES.items(), strict=True):
        with column:
            st.image(sample(key, 160).pixels, output_format="PNG", caption=each.credit)
            st.button(
                each.title,
                key=f"sample_{key}",
                on_click=partial(_take_sample, key),
                width="stretch",
            )


def _upload() -> None:
    key = f"picture_upload_{st.session_state.setdefault(_UPLOADS, 0)}"
    st.file_uploader(
        "**Your own picture**",
        _SUFFIXES,
        key=key,
        max_upload_size=LARGEST_FILE_MB,
        on_change=partial(_take_upload, key),
        help=f"{FORMATS_TEXT}; a picture can also be pasted here. It stays in this session.",
    )


def _take_sample(key: str) -> None:
    _take(sample(key, state.LONGEST_SIDE), key)


def _take_upload(key: str) -> None:
    upload = st.session_state[key]
    if upload is None:
        st.session_state[_ERROR] = None
        return
    try:
        _take(
            open_picture(upload.getvalue(), longest_side=state.LONGEST_SIDE, name=upload.name[:60])
        )
    except ExplorerError as error:
        st.session_state[_ERROR] = f"{upload.name[:60]}: {error} The picture before it stays."
    # Another key, another uploader: this one's file, many megabytes perhaps, is let go.
    st.session_state[_UPLOADS] += 1


def _take(picture: Picture, key: str = state.UPLOAD) -> None:
    state.set_picture(picture, key)
    forget_edits()  # they name cells of the picture before
    close("picture")
    st.session_state[_ERROR] = None


def follow(store: ChoiceStore[Any], asked: Mapping[str, str]) -> None:
    """Let a page of operations and the carried picture agree.

    Args:
        asked: The parameters of a link that was just taken: its picture becomes the carried one.
    """
    now = store.now
    if asked and isinstance(now, FlatInput) and now.input in ("picture", "row"):
        if now.picture == state.UPLOAD and state.picture_key() != state.UPLOAD:
            store.notice(
                "This link was made with a picture of somebody's own, which a link cannot hold; "
                "another picture is shown instead."
            )
        elif now.picture != state.picture_key():
            state.set_picture(sample(now.picture, state.LONGEST_SIDE), now.picture)
    if now.picture != state.picture_key():
        store.change(picture=state.picture_key())
