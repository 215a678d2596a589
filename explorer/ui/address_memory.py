"""What a page made its address say: so that it does not take its own words for somebody's wish."""

import time

import streamlit as st

_STALE_SECONDS = 3.0
"""How long after an edit the address of before may still be on its way here from the browser."""


class AddressMemory:
    """What one page's address says of the choices made on it, in this session."""

    def __init__(self, page: str) -> None:
        self._said, self._overtaken = f"{page}_address_said", f"{page}_address_overtaken"

    def is_old(self, text: str) -> bool:
        """Whether an address is this page's own, or has just been overtaken by an edit."""
        if text == st.session_state.get(self._said):
            return True
        overtaken: dict[str, float] = st.session_state.get(self._overtaken, {})
        return time.monotonic() - overtaken.get(text, -_STALE_SECONDS) < _STALE_SECONDS

    def overtake(self, text: str) -> None:
        """Remember that the address no longer says this, for as long as it may still arrive."""
        now = time.monotonic()
        overtaken: dict[str, float] = st.session_state.get(self._overtaken, {})
        recent = {old: when for old, when in overtaken.items() if now - when < _STALE_SECONDS}
        st.session_state[self._overtaken] = {**recent, text: now}

    def says(self, text: str) -> None:
        """Remember that the address says this from now on."""
        before: str | None = st.session_state.get(self._said)
        if before is not None and before != text:
            self.overtake(before)
        st.session_state[self._said] = text
