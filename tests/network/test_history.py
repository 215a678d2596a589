"""Undo and redo: what was done is taken back in order, and the memory it takes is bounded."""

import pytest

from explorer.network import NetworkSpec, edit, history
from explorer.network.blocks import Branches, Path, Residual, walk
from explorer.network.history import History, Touched, difference
from explorer.network.layers import Conv2d, Linear, MaxPool2d, ReLU
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


def test_a_step_knows_what_it_was_about_however_it_is_reached() -> None:
    second = edit.remove(TUTORIAL_CNN, (7,))
    third = edit.move(second, (1,), (3,))
    past = History((TUTORIAL_CNN,)).record(second, Touched((7,), (6,)))
    past = past.record(third, Touched((1,), (3,)))
    assert past.undone == (1,)
    past = past.undo()
    assert (past.undone, past.redone) == ((7,), (3,))
    assert past.undo().redone == (6,)
    past = past.record(edit.remove(second, (4,)), Touched((4,), (4,)))
    assert (past.undone, past.undo().redone, past.undo().undone) == ((4,), (4,), (7,))


def test_equal_layers_that_change_places_are_a_step() -> None:
    first = TUTORIAL_CNN.with_layers([ReLU(), ReLU()])
    past = History((first,)).record(edit.move(first, (0,), (1,)), Touched((0,), (1,)))
    assert past.can_undo and past.undo().now == first
    assert past.record(first, Touched((1,), (1,))) == past


SAME = Conv2d(out_channels=1, padding=1)
NESTED = TUTORIAL_CNN.with_layers(
    [SAME, Residual(body=(SAME, ReLU(), SAME)), Branches(branches=((SAME,), (ReLU(),)))]
)


@pytest.mark.parametrize("path", [path for path, _, _ in walk(NESTED.layers)])
def test_what_was_changed_is_found_by_comparing(path: Path) -> None:
    named = edit.change(NESTED, path, name="other")
    assert difference(NESTED, named) == difference(named, NESTED) == path
    assert History((NESTED,)).record(named).undone == path


def test_what_was_added_removed_or_changed_around_is_found() -> None:
    assert difference(NESTED, edit.insert(NESTED, (1, 1), MaxPool2d())) == (1, 1)
    assert difference(NESTED, edit.remove(NESTED, (1, 2))) == (1,), "the block is shorter"
    longer = edit.insert(NESTED, (3,), ReLU())
    assert (difference(NESTED, longer), difference(longer, NESTED)) == ((3,), (3,))
    other = NESTED.input.model_copy(update={"height": 9})
    assert difference(NESTED, NESTED.model_copy(update={"input": other})) == ()
    assert difference(NESTED, longer.model_copy(update={"input": other})) == ()


def test_a_change_between_undo_and_redo_goes_on_from_there() -> None:
    names = iter("abcdefgh")
    past = History((TUTORIAL_CNN,))
    for _ in range(4):
        past = past.record(edit.change(past.now, (0,), name=next(names)))
    past = past.undo().undo().redo().record(edit.change(TUTORIAL_CNN, (0,), name=next(names)))
    assert [spec.layers[0].name for spec in past.states] == [None, "a", "b", "c", "e"]
    assert len(past.nodes) == len(past.touched) == len(past.states) - 1
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
        assert len(past.nodes) == len(past.touched) == len(past.states) - 1
    assert len(past.states) == 20
    assert past.undone == (0,)
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
