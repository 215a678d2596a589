"""What a person carries from page to page, for as long as their session lasts.

Everything here lives in `st.session_state` under plain (not widget) keys, so that it survives going
to another page and back; nothing is shared between sessions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    from explorer.media import Picture
    from explorer.network import NetworkSpec
    from explorer.ui.see.chosen_input import ChosenInput

PICTURE, NETWORK, RUN = "carried_picture", "carried_network", "carried_run"
PICTURE_KEY = "carried_picture_key"
NETWORK_CHOSEN = "carried_network_chosen"
LAYER = "carried_layer"
FIRST_PICTURE, UPLOAD = "china", "upload"
LONGEST_SIDE = 512  # of a carried picture: more is never shown


def _get(key: str) -> Any:
    return st.session_state.get(key)


def picture() -> Picture:
    """The picture that pages of operations work on; a bundled photograph at first."""
    if _get(PICTURE) is None:
        from explorer.media import samples

        st.session_state[PICTURE] = samples.sample(FIRST_PICTURE, LONGEST_SIDE)
    return _get(PICTURE)


def picture_key() -> str:
    """Which bundled photograph the carried picture is, or `UPLOAD`."""
    return _get(PICTURE_KEY) or FIRST_PICTURE


def set_picture(value: Picture, key: str = UPLOAD) -> None:
    """Carry another picture; `key` says which bundled photograph it is."""
    st.session_state[PICTURE], st.session_state[PICTURE_KEY] = value, key


def network() -> NetworkSpec:
    """The network being built; the tutorial CNN at first."""
    if _get(NETWORK) is None:
        from explorer.network.presets import TUTORIAL_CNN

        st.session_state[NETWORK] = TUTORIAL_CNN
    return _get(NETWORK)


def set_network(value: NetworkSpec) -> None:
    """Carry another network."""
    st.session_state[NETWORK] = value
    choose_network()


def choose_network() -> None:
    """The carried network is what the person wants from now on, also if it is the first one."""
    st.session_state[NETWORK_CHOSEN] = True


def network_is_chosen() -> bool:
    """Whether anybody chose or saw the carried network in this session."""
    return bool(_get(NETWORK_CHOSEN))


def layer(page: str) -> ChosenInput | None:
    """What arrives at the layer of a network that was opened on a page last, or None."""
    return _get(f"{LAYER}_{page}")


def set_layer(page: str, value: ChosenInput) -> None:
    """Carry what arrives at a layer to the page that shows its operation."""
    st.session_state[f"{LAYER}_{page}"] = value


def run_id() -> str | None:
    """The run being looked at, or None when none was chosen yet."""
    return _get(RUN)


def set_run_id(value: str | None) -> None:
    """Carry another run."""
    st.session_state[RUN] = value
