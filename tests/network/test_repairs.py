"""Repairs: that each works when it is applied, in what order they come, and how they read."""

import re
from random import Random

import pytest

from explorer.errors import ExplorerError
from explorer.network import NetworkSpec, edit
from explorer.network.base import LayerSpec, Shape
from explorer.network.blocks import Block, Sequential, walk
from explorer.network.layers import KINDS, Conv2d, Flatten, Linear, ReLU
from explorer.network.presets import PRESETS, TUTORIAL_CNN
from explorer.network.repair_ideas import Rank
from explorer.network.repairs import repairs
from explorer.network.shapes import trace
from tests.network.broken import broken_networks

OF_EACH = 20


def offered(spec: NetworkSpec) -> list[str]:
    return [repair.title for repair in repairs(spec, trace(spec))]


def once(name: str) -> str:
    """A full name without which repetition it is."""
    return re.sub(r"\.\d+(?=\.|$)", "", name)


def names(spec: NetworkSpec) -> set[str]:
    return {once(name) for _, name, _ in walk(spec.layers)}


def worked(spec: NetworkSpec) -> set[str]:
    """Names of what works, every time it is used."""
    traced = trace(spec)
    failed = once(traced.failure.name) if traced.failure else None
    return {once(row.name) for row in traced.rows if not row.is_shortcut} - {failed}


def a_parameter_would_do(spec: NetworkSpec) -> bool:
    """Whether some small change of one parameter mends the failing layer, all of them tried."""
    failure = trace(spec).failure
    assert failure
    node = edit.at(spec, failure.path)
    if isinstance(node, Block):
        return False
    return any(_takes(other, failure.arrives or ()) for other in _neighbours(node))


def _takes(layer: LayerSpec, shape: Shape) -> bool:
    try:
        layer.check(shape, "`s`")
    except ExplorerError:
        return False
    return layer.parameter_count(shape) < 50_000_000


def _neighbours(node: LayerSpec) -> list[LayerSpec]:
    found = []
    for field in node.parameter_fields():
        for value in (None, True, "zeros", 0, 1, 2, 3, 4, 6, 8):
            try:
                found.append(type(node).model_validate({**dict(node), field: value}))
            except ValueError:
                continue
    return found


def test_every_repair_of_random_broken_networks_works() -> None:
    kinds, cases = set(), 0
    for kind, spec in broken_networks(Random(5), OF_EACH):
        traced = trace(spec)
        assert traced.failure, spec
        kinds.add(kind)
        cases += 1
        name = once(traced.failure.name)
        assert name.endswith("broken"), (kind, name)
        assert re.search(r"\d", traced.failure.problem), traced.failure.problem
        before = worked(spec)
        found = repairs(spec, traced)
        assert 1 <= len(found) <= 6, (kind, spec, traced.failure.problem)
        assert [repair.cost for repair in found] == sorted(repair.cost for repair in found)
        assert len({repair.spec for repair in found}) == len(found)
        for repair in found:
            after = trace(repair.spec)
            left = names(repair.spec)
            kept = {once(row.name) for row in after.rows}
            removes = int(repair.cost) == Rank.REMOVE
            assert before & left <= worked(repair.spec), (repair.title, spec, after.failure)
            assert removes or left >= before, repair.title
            if name in left:
                assert name in kept, (repair.title, spec, after.failure)
                assert after.failure is None or once(after.failure.name) != name
                row = next(row for row in after.rows if once(row.name) == name)
                assert row.output_shape == repair.output_shape, repair.title
            else:
                assert removes
        if int(found[0].cost) == Rank.REMOVE:
            assert not a_parameter_would_do(spec), (kind, spec, traced.failure.problem)
    assert cases >= 300, cases
    assert kinds >= set(KINDS) - CANNOT_FAIL, set(KINDS) - kinds


CANNOT_FAIL = {kind for kind in KINDS if KINDS[kind].group == "Activation"} - {"Softmax"} | {
    "Dropout",
    "Identity",
}


@pytest.mark.parametrize(
    ("path", "fields", "first"),
    [
        ((5,), {"kernel_size": 9}, "Set padding to 1"),
        ((2,), {"in_channels": 3}, "Set in_channels to 16"),
        ((2,), {"groups": 3}, "Set groups to 2"),
        ((3,), {"padding": 2}, "Set padding to 1"),
        ((7,), {"in_features": 64}, "Set in_features to 36"),
        ((2,), {"padding": "same", "stride": 2}, "Set stride to 1"),
    ],
)
def test_the_first_repair_of_the_tutorial_network(path, fields, first) -> None:  # type: ignore[no-untyped-def]
    broken = edit.change(TUTORIAL_CNN, path, **fields)
    best = repairs(broken, trace(broken))[0]
    assert best.title == first
    assert trace(best.spec).failure is None


def test_what_is_missing_is_inserted_and_what_is_early_moved() -> None:
    without = edit.remove(TUTORIAL_CNN, (6,))
    assert offered(without)[0] == "Insert Flatten before fc1"
    early = edit.move(TUTORIAL_CNN, (6,), (3,))
    best = repairs(early, trace(early))[0]
    assert best.title == "Move flatten1 to after conv4"
    assert best.spec == TUTORIAL_CNN


def test_a_block_is_joined_by_its_shortcut_first() -> None:
    resnet = edit.change(PRESETS["ResNet-18 for small pictures"], (4, 0), shortcut="identity")
    assert offered(resnet)[0] == "Set shortcut to projection"
    inception = edit.change(PRESETS["Small Inception"], (3, 1, 3), padding=0)
    assert offered(inception)[0] == "Set padding to 1 in branches1.branch2.conv2"


def test_a_repeated_layer_that_cannot_be_the_same_twice() -> None:
    layers = (Conv2d(in_channels=1, out_channels=4, padding=1), ReLU())
    repeated = Sequential(repeat=3, layers=layers)
    spec = TUTORIAL_CNN
    found = offered(spec.with_layers((repeated, Flatten(), Linear())))
    assert found[:2] == ["Set out_channels to 1", "Leave in_channels empty, so that it follows"]


def test_nothing_is_offered_for_what_works() -> None:
    for spec in PRESETS.values():
        assert repairs(spec, trace(spec)) == ()
