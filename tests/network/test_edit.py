"""Edits and their history, against plain lists."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import ExplorerError
from explorer.network import edit
from explorer.network.edit import LONGEST_HISTORY, History
from explorer.network.layers import Conv2d, Linear, MaxPool2d, ReLU, Tanh
from explorer.network.presets import TUTORIAL_CNN

PLACES = st.integers(0, len(TUTORIAL_CNN.layers) - 1)


@given(PLACES, PLACES)
def test_moving_is_taking_out_and_putting_back(index: int, to: int) -> None:
    expected = list(TUTORIAL_CNN.layers)
    expected.insert(to, expected.pop(index))
    assert list(edit.move(TUTORIAL_CNN, index, to).layers) == expected


@given(st.integers(0, len(TUTORIAL_CNN.layers)))
def test_what_was_inserted_can_be_removed(index: int) -> None:
    longer = edit.insert(TUTORIAL_CNN, index, Tanh())
    assert longer.layers[index] == Tanh()
    assert edit.remove(longer, index) == TUTORIAL_CNN


def test_a_copy_has_a_name_of_its_own() -> None:
    spec = TUTORIAL_CNN.with_layers([ReLU(name="bend"), ReLU()])
    assert edit.duplicate(spec, 0).layer_names == ("bend", "relu1", "relu2")


def test_changing_fields_validates_them() -> None:
    changed = edit.change(TUTORIAL_CNN, 0, kernel_size=5, name="first")
    assert changed.layers[0] == Conv2d(out_channels=16, kernel_size=5, padding=1, name="first")
    assert changed.layers[1:] == TUTORIAL_CNN.layers[1:]
    with pytest.raises(ExplorerError, match="kernel_size"):
        edit.change(TUTORIAL_CNN, 0, kernel_size=0)
    with pytest.raises(ExplorerError, match="'class' already means something else"):
        edit.change(TUTORIAL_CNN, 0, name="class")
    with pytest.raises(ExplorerError, match="more than one layer is called first"):
        edit.change(changed, 1, name="first")


def test_a_network_has_a_largest_length() -> None:
    longest = TUTORIAL_CNN.with_layers([ReLU()] * 200)
    with pytest.raises(ExplorerError, match="at most 200 layers"):
        edit.insert(longest, 0, Linear())


def test_undo_and_redo_walk_through_the_history() -> None:
    first = TUTORIAL_CNN
    second = edit.remove(first, 0)
    third = edit.insert(second, 0, MaxPool2d())
    history = History((first,)).record(second).record(third)
    assert (history.can_undo, history.can_redo) == (True, False)
    back = history.undo().undo()
    assert (back.now, back.can_undo, back.can_redo) == (first, False, True)
    assert back.undo() == back
    assert back.redo().redo().now == third
    assert history.redo() == history


def test_a_change_after_undo_forgets_what_was_undone() -> None:
    second, other = edit.remove(TUTORIAL_CNN, 0), edit.remove(TUTORIAL_CNN, 1)
    history = History((TUTORIAL_CNN,)).record(second).undo().record(other)
    assert history == History((TUTORIAL_CNN, other), 1)
    assert history.record(other) == history


def test_the_history_is_bounded() -> None:
    history = History((TUTORIAL_CNN,))
    for number in range(LONGEST_HISTORY + 10):
        history = history.record(TUTORIAL_CNN.with_layers([Linear(out_features=number + 1)]))
    assert len(history.states) == LONGEST_HISTORY
    assert history.now.layers == (Linear(out_features=LONGEST_HISTORY + 10),)
