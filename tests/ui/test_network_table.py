"""The table's rows and the places between them, and what the browser may ask for."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from hypothesis import given, settings

from explorer.network import NetworkSpec, edit
from explorer.network.blocks import Branches, Residual, Sequential, walk
from explorer.network.layers import Conv2d, ReLU
from explorer.network.presets import PRESETS, TUTORIAL_CNN
from explorer.network.shapes import trace
from explorer.ui import network_edit, network_table
from explorer.ui.network_rows import EMPTY, table_rows
from explorer.ui.network_view import view_data
from tests.network.nested import nested_networks

TESTS = Path(__file__).parent / "components" / "network"
SAME = Conv2d(out_channels=4, padding=1)


def rows_of(spec: NetworkSpec) -> list[dict[str, Any]]:
    return table_rows(spec, view_data(spec, trace(spec), ())["items"])


def test_places_and_keys_in_the_browser() -> None:
    node = shutil.which("node")
    assert node, "No node on the path: install Debian's package 'nodejs'."
    result = subprocess.run(
        [node, "--test", str(TESTS / "table.test.js")], capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stdout + result.stderr


@settings(max_examples=40, deadline=None)
@given(nested_networks())
def test_every_place_takes_a_row_and_no_place_is_missing(spec: NetworkSpec) -> None:
    rows = rows_of(spec)
    assert [tuple(row["path"]) for row in rows if row["role"] != EMPTY] == [
        (),
        *(path for path, _, _ in walk(spec.layers)),
    ]
    places = [(tuple(place["to"]), place["depth"]) for row in rows for place in row["places"]]
    # Where a node may stand: in front of each, and at the end of each list.
    expected = {(0,)}
    for path, _, node in walk(spec.layers):
        expected |= {path, (*path[:-1], path[-1] + 1)}
        for number, nodes in enumerate(getattr(node, "lists", ())):
            branch = (number,) if isinstance(node, Branches) else ()
            expected.add((*path, *branch, len(nodes)))
    assert {to for to, _ in places} == expected
    for path, depth in places:
        longer = edit.insert(spec, path, ReLU())
        assert edit.at(longer, path) == ReLU()
        around, blocks = path, 0
        while around := edit.parent(longer, around):
            blocks += 1
        assert blocks == depth


def test_innermost_places_come_first_and_are_named() -> None:
    spec = TUTORIAL_CNN.with_layers(
        [Residual(body=(SAME, Branches(branches=((SAME,), ())))), Sequential(repeat=2, name="s")]
    )
    rows = {row["name"]: row for row in rows_of(spec)}
    told = [
        (place["to"], place["into"]) for place in rows["block1.body.branches1.branch2"]["places"]
    ]
    assert told == [
        ([0, 1, 1, 0], "block1.body.branches1.branch2"),
        ([0, 2], "block1.body"),
        ([1], ""),
    ]
    conv = rows["block1.body.branches1.branch1.conv1"]["places"]
    assert [place["to"] for place in conv] == [[0, 1, 0, 1], [0, 1, 1, 0]]
    empty = rows["block1.body.branches1.branch2"]
    assert (empty["label"], empty["movable"], empty["depth"]) == ("branch2", False, 2)
    assert [place["to"] for place in rows["input"]["places"]] == [[0]]


def test_nothing_goes_into_or_out_of_a_pretrained_block() -> None:
    rows = rows_of(PRESETS["ResNet-18 features, pretrained"])
    inside = [row for row in rows if row["depth"]]
    assert inside and not any(row["movable"] for row in inside)
    assert {place["depth"] for row in rows for place in row["places"]} == {0}


NESTED = TUTORIAL_CNN.with_layers([SAME, Residual(body=(SAME, ReLU())), ReLU()])


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A session with a network, without a page."""
    values: dict[str, Any] = {"carried_network": NESTED}
    monkeypatch.setattr(st, "session_state", values)
    return values


def kinds(session: dict[str, Any]) -> list[str]:
    return [node.kind for _, _, node in walk(session["carried_network"].layers)]


