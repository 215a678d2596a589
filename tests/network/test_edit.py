"""Edits, against plain lists."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec, edit
from explorer.network.blocks import Branches, Residual, Sequential, walk
from explorer.network.layers import Conv2d, Linear, MaxPool2d, ReLU, Tanh
from explorer.network.presets import TUTORIAL_CNN

PLACES = st.integers(0, len(TUTORIAL_CNN.layers) - 1)


@given(PLACES, PLACES)
def test_moving_is_taking_out_and_putting_back(index: int, to: int) -> None:
    expected = list(TUTORIAL_CNN.layers)
    expected.insert(to, expected.pop(index))
    assert list(edit.move(TUTORIAL_CNN, (index,), (to,)).layers) == expected


@given(st.integers(0, len(TUTORIAL_CNN.layers)))
def test_what_was_inserted_can_be_removed(index: int) -> None:
    longer = edit.insert(TUTORIAL_CNN, (index,), Tanh())
    assert longer.layers[index] == Tanh()
    assert edit.remove(longer, (index,)) == TUTORIAL_CNN


def test_a_copy_has_a_name_of_its_own() -> None:
    spec = TUTORIAL_CNN.with_layers([ReLU(name="bend"), ReLU()])
    assert edit.duplicate(spec, (0,)).layer_names == ("bend", "relu1", "relu2")


def test_changing_fields_validates_them() -> None:
    changed = edit.change(TUTORIAL_CNN, (0,), kernel_size=5, name="first")
    assert changed.layers[0] == Conv2d(out_channels=16, kernel_size=5, padding=1, name="first")
    assert changed.layers[1:] == TUTORIAL_CNN.layers[1:]
    with pytest.raises(ExplorerError, match="kernel_size"):
        edit.change(TUTORIAL_CNN, (0,), kernel_size=0)
    with pytest.raises(ExplorerError, match="'class' already means something else"):
        edit.change(TUTORIAL_CNN, (0,), name="class")
    with pytest.raises(ExplorerError, match="More than one layer is called first"):
        edit.change(changed, (1,), name="first")


def test_a_network_has_a_largest_length() -> None:
    longest = TUTORIAL_CNN.with_layers([ReLU()] * 500)
    with pytest.raises(ExplorerError, match="at most 500"):
        edit.insert(longest, (0,), Linear())


NESTED = TUTORIAL_CNN.with_layers(
    [
        Conv2d(),
        Sequential(layers=(ReLU(), Residual(body=(Tanh(), Tanh(name="bend")))), repeat=2),
        Branches(branches=((Tanh(), ReLU()), ())),
    ]
)
ALL_PATHS = [path for path, _, _ in walk(NESTED.layers)]


def _kinds(spec: NetworkSpec) -> list[tuple[edit.Path, str]]:
    return [(path, node.kind) for path, _, node in walk(spec.layers)]


@given(st.sampled_from(ALL_PATHS))
def test_paths_of_nodes_in_blocks_are_where_edits_happen(path: edit.Path) -> None:
    longer = edit.insert(NESTED, path, Linear())
    assert edit.at(longer, path) == Linear()
    assert edit.remove(longer, path) == NESTED
    copied = edit.duplicate(NESTED, path)
    behind = (*path[:-1], path[-1] + 1)
    assert edit.at(copied, behind) == edit.at(NESTED, path).model_copy(update={"name": None})
    assert edit.remove(copied, behind) == NESTED
    renamed = edit.change(NESTED, path, name="other")
    assert edit.at(renamed, path).name == "other"
    assert len(_kinds(renamed)) == len(ALL_PATHS)


@given(st.sampled_from(ALL_PATHS), st.sampled_from(["Sequential", "Residual", "Branches"]))
def test_wrapping_and_unwrapping_gives_the_same(path: edit.Path, kind: Any) -> None:
    for end in range(path[-1] + 1, len(edit.siblings(NESTED, path)) + 1):
        wrapped = edit.wrap(NESTED, path, end, kind)
        assert edit.at(wrapped, path).kind == kind
        assert edit.unwrap(wrapped, path) == NESTED


@given(st.sampled_from(ALL_PATHS), st.sampled_from(ALL_PATHS))
def test_what_is_moved_stands_where_it_was_meant_to(path: edit.Path, to: edit.Path) -> None:
    try:
        moved = edit.move(NESTED, path, to)
    except ExplorerError:
        return  # `to` went with what was taken out
    assert edit.at(moved, to) == edit.at(NESTED, path)
    assert sorted(kind for _, kind in _kinds(moved)) == sorted(kind for _, kind in _kinds(NESTED))
    assert edit.move(moved, to, path) == NESTED


def test_moving_in_and_out_of_blocks() -> None:
    inside = edit.move(NESTED, (0,), (1, 0, 0))  # the Branches block moved up by one
    assert [node.kind for node in edit.siblings(inside, (1, 0, 0))] == ["Conv2d", "Tanh", "ReLU"]
    spec = edit.change(inside, (1, 0, 0), name="bend")
    out = edit.move(spec, (1, 0, 0), (0, 1, 0))
    assert edit.at(out, (0, 1, 0)).name is None, "bend is there already"


def test_a_place_named_before_the_node_is_taken_out() -> None:
    kinds = [node.kind for node in TUTORIAL_CNN.layers]
    for start in range(len(kinds)):
        for gap in range(len(kinds) + 1):
            moved = edit.relocate(TUTORIAL_CNN, (start,), (gap,))
            left, right = kinds[:gap], kinds[gap:]
            (left if start < gap else right).pop(start if start < gap else start - gap)
            assert [node.kind for node in moved.layers] == [*left, kinds[start], *right]


@given(st.sampled_from(ALL_PATHS), st.sampled_from(ALL_PATHS))
def test_relocating_puts_a_node_in_front_of_another(path: edit.Path, before: edit.Path) -> None:
    if before[: len(path)] == path and len(before) > len(path):
        with pytest.raises(ExplorerError, match="into itself"):
            edit.relocate(NESTED, path, before)
        return
    there = edit.at(NESTED, before)
    moved = edit.relocate(NESTED, path, before)
    to = edit.place_after_taking(NESTED, path, before)
    assert edit.at(moved, to) == edit.at(NESTED, path)
    behind = to if path == before else (*to[:-1], to[-1] + 1)
    assert edit.at(moved, behind).kind == there.kind
    assert sorted(kind for _, kind in _kinds(moved)) == sorted(kind for _, kind in _kinds(NESTED))


@pytest.mark.parametrize("before", [(), (4,), (-1,), (0, 0), (2, 5, 0), (1, 9)])
def test_relocating_to_no_place_is_refused(before: edit.Path) -> None:
    with pytest.raises(ExplorerError):
        edit.relocate(NESTED, (0,), before)


def test_unwrapping_repeats_what_was_repeated_and_frees_names() -> None:
    spec = TUTORIAL_CNN.with_layers(
        [ReLU(name="bend"), Sequential(layers=(ReLU(name="bend"), Tanh(name="t")), repeat=2)]
    )
    assert edit.unwrap(spec, (1,)).layer_names == ("bend", "relu1", "t", "relu2", "tanh1")
    with pytest.raises(ExplorerError, match="ReLU is no block"):
        edit.unwrap(spec, (0,))


def test_branches_come_and_go() -> None:
    spec = edit.add_branch(NESTED, (2,))
    spec = edit.insert(spec, (2, 2, 0), MaxPool2d())
    assert edit.at(spec, (2, 2, 0)).kind == "MaxPool2d"
    assert edit.remove_branch(spec, (2,), 2) == NESTED
    with pytest.raises(ExplorerError, match="at least 2 branches"):
        edit.remove_branch(NESTED, (2,), 0)
    for _ in range(5):
        spec = edit.add_branch(spec, (2,))
    with pytest.raises(ExplorerError, match="at most 8"):
        edit.add_branch(spec, (2,))
    with pytest.raises(ExplorerError, match="Conv2d has no branches"):
        edit.add_branch(spec, (0,))


@pytest.mark.parametrize(
    "path", [(), (3,), (-1,), (0, 0), (1, 2), (1, -1, 0), (2, 0), (2, 2, 0), (2, 0, 9), (9, 9)]
)
def test_places_that_are_not_there_are_refused(path: edit.Path) -> None:
    with pytest.raises(ExplorerError):
        edit.change(NESTED, path, name="x")
    with pytest.raises(ExplorerError):
        edit.remove(NESTED, path)


def test_limits_hold_for_edits_in_blocks() -> None:
    deep = TUTORIAL_CNN.with_layers([ReLU()])
    for _ in range(6):
        deep = edit.wrap(deep, (0,), 1, "Residual")
    with pytest.raises(ExplorerError, match="More than 6 blocks"):
        edit.wrap(deep, (0,), 1, "Residual")
    full = TUTORIAL_CNN.with_layers([Sequential(layers=(ReLU(),) * 15, repeat=32)])
    with pytest.raises(ExplorerError, match="at most 500"):
        edit.insert(full, (0, 0), ReLU())


def test_several_nodes_change_at_once() -> None:
    paths = [(0,), (2,)]
    one_by_one = TUTORIAL_CNN
    for path in paths:
        one_by_one = edit.change(one_by_one, path, bias=False)
    assert edit.change_each(TUTORIAL_CNN, paths, bias=False) == one_by_one
    assert edit.change_each(TUTORIAL_CNN, [], bias=False) == TUTORIAL_CNN
    with pytest.raises(ExplorerError, match="bias"):
        edit.change_each(TUTORIAL_CNN, [(1,)], bias=False)
