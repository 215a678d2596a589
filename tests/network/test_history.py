"""Undo and redo: what was done is taken back in order, and the memory it takes is bounded."""

import pytest

from explorer.network import NetworkSpec, edit, history
from explorer.network.blocks import walk
from explorer.network.history import History
from explorer.network.layers import Linear, MaxPool2d, ReLU
from explorer.network.presets import PRESETS, TUTORIAL_CNN


def test_undo_and_redo_walk_through_the_history() -> None:
    first = TUTORIAL_CNN
    second = edit.remove(first, (0,))
    third = edit.insert(second, (0,), MaxPool2d())
    history = History((first,)).record(second).record(third)
    assert (history.can_undo, history.can_redo) == (True, False)
    back = history.undo().undo()
    assert (back.now, back.can_undo, back.can_redo) == (first, False, True)
    assert back.undo() == back
    assert back.redo().redo().now == third
    assert history.redo() == history


def test_a_change_after_undo_forgets_what_was_undone() -> None:
    second, other = edit.remove(TUTORIAL_CNN, (0,)), edit.remove(TUTORIAL_CNN, (1,))
    history = History((TUTORIAL_CNN,)).record(second).undo().record(other)
    assert history == History((TUTORIAL_CNN, other), 1)
    assert history.record(other) == history


def test_a_change_between_undo_and_redo_goes_on_from_there() -> None:
    names = iter("abcdefgh")
    past = History((TUTORIAL_CNN,))
    for _ in range(4):
        past = past.record(edit.change(past.now, (0,), name=next(names)))
    past = past.undo().undo().redo().record(edit.change(TUTORIAL_CNN, (0,), name=next(names)))
    assert [spec.layers[0].name for spec in past.states] == [None, "a", "b", "c", "e"]
    assert len(past.nodes) == len(past.states) - 1
    assert past.record(TUTORIAL_CNN).undo().now.layers[0].name == "e"


def test_a_thousand_edits_can_be_taken_back() -> None:
    past = History((TUTORIAL_CNN,))
    for number in range(1000):
        past = past.record(edit.change(past.now, (0,), out_channels=number + 17))
    assert sum(past.nodes) == 1000, "an edit keeps only the layer it changed"
    while past.can_undo:
        past = past.undo()
    assert past.now == TUTORIAL_CNN


def test_the_number_of_states_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_STATES", 20)
    past = History((TUTORIAL_CNN,))
    for number in range(30):
        past = past.record(TUTORIAL_CNN.with_layers([Linear(out_features=number + 1)]))
        assert len(past.nodes) == len(past.states) - 1
    assert len(past.states) == 20
    assert past.now.layers == (Linear(out_features=30),)
    assert past.undo().now.layers == (Linear(out_features=29),)


def test_whole_networks_one_after_another_are_bounded_by_what_they_are_made_of() -> None:
    large = NetworkSpec(
        name="large", input=TUTORIAL_CNN.input, layers=tuple(ReLU() for _ in range(500))
    )
    past = History((TUTORIAL_CNN,))
    for number in range(100):
        past = past.record(
            NetworkSpec.model_validate_json(
                large.model_copy(update={"name": str(number)}).model_dump_json()
            )
        )
    nodes = {id(node) for spec in past.states for _, _, node in walk(spec.layers)}
    assert len(nodes) <= history.MOST_NODES + 2 * 500, "the oldest and the newest come on top"
    assert len(past.states) > 20
    assert past.undo().now.name == "98"


def test_one_network_too_large_can_still_be_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_NODES", 2)
    past = History((TUTORIAL_CNN,)).record(PRESETS["LeNet-5"]).record(list(PRESETS.values())[-1])
    assert past.undo().now == PRESETS["LeNet-5"]
