"""The network being edited in this session: its history, the selected layer, and what went wrong.

`change` is for callbacks: Streamlit runs them before the page, which then shows the new network.
"""

from collections.abc import Callable

import streamlit as st

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec
from explorer.network import edit as edit_tree
from explorer.network.blocks import Path
from explorer.network.history import History
from explorer.ui import state

_HISTORY, _SELECTED, _PROBLEM = "network_history", "network_selected", "network_problem"


def history() -> History:
    """Every state of the carried network, also those chosen on other pages."""
    spec = state.network()
    past: History = st.session_state.get(_HISTORY) or History((spec,))
    st.session_state[_HISTORY] = past.record(spec)
    return st.session_state[_HISTORY]


def selected() -> Path:
    """Path of the selected layer or block; () is the input."""
    return edit_tree.nearest(state.network(), st.session_state.get(_SELECTED, (0,)))


def select(path: Path) -> None:
    """Select a layer or block, or with () the input."""
    _forget_problem()
    st.session_state[_SELECTED] = path


def change(edit: Callable[[NetworkSpec], NetworkSpec], *, then_select: Path | None = None) -> None:
    """Edit the network; if that is refused, it stays and `problem` says why."""
    history()  # remembers the state before
    _forget_problem()
    try:
        state.set_network(edit(state.network()))
    except ExplorerError as error:
        refuse(error)
        return
    if then_select is not None:
        select(then_select)


def refuse(error: ExplorerError) -> None:
    """Say why something was not done; the network stays as it is."""
    st.session_state[_PROBLEM] = error


def undo() -> None:
    """Take the last change back."""
    _go(history().undo())


def redo() -> None:
    """Make the change again that was taken back."""
    _go(history().redo())


def _go(past: History) -> None:
    _forget_problem()
    st.session_state[_HISTORY] = past
    state.set_network(past.now)


def problem() -> ExplorerError | None:
    """Why the last change was refused, until something else is done."""
    return st.session_state.get(_PROBLEM)


def _forget_problem() -> None:
    st.session_state.pop(_PROBLEM, None)
