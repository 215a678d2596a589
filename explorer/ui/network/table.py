"""The table of layers: select, drag to reorder, and edit with the keyboard."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec, edit
from explorer.network.blocks import Path, walk
from explorer.network.shapes import Trace
from explorer.ui import assets, state
from explorer.ui.network import edit as network_edit
from explorer.ui.network.place import one_down, one_up
from explorer.ui.network.rows import table_rows

_TABLE = "network_table"
_DONE, _REFUSED, _LOST = "network_table_done", "network_table_refused", "network_table_lost"
_MOST_ACTIONS = 100  # in one message; the browser sends fewer
_LONGEST_SOURCE = 64


@dataclass(frozen=True)
class _Done:
    """Up to which number the actions of a table in the browser, `source`, have been done."""

    source: str = ""
    number: int = 0


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
            # What the browser sent and does not find here, it sends again.
            "done": asdict(st.session_state.get(_DONE, _Done())),
            "refused": str(refused) if refused else "",
        },
        on_act_change=_acted,
    )


def _acted() -> None:
    """Do what the browser sent: `source`, and `actions` with growing numbers, each done once.

    It may come from anywhere, in any form.
    """
    sent = (st.session_state.get(_TABLE) or {}).get("act")
    if not isinstance(sent, dict) or not isinstance(source := sent.get("source"), str):
        return
    actions = sent.get("actions")
    if not isinstance(actions, list) or not 0 < len(source) <= _LONGEST_SOURCE:
        return
    network_edit.note_edit()  # also if all has been done: it was sent when the address was older
    done: _Done = st.session_state.get(_DONE, _Done())
    if done.source != source:
        done = _Done(source)
    before, refused = network_edit.problem(), None
    for action in actions[:_MOST_ACTIONS]:
        number = action.get("number") if isinstance(action, dict) else None
        if type(number) is not int or number <= done.number:
            continue
        st.session_state[_DONE] = done = _Done(source, number)
        _act(action)
        if network_edit.problem() is not before:
            refused = network_edit.problem() or refused
    if refused is not None:
        network_edit.refuse(refused)  # said also when the actions behind it were done
        st.session_state[_REFUSED] = refused


def _act(action: dict[str, Any]) -> None:
    """One action: on the row it names, or without one on what the action before it selected."""
    what = action.get("do")
    if not isinstance(what, str):
        return
    if what in _WITHOUT_A_ROW:
        st.session_state.pop(_LOST, None)
        _WITHOUT_A_ROW[what]()
        return
    if "path" not in action:
        if st.session_state.get(_LOST):
            network_edit.refuse(_changed())
        elif what in _OF_A_ROW and (path := network_edit.selected()):
            _OF_A_ROW[what](path)
        return
    path = _path(action["path"])
    if path is None:
        return
    here = [full for at, full, _ in walk(state.network().layers) if at == path]
    lost = bool(path) and here != [action.get("name")]
    st.session_state[_LOST] = lost
    if lost:
        network_edit.refuse(_changed())
    elif what == "move":
        if path and (to := _path(action.get("to"))):
            _relocate(path, to)
    elif what == "select" or (what in _OF_A_ROW and path):
        network_edit.select(path)
        if what in _OF_A_ROW:
            _OF_A_ROW[what](path)


def _changed() -> ExplorerError:
    return ExplorerError("The network has changed in the meantime; nothing was done.")


def _path(sent: Any) -> Path | None:
    """A path as the browser sends it; None if it is none."""
    if not isinstance(sent, list) or not all(type(number) is int for number in sent):
        return None
    return tuple(sent)


def _relocate(path: Path, to: Path) -> None:
    try:
        then = edit.place_after_taking(state.network(), path, to)
    except ExplorerError as error:
        network_edit.refuse(error)
        return
    network_edit.change(partial(edit.move, path=path, to=then), then_select=then, touched=path)


def _step(path: Path, beside: Callable[[NetworkSpec, Path], Path | None]) -> None:
    to = beside(state.network(), path)
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
