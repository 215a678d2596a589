"""The network in the page's address: taken from a link, and kept up to date after edits.

A reload and a copied address bring the network back. Nothing that an address holds can break the
page: what cannot be read is said, and the network stays.
"""

from dataclasses import dataclass

import streamlit as st

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec
from explorer.network.link import network_from_text, network_to_text
from explorer.network.presets import TUTORIAL_CNN
from explorer.ui import links, state
from explorer.ui.address_memory import AddressMemory
from explorer.ui.network import edit as network_edit
from explorer.ui.text import plain

PARAMETER = "net"
_WRITTEN, _NOTICES = "network_written", "network_notices"


@dataclass(frozen=True)
class _Written:
    """What this session made the address say last."""

    text: str
    spec: NetworkSpec


def enter() -> None:
    """Take the network that the address asks for, if this page did not write it there itself.

    Call it where the page's script begins.
    """
    query = st.query_params.to_dict()
    text = query.pop(PARAMETER, "")
    if query:
        names = ", ".join(links.quoted(name) for name in list(query)[:4])
        _notice(f"There is no choice {names} on this page; it is left aside.")
    state.choose_network()  # it is seen here
    memory = AddressMemory("network")
    if network_edit.just_edited() or not text or memory.is_old(text):
        return
    memory.overtake(text)
    try:
        spec = network_from_text(text)
    except ExplorerError as error:
        _notice(f"**The network in the link is not used.** {plain(str(error))}")
        return
    if spec != state.network():
        network_edit.change(lambda _: spec, then_select=(0,))
        network_edit.just_edited()


def publish(spec: NetworkSpec) -> str:
    """Make the address say the network; the one this page begins with needs no words.

    Returns:
        What the address says of the network: "" if that is nothing; what is too long it says not.
    """
    last: _Written | None = st.session_state.get(_WRITTEN)
    if last is None or last.spec != spec:
        last = _Written("" if spec == TUTORIAL_CNN else network_to_text(spec), spec)
        st.session_state[_WRITTEN] = last
    AddressMemory("network").says(last.text)
    query = {PARAMETER: last.text} if last.text and fits(last.text) else {}
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)
    return last.text


def fits(text: str) -> bool:
    """Whether a network's text goes into an address."""
    return len(text) <= links.LONGEST_LINK


def link_popover(spec: NetworkSpec) -> None:
    """The link to the network, to copy; or why there is none."""
    text = publish(spec)
    with st.popover("Link", icon=":material/link:", key="network_link"):
        if not fits(text):
            st.markdown(_too_long(text))
            return
        st.caption("Opens this whole network for whoever has the link; point at it to copy it.")
        text = text or network_to_text(spec)
        address = links.address(st.context.url or "", {PARAMETER: text})
        st.code(address, language=None, wrap_lines=True)
        st.caption(f"{len(address):,} characters. It holds the layers, not what they have learned.")


def say(spec: NetworkSpec) -> None:
    """What is to be said about the link, once; and as long as it is so, that there is none."""
    for notice in st.session_state.pop(_NOTICES, []):
        st.warning(notice, icon=":material/link_off:")
    if not fits(text := publish(spec)):
        st.caption(f":material/link_off: {_too_long(text)}")


def _too_long(text: str) -> str:
    return (
        f"This network takes {len(text):,} characters, a link at most {links.LONGEST_LINK:,}. "
        "It stays until you reload the page; the file `network.json` under **Export** keeps it, "
        "and gives it to others."
    )


def _notice(text: str) -> None:
    st.session_state.setdefault(_NOTICES, []).append(text)
