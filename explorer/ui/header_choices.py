"""The popovers in the header of every page: what is in them is made when they are opened."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from explorer.ui.text import plain


@contextmanager
def choices_of(what: str, name: str, explanation: str) -> Iterator[bool]:
    """A popover for the choices of the carried picture, network or run.

    Every page has it and is run at every click: while nobody looks into the popover its dozens of
    buttons are not made.

    Args:
        what: "picture", "network" or "run".
        name: What is carried now, as people call it.
        explanation: Shown when the pointer rests on it.

    Yields:
        Whether it is open.
    """
    popover = st.popover(
        f"{what.capitalize()}: {plain(name)}",
        help=explanation,
        key=_key(what),
        on_change="rerun",
    )
    with popover:
        yield bool(popover.open)


def close(what: str) -> None:
    """Close the popover once something was chosen in it; for callbacks."""
    st.session_state[_key(what)] = False


def _key(what: str) -> str:
    return f"carried_{what}_choices"