def send(session: dict[str, Any], what: str, value: Any) -> None:
    """What the browser sends, as the component hands it over."""
    session["network_table"] = {what: value}
    {"move": network_table._moved, "act": network_table._acted, "select": network_table._selected}[
        what
    ]()


def test_a_row_is_moved_into_a_block_and_out(session: dict[str, Any]) -> None:
    send(session, "move", {"from": [2], "to": [1, 0], "name": "relu1"})
    assert kinds(session) == ["Conv2d", "Residual", "ReLU", "Conv2d", "ReLU"]
    assert network_edit.selected() == (1, 0)
    send(session, "move", {"from": [1, 0], "to": [0], "name": "block1.body.relu1"})
    assert kinds(session) == ["ReLU", "Conv2d", "Residual", "Conv2d", "ReLU"]
    assert network_edit.selected() == (0,)
    assert session["network_table_revision"] == 2
    send(session, "act", {"do": "undo"})
    send(session, "act", {"do": "undo"})
    assert session["carried_network"] == NESTED
    send(session, "act", {"do": "redo"})
    assert kinds(session)[2] == "ReLU"


def test_keys_move_duplicate_and_remove(session: dict[str, Any]) -> None:
    send(session, "act", {"do": "up", "path": [2], "name": "relu1"})
    assert kinds(session) == ["Conv2d", "ReLU", "Residual", "Conv2d", "ReLU"]
    send(session, "act", {"do": "down", "path": [1], "name": "relu1"})
    assert session["carried_network"] == NESTED and network_edit.selected() == (2,)
    send(session, "act", {"do": "duplicate", "path": [1, 1], "name": "block1.body.relu1"})
    assert network_edit.selected() == (1, 2)
    send(session, "act", {"do": "remove", "path": [1, 1], "name": "block1.body.relu1"})
    assert session["carried_network"] == NESTED and network_edit.selected() == (1, 1)


def test_a_refused_move_says_why(session: dict[str, Any]) -> None:
    send(session, "move", {"from": [1], "to": [1, 0], "name": "block1"})
    assert "into itself" in str(network_edit.problem())
    assert session["network_table_refused"] is network_edit.problem()
    send(session, "select", 0)
    assert network_edit.problem() is None
    deep = NESTED.layers[0]
    for _ in range(6):
        deep = Residual(body=(deep,))
    session["carried_network"] = NESTED.with_layers([NESTED.layers[1], deep])
    send(session, "move", {"from": [0], "to": [1, 0, 0, 0, 0, 0, 0], "name": "block1"})
    assert "6 blocks are inside each other" in str(network_edit.problem())
    assert len(session["carried_network"].layers) == 2


def test_an_action_on_a_row_that_is_another_by_now_does_nothing(session: dict[str, Any]) -> None:
    send(session, "act", {"do": "remove", "path": [0], "name": "relu1"})
    assert session["carried_network"] == NESTED
    assert "changed in the meantime" in str(network_edit.problem())
    assert session["network_table_revision"] == 1, "the browser waits for an answer"


@pytest.mark.parametrize(
    ("what", "value"),
    [
        *(("select", value) for value in (None, "1", -2, 99, [0], {"a": 1})),
        *(("move", value) for value in (None, 3, {}, {"from": [0]}, {"from": "x", "to": [0]})),
        ("move", {"from": [0], "to": [99, 4], "name": "conv1"}),
        ("move", {"from": [-1], "to": [0], "name": "conv1"}),
        ("move", {"from": [True], "to": [0], "name": "conv1"}),
        ("move", {"from": [0.0], "to": [1], "name": "conv1"}),
        ("act", {"do": "remove", "path": [0], "name": {"x": []}}),
        ("act", {"do": ["remove"], "path": [0], "name": "conv1"}),
        ("act", {"do": "change", "path": [0], "name": "conv1"}),
        ("act", {"do": "remove", "path": [], "name": "conv1"}),
        ("act", "undo"),
    ],
)
def test_nothing_the_browser_may_send_breaks(
    session: dict[str, Any], what: str, value: Any
) -> None:
    send(session, what, value)
    assert session["carried_network"] == NESTED
