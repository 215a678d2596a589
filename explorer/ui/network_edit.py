"""The network being edited in this session: its history, the selected layer, and what went wrong.

`change` is for callbacks: Streamlit runs them before the page, which then shows the new network.
"""

from collections.abc import Callable

import streamlit as st

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec
from explorer.network.edit import History
from explorer.ui import state
from explorer.ui.network_view import INPUT_INDEX

_HISTORY, _SELECTED, _PROBLEM = "network_history", "network_selected", "network_problem"


def history() -> History:
    """Every state of the carried network, also those chosen on other pages."""
    spec = state.network()
    past: History = st.session_state.get(_HISTORY) or History((spec,))
    st.session_state[_HISTORY] = past.record(spec)
    return st.session_state[_HISTORY]


def selected() -> int:
    """Index of the selected layer; -1 is the input."""
    last = len(state.network().layers) - 1
    return max(INPUT_INDEX, min(last, st.session_state.get(_SELECTED, 0)))


def select(index: int) -> None:
    """Select a layer, or with -1 the input."""
    _forget_problem()
    st.session_state[_SELECTED] = index


def change(edit: Callable[[NetworkSpec], NetworkSpec], *, then_select: int | None = None) -> None:
    """Edit the network; if that is refused, it stays and `problem` says why."""
    history()  # remembers the state before
    _forget_problem()
    try:
        state.set_network(edit(state.network()))
    except ExplorerError as error:
        st.session_state[_PROBLEM] = error
        return
    if then_select is not None:
        select(then_select)


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
