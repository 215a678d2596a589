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
from explorer.ui.network import edit as network_edit
from explorer.ui.network import table as network_table
from explorer.ui.network.rows import EMPTY, table_rows
from explorer.ui.network.view import view_data
from tests.network.nested import nested_networks

TESTS = Path(__file__).parent / "components" / "network"
SAME = Conv2d(out_channels=4, padding=1)


def rows_of(spec: NetworkSpec) -> list[dict[str, Any]]:
    return table_rows(spec, view_data(spec, trace(spec), ())["items"])


@pytest.mark.parametrize("file", ["table.test.js", "actions.test.js"])
def test_places_keys_and_actions_in_the_browser(file: str) -> None:
    node = shutil.which("node")
    assert node, "No node on the path: install Debian's package 'nodejs'."
    result = subprocess.run(
        [node, "--test", str(TESTS / file)], capture_output=True, text=True, timeout=60
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


def send(session: dict[str, Any], *actions: Any, source: str = "here") -> None:
    """What the browser sends, as the component hands it over."""
    done = session.get("network_table_done")
    first = done.number + 1 if done and done.source == source else 1
    numbered = [
        {"number": number, **action} if isinstance(action, dict) else action
        for number, action in enumerate(actions, first)
    ]
    session["network_table"] = {"act": {"source": source, "actions": numbered}}
    network_table._acted()


def test_a_row_is_moved_into_a_block_and_out(session: dict[str, Any]) -> None:
    send(session, {"do": "move", "path": [2], "to": [1, 0], "name": "relu1"})
    assert kinds(session) == ["Conv2d", "Residual", "ReLU", "Conv2d", "ReLU"]
    assert network_edit.selected() == (1, 0)
    send(session, {"do": "move", "path": [1, 0], "to": [0], "name": "block1.body.relu1"})
    assert kinds(session) == ["ReLU", "Conv2d", "Residual", "Conv2d", "ReLU"]
    assert network_edit.selected() == (0,)
    send(session, {"do": "undo"})
    assert network_edit.selected() == (1, 0)
    send(session, {"do": "undo"})
    assert session["carried_network"] == NESTED
    assert network_edit.selected() == (2,)
    send(session, {"do": "redo"})
    assert kinds(session)[2] == "ReLU"
    assert network_edit.selected() == (1, 0)


def test_keys_move_duplicate_and_remove(session: dict[str, Any]) -> None:
    send(session, {"do": "up", "path": [2], "name": "relu1"})
    assert kinds(session) == ["Conv2d", "ReLU", "Residual", "Conv2d", "ReLU"]
    send(session, {"do": "down", "path": [1], "name": "relu1"})
    assert session["carried_network"] == NESTED and network_edit.selected() == (2,)
    send(session, {"do": "duplicate", "path": [1, 1], "name": "block1.body.relu1"})
    assert network_edit.selected() == (1, 2)
    send(session, {"do": "remove", "path": [1, 1], "name": "block1.body.relu1"})
    assert session["carried_network"] == NESTED and network_edit.selected() == (1, 1)


def test_what_comes_twice_is_done_once_and_in_order(session: dict[str, Any]) -> None:
    first = {"number": 1, "do": "duplicate", "path": [0], "name": "conv1"}
    then = [{"number": number, "do": "duplicate"} for number in (2, 3)]
    send(session, first)
    send(session, first, *then)
    assert (session["network_table_done"].number, network_edit.selected()) == (3, (3,))
    send(session, *then, {"number": 4, "do": "remove"})
    assert kinds(session)[:4] == ["Conv2d", "Conv2d", "Conv2d", "Residual"]
    send(session, {"number": 4, "do": "remove"})
    assert len(session["carried_network"].layers) == 5
    send(session, {"number": 1, "do": "undo"}, source="another tab")
    assert len(session["carried_network"].layers) == 6


def test_many_keys_and_as_many_undos_end_where_they_began(session: dict[str, Any]) -> None:
    network_edit.select((1, 1))
    row = {"path": [1, 0], "name": "block1.body.conv1"}
    keys = ["duplicate", "duplicate", "up", "remove", "down", "remove", "remove", "up", "up"]
    send(session, {"do": keys[0], **row}, *({"do": key} for key in keys[1:]))
    network, selected = session["carried_network"], network_edit.selected()
    assert network != NESTED
    network_edit.select(())
    send(session, *[{"do": "undo"}] * len(keys))
    assert (session["carried_network"], network_edit.selected()) == (NESTED, (1, 0))
    assert not network_edit.history().can_undo
    send(session, *[{"do": "redo"}] * len(keys))
    assert (session["carried_network"], network_edit.selected()) == (network, selected)


def test_equal_layers_that_change_places_can_be_taken_back(session: dict[str, Any]) -> None:
    session["carried_network"] = NESTED.with_layers([ReLU(), ReLU(), SAME])
    send(session, {"do": "down", "path": [0], "name": "relu1"}, {"do": "down"}, {"do": "undo"})
    assert kinds(session) == ["ReLU", "ReLU", "Conv2d"] and network_edit.selected() == (1,)
    send(session, {"do": "undo"})
    assert network_edit.selected() == (0,)


def test_undo_selects_what_was_changed_also_by_a_repair_elsewhere(
    session: dict[str, Any],
) -> None:
    network_edit.select((2,))
    network_edit.change(lambda spec: edit.change(spec, (1, 0), out_channels=9))
    assert network_edit.selected() == (2,), "the panel stays with what is looked at"
    network_edit.change(lambda spec: edit.change(spec, (2,), name="last"))
    network_edit.change(lambda _: TUTORIAL_CNN, then_select=(0,))
    chosen = []
    for step in (*[network_edit.undo] * 4, *[network_edit.redo] * 3):
        step()
        chosen.append(network_edit.selected())
    assert chosen == [(2,), (2,), (1, 0), (1, 0), (1, 0), (2,), (0,)]


def test_a_refused_move_says_why(session: dict[str, Any]) -> None:
    send(session, {"do": "move", "path": [1], "to": [1, 0], "name": "block1"})
    assert "into itself" in str(network_edit.problem())
    assert session["network_table_refused"] is network_edit.problem()
    send(session, {"do": "select", "path": [0], "name": "conv1"})
    assert network_edit.problem() is None and network_edit.selected() == (0,)
    deep = NESTED.layers[0]
    for _ in range(6):
        deep = Residual(body=(deep,))
    session["carried_network"] = NESTED.with_layers([NESTED.layers[1], deep])
    send(
        session,
        {"do": "move", "path": [0], "to": [1, 0, 0, 0, 0, 0, 0], "name": "block1"},
        {"do": "select", "path": [], "name": "input"},
    )
    assert "6 blocks are inside each other" in str(network_edit.problem()), "said all the same"
    assert len(session["carried_network"].layers) == 2 and network_edit.selected() == ()


def test_an_action_on_a_row_that_is_another_by_now_does_nothing(session: dict[str, Any]) -> None:
    send(session, {"do": "remove", "path": [0], "name": "relu1"})
    assert session["carried_network"] == NESTED
    assert "changed in the meantime" in str(network_edit.problem())
    assert session["network_table_done"].number == 1, "the browser waits for an answer"
    send(session, {"do": "remove"})
    assert session["carried_network"] == NESTED, "nor do those that go on with it"
    send(session, {"do": "remove", "path": [2], "name": "relu1"}, {"do": "remove"})
    assert kinds(session) == ["Conv2d"], "until a row is named again"


@pytest.mark.parametrize(
    "action",
    [
        *({"do": "select", "path": value} for value in (None, "1", [99], [-2], [[0]], {"a": 1})),
        *(None, 3, "undo", {}, [], {"do": ["remove"], "path": [0], "name": "conv1"}),
        {"do": "move", "path": [0]},
        {"do": "move", "path": "x", "to": [0]},
        {"do": "move", "path": [0], "to": [99, 4], "name": "conv1"},
        {"do": "move", "path": [-1], "to": [0], "name": "conv1"},
        {"do": "move", "path": [True], "to": [0], "name": "conv1"},
        {"do": "move", "path": [0.0], "to": [1], "name": "conv1"},
        {"do": "remove", "path": [0], "name": {"x": []}},
        {"do": "change", "path": [0], "name": "conv1"},
        {"do": "remove", "path": [], "name": "conv1"},
        {"do": "remove", "path": None, "name": "conv1"},
        {"do": "remove", "number": True},
        {"do": "remove", "number": "9"},
        {"do": "remove", "number": 0},
    ],
)
def test_nothing_the_browser_may_send_breaks(session: dict[str, Any], action: Any) -> None:
    network_edit.select((2,))
    send(session, action)
    assert session["carried_network"] == NESTED
    assert network_edit.selected() == (2,)


@pytest.mark.parametrize(
    "message",
    [
        *(None, 3, "undo", [], {}, {"source": "here"}, {"source": "here", "actions": "undo"}),
        *({"source": source, "actions": [{"number": 1, "do": "undo"}]} for source in (3, "x" * 99)),
    ],
)
def test_a_message_in_another_form_does_nothing(session: dict[str, Any], message: Any) -> None:
    session["network_table"] = {"act": message}
    network_table._acted()
    assert "network_table_done" not in session
