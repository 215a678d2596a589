"""The network being edited in this session: its history, the selected layer, and what went wrong.

`change` is for callbacks: Streamlit runs them before the page, which then shows the new network.
"""

from collections.abc import Callable

import streamlit as st

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec
from explorer.network import edit as edit_tree
from explorer.network.blocks import Path, walk
from explorer.network.history import History, Touched, difference
from explorer.ui import state

_HISTORY, _SELECTED, _PROBLEM = "network_history", "network_selected", "network_problem"
_EDITED = "network_just_edited"


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


def change(
    edit: Callable[[NetworkSpec], NetworkSpec],
    *,
    then_select: Path | None = None,
    touched: Path | None = None,
) -> None:
    """Edit the network; if that is refused, it stays and `problem` says why.

    Args:
        edit: Gives the new network.
        then_select: Path of what is selected after the edit; by default what was before it.
        touched: Path of what is edited, which undo selects; by default what is selected.
    """
    past = history()  # remembers the state before
    _forget_problem()
    before = selected() if touched is None else touched
    old = state.network()
    try:
        new = edit(old)
    except ExplorerError as error:
        refuse(error)
        return
    state.set_network(new)
    note_edit()
    if then_select is not None:
        select(then_select)
    after = selected()
    if then_select is None and touched is None and _is_same(old, new, before):
        before = after = difference(old, new)  # a repair of another layer
    st.session_state[_HISTORY] = past.record(new, Touched(before, after))


def _is_same(old: NetworkSpec, new: NetworkSpec, path: Path) -> bool:
    """Whether an edit left what is at `path` as it was."""
    if not path:
        return old.input == new.input
    nodes = [{at: node for at, _, node in walk(spec.layers)}.get(path) for spec in (old, new)]
    return nodes[0] == nodes[1]


def refuse(error: ExplorerError) -> None:
    """Say why something was not done; the network stays as it is."""
    st.session_state[_PROBLEM] = error


def undo() -> None:
    """Take the last change back, and select what it was about."""
    past = history()
    if past.can_undo:
        _go(past.undo(), past.undone)


def redo() -> None:
    """Make the change again that was taken back, and select what it is about."""
    past = history()
    if past.can_redo:
        _go(past.redo(), past.redone)


def _go(past: History, touched: Path) -> None:
    st.session_state[_HISTORY] = past
    state.set_network(past.now)
    note_edit()
    select(touched)


def note_edit() -> None:
    """Remember that this run of the page comes from an edit."""
    st.session_state[_EDITED] = True


def just_edited() -> bool:
    """Whether there was an edit since this was asked last: the address cannot know of it yet."""
    return st.session_state.pop(_EDITED, False)


def problem() -> ExplorerError | None:
    """Why the last change was refused, until something else is done."""
    return st.session_state.get(_PROBLEM)


def _forget_problem() -> None:
    st.session_state.pop(_PROBLEM, None)
