"""Repairs: that each works when it is applied, in what order they come, and how they read."""

from random import Random

import pytest

from explorer.network import NetworkSpec, edit
from explorer.network.blocks import Sequential
from explorer.network.layers import KINDS, Conv2d, Flatten, Linear, ReLU
from explorer.network.nodes import set_to
from explorer.network.presets import PRESETS, TUTORIAL_CNN
from explorer.network.repairs import repairs
from explorer.network.shapes import trace
from tests.network.broken import broken_networks
from tests.network.repair_checks import assert_repairs_work

OF_EACH = 20


def offered(spec: NetworkSpec) -> list[str]:
    return [repair.title for repair in repairs(spec, trace(spec))]


def test_every_repair_of_random_broken_networks_works() -> None:
    kinds, cases = set(), 0
    for kind, spec in broken_networks(Random(5), OF_EACH):
        kinds.add(kind)
        cases += 1
        assert_repairs_work(spec)
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


@pytest.mark.parametrize("channels", [1_000_000, 500_000])
def test_what_is_too_large_shrinks_by_little_first_in_one_way_of_writing(channels: int) -> None:
    broken = edit.change(TUTORIAL_CNN, (2,), out_channels=channels)
    numbers = ("125,000", "15,625", "1,953")
    assert offered(broken)[:3] == [f"Set out_channels to {number}" for number in numbers]
    assert trace(repairs(broken, trace(broken))[0].spec).failure is None


def test_sizes_of_several_axes_are_written_without_commas_in_numbers() -> None:
    assert set_to({"normalized_shape": (1953, 4)}) == "Set normalized_shape to (1953, 4)"
    assert set_to({"start_dim": -1, "in_features": 4096}) == (
        "Set start_dim to −1 and in_features to 4,096"
    )


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
