"""The table of layers: select, drag to reorder, and edit with the keyboard."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec, edit
from explorer.network.blocks import Path, walk
from explorer.network.shapes import Trace
from explorer.ui import assets, network_edit, state
from explorer.ui.network_place import one_down, one_up
from explorer.ui.network_rows import table_rows

_TABLE = "network_table"
_REVISION, _REFUSED = "network_table_revision", "network_table_refused"


def network_table(spec: NetworkSpec, traced: Trace, data: dict[str, Any]) -> None:
    """The table of `network_view.view_data`; what is done in it edits the network."""
    problem = network_edit.problem()
    refused = problem if problem is st.session_state.get(_REFUSED) else None
    shown = {name: value for name, value in data.items() if name != "items"}
    assets.component(_TABLE)(
        key=_TABLE,
        data={
            **shown,
            "rows": table_rows(spec, data["items"]),
            "frozen": traced.frozen_parameters,
            # A new number after each action: the browser waits for it before it sends another.
            "revision": st.session_state.get(_REVISION, 0),
            "refused": str(refused) if refused else "",
        },
        on_select_change=_selected,
        on_move_change=_moved,
        on_act_change=_acted,
    )


def _sent(name: str) -> Any:
    """What the browser sent under this name, in any form: it may come from anywhere."""
    return (st.session_state.get(_TABLE) or {}).get(name)


def _selected() -> None:
    index = _sent("select")
    if index == -1:
        network_edit.select(())
        return
    paths = [path for path, _, _ in walk(state.network().layers)]
    if isinstance(index, int) and 0 <= index < len(paths):
        network_edit.select(paths[index])


def _moved() -> None:
    sent = _sent("move")
    if isinstance(sent, dict):
        path, to = _path(sent.get("from")), _path(sent.get("to"))
        if path and to:
            _do(sent.get("name"), path, lambda: _relocate(path, to))


def _acted() -> None:
    sent = _sent("act")
    if not isinstance(sent, dict) or not isinstance(what := sent.get("do"), str):
        return
    if what in _WITHOUT_A_ROW:
        _do(None, (), _WITHOUT_A_ROW[what])
    elif what in _OF_A_ROW and (path := _path(sent.get("path"))):
        _do(sent.get("name"), path, partial(_OF_A_ROW[what], path))


def _path(sent: Any) -> Path:
    """A path as the browser sends it; () if it is none."""
    if not isinstance(sent, list) or not all(type(number) is int for number in sent):
        return ()
    return tuple(sent)


def _do(name: Any, path: Path, action: Callable[[], None]) -> None:
    """Act on the row called `name`, unless another edit has put another node in its place."""
    st.session_state[_REVISION] = st.session_state.get(_REVISION, 0) + 1
    names = [full for at, full, _ in walk(state.network().layers) if at == path]
    if path and names != [name]:
        network_edit.refuse(
            ExplorerError("The network has changed in the meantime; nothing was done.")
        )
    else:
        action()
    st.session_state[_REFUSED] = network_edit.problem()


def _relocate(path: Path, to: Path) -> None:
    try:
        then = edit.place_after_taking(state.network(), path, to)
    except ExplorerError as error:
        network_edit.refuse(error)
        return
    network_edit.change(partial(edit.move, path=path, to=then), then_select=then)


def _step(path: Path, beside: Callable[[NetworkSpec, Path], Path | None]) -> None:
    to = beside(state.network(), path)
    network_edit.select(path)
    if to is not None:
        network_edit.change(partial(edit.move, path=path, to=to), then_select=to)


def _remove(path: Path) -> None:
    network_edit.change(partial(edit.remove, path=path), then_select=path)


def _duplicate(path: Path) -> None:
    behind = (*path[:-1], path[-1] + 1)
    network_edit.change(partial(edit.duplicate, path=path), then_select=behind)


_WITHOUT_A_ROW: dict[str, Callable[[], None]] = {
    "undo": network_edit.undo,
    "redo": network_edit.redo,
}
_OF_A_ROW: dict[str, Callable[[Path], None]] = {
    "up": partial(_step, beside=one_up),
    "down": partial(_step, beside=one_down),
    "remove": _remove,
    "duplicate": _duplicate,
}
