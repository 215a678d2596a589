"""The volume of the page Volume: a bundled one, or a file of one's own, kept for the session."""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from explorer.errors import ExplorerError
from explorer.media.samples import VOLUME_SAMPLES, volume_sample
from explorer.media.volumes import VOLUME_FORMATS_TEXT, VOLUME_SUFFIXES, Volume, open_volume
from explorer.ui.see.choice_store import ChoiceStore
from explorer.ui.see.choices import UPLOAD, VolumeChoices
from explorer.ui.text import plain

LONGEST_SIDE, MOST_SLICES = 64, 64  # of an upload that is kept; more is never shown
LARGEST_FILE_MB = 50
_VOLUME, _ERROR, _UPLOADS = "carried_volume", "volume_error", "volume_uploads"


def chosen_volume(store: ChoiceStore[VolumeChoices]) -> Volume:
    """The volume that the choices ask for."""
    if store.now.volume == UPLOAD:
        return st.session_state[_VOLUME]
    return volume_sample(store.now.volume)


def follow(store: ChoiceStore[VolumeChoices], asked: Mapping[str, str]) -> None:
    """A link that was made with somebody's own file shows a bundled one, and says so."""
    if store.now.volume == UPLOAD and _VOLUME not in st.session_state:
        store.change(volume=next(iter(VOLUME_SAMPLES)))
        if asked:
            store.notice(
                "This link was made with a file of somebody's own, which a link cannot hold; "
                "a bundled volume is shown instead."
            )


def volume_choice(store: ChoiceStore[VolumeChoices]) -> None:
    """Which volume, and a place for a file of one's own."""
    own: Volume | None = st.session_state.get(_VOLUME)
    titles = {key: each.title for key, each in VOLUME_SAMPLES.items()}
    if own is not None:
        titles[UPLOAD] = plain(own.name)
    st.selectbox("Volume", tuple(titles), format_func=titles.__getitem__, **store.field("volume"))
    if sample := VOLUME_SAMPLES.get(store.now.volume):
        st.caption(" ".join(filter(None, (sample.about, sample.credit))))
    key = f"volume_upload_{st.session_state.setdefault(_UPLOADS, 0)}"
    st.file_uploader(
        "**A file of your own**",
        list(VOLUME_SUFFIXES),
        key=key,
        max_upload_size=LARGEST_FILE_MB,
        on_change=partial(_take, store, key),
        help=f"It becomes a volume: {VOLUME_FORMATS_TEXT}. It stays in this session.",
    )
    if error := st.session_state.get(_ERROR):
        st.error(plain(error), icon=":material/error:")
    st.select_slider(
        "Slices at most",
        sorted({2, 4, 8, 16, 32, 64, store.now.slices}),
        help="Of more slices some are taken, in equal steps from the first to the last.",
        **store.field("slices"),
    )


def _take(store: ChoiceStore[VolumeChoices], key: str) -> None:
    upload = st.session_state[key]
    if upload is None:
        st.session_state[_ERROR] = None
        return
    name = upload.name[:60]
    try:
        st.session_state[_VOLUME] = open_volume(
            upload.getvalue(), name=name, longest_side=LONGEST_SIDE, most_slices=MOST_SLICES
        )
        store.change(volume=UPLOAD)
        st.session_state[_ERROR] = None
    except ExplorerError as error:
        st.session_state[_ERROR] = f"{name}: {error} The volume before it stays."
    # Another key, another uploader: this one's file is let go.
    st.session_state[_UPLOADS] += 1
