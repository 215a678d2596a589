"""Advice on networks that work, the repairs it offers, and the checklist."""

from random import Random

import pytest

from explorer.network import InputShape, NetworkSpec, edit
from explorer.network.advice import Advice, advice, checklist
from explorer.network.base import LayerSpec
from explorer.network.baseline import fully_connected_baseline
from explorer.network.blocks import Branches, Residual, Sequential
from explorer.network.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Identity,
    Linear,
    MaxPool2d,
    ReLU,
    Sigmoid,
    Softmax,
)
from explorer.network.linear_maps import chains
from explorer.network.presets import PRESETS, TUTORIAL_BASELINE, TUTORIAL_CNN
from explorer.network.repairs import repairs
from explorer.network.shapes import trace
from tests.network.broken import broken_networks


def given(spec: NetworkSpec) -> dict[str, Advice]:
    return {note.title: note for note in advice(spec, trace(spec))}


def network(*layers: LayerSpec, side: int = 12) -> NetworkSpec:
    picture = InputShape(channels=3, height=side, width=side)
    return NetworkSpec(name="n", input=picture, layers=layers)


IN_A_ROW = "Linear maps in a row"
FIELD = "The receptive field is smaller than the picture"
LARGE = "Most parameters are in one Linear layer"


def test_the_tutorial_network_has_linear_maps_in_a_row_and_its_baseline_has_nothing() -> None:
    note = given(TUTORIAL_CNN)[IN_A_ROW]
    assert note.text.startswith("conv3, conv4 and fc1 follow each other")
    assert note.path == (4,)
    assert note.repair and note.repair.title == "Insert ReLU after conv3 and conv4"
    assert IN_A_ROW not in given(note.repair.spec)
    assert given(TUTORIAL_BASELINE) == {}
    assert given(fully_connected_baseline(TUTORIAL_CNN)) == {}


@pytest.mark.parametrize(
    ("name", "titles"),
    [
        ("LeNet-5", {FIELD, LARGE}),
        ("Rock-paper-scissors CNN", {FIELD, LARGE}),
        ("VGG-like CIFAR CNN", {LARGE, "Bias before BatchNorm"}),
        ("ResNet-18 for small pictures", set()),
        ("ResNet-50", set()),
        ("Small DenseNet", set()),
        ("Two layers for CT slices", {IN_A_ROW, FIELD}),
    ],
)
def test_presets_are_advised_sensibly(name: str, titles: set[str]) -> None:
    assert set(given(PRESETS[name])) == titles


def test_every_repair_of_advice_leads_to_a_network_that_works() -> None:
    for spec in PRESETS.values():
        for note in advice(spec, trace(spec)):
            assert any(character.isdigit() for character in note.text)
            if note.repair:
                after = trace(note.repair.spec)
                assert after.failure is None
                again = given(note.repair.spec).get(note.title)
                assert again is None or again.text != note.text


def test_numbers_of_a_large_linear_layer() -> None:
    note = given(PRESETS["Rock-paper-scissors CNN"])[LARGE]
    assert "fc1 has 768,120 of 781,123 parameters, 98 %" in note.text
    assert "16·20·20 = 6,400" in note.text
    assert note.repair and trace(note.repair.spec).parameters == 15_043
    assert "the network has 15,043" in note.text


CONV = Conv2d(out_channels=4, kernel_size=3, padding=1)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ((CONV, ReLU(), CONV), []),
        ((CONV, MaxPool2d(), CONV), []),
        ((CONV, AvgPool2d(), CONV), [((0,), (2,))]),
        ((CONV, BatchNorm2d(), Dropout(), Identity(), CONV), [((0,), (4,))]),
        ((CONV, CONV, CONV), [((0,), (1,), (2,))]),
        ((Sequential(layers=(CONV,), repeat=3),), [((0, 0), (0, 0))]),
        ((Sequential(layers=(CONV, ReLU()), repeat=3),), []),
        ((CONV, Sequential(layers=(CONV,))), [((0,), (1, 0))]),
        ((CONV, Residual(body=(CONV, ReLU())), CONV), [((0,), (1, 0))]),
        ((CONV, Branches(branches=((CONV,), (ReLU(),)))), [((0,), (1, 0, 0))]),
        ((Conv2d(groups=3, out_channels=3), Conv2d(kernel_size=1)), []),
        ((Flatten(), Linear(), Linear()), [((1,), (2,))]),
    ],
)
def test_chains_of_linear_maps(layers: tuple[LayerSpec, ...], expected: list[object]) -> None:
    assert list(chains(layers)) == expected


TAIL = (Flatten(), Linear(out_features=5))


@pytest.mark.parametrize(
    ("last", "title"),
    [
        (Softmax(), "Softmax before the cross-entropy"),
        (ReLU(), "ReLU on the scores"),
        (Sigmoid(), "Sigmoid on the scores"),
        (BatchNorm1d(), "BatchNorm after the last layer"),
    ],
)
def test_what_should_not_follow_the_last_layer(last: LayerSpec, title: str) -> None:
    spec = network(*TAIL, last)
    note = given(spec)[title]
    assert note.path == (2,)
    assert "5" in note.text
    assert note.repair and note.repair.spec == network(*TAIL)
    assert title not in given(network(*TAIL))


def test_a_bias_that_batch_normalisation_takes_away() -> None:
    spec = network(CONV, BatchNorm2d(), ReLU(), *TAIL)
    note = given(spec)["Bias before BatchNorm"]
    assert "conv1: 4 parameters" in note.text
    assert note.repair
    assert trace(spec).parameters - trace(note.repair.spec).parameters == 4
    assert "Bias before BatchNorm" not in given(note.repair.spec)


def test_a_picture_of_one_cell_that_windows_still_slide_over() -> None:
    early = network(Conv2d(kernel_size=12), ReLU(), CONV, ReLU(), *TAIL)
    assert "conv2 see one cell" in given(early)["Only 1×1 is left early"].text
    pooled = network(CONV, ReLU(), AdaptiveAvgPool2d(), Conv2d(kernel_size=1), Flatten())
    assert "Only 1×1 is left early" not in given(pooled)


def test_a_window_in_the_padding_alone() -> None:
    window = MaxPool2d(kernel_size=2, padding=1, dilation=2, stride=2)
    note = given(network(CONV, window, side=1))["A pooling window lies in the padding alone"]
    assert "window 0 of pool1" in note.text
    assert note.repair and "nan" in note.text
    assert given(note.repair.spec).keys().isdisjoint({note.title})
    assert "A pooling window lies in the padding alone" not in given(network(CONV, window))


def test_of_what_fails_nothing_is_advised() -> None:
    for _, spec in broken_networks(Random(3), 2):
        assert advice(spec, trace(spec)) == ()
        assert len(checklist(spec, trace(spec), 10)) == 6
        assert not all(check.ticked for check in checklist(spec, trace(spec)))


def ticks(spec: NetworkSpec, classes: int | None = None) -> list[bool | None]:
    return [check.ticked for check in checklist(spec, trace(spec), classes)]


def test_the_checklist_ticks_itself() -> None:
    lenet = PRESETS["LeNet-5"]
    assert ticks(lenet, 10) == [True] * 6
    assert ticks(lenet, 7) == [True] * 5 + [False]
    assert ticks(lenet) == [True] * 5 + [None]
    assert ticks(TUTORIAL_CNN, 10) == [True, True, True, True, False, True]
    assert ticks(edit.change(lenet, (0,), in_channels=3))[:3] == [False, False, False]
    assert ticks(edit.change(lenet, (3,), in_channels=3))[:3] == [True, False, False]
    without = edit.remove(lenet, (6,))
    assert ticks(without)[2:4] == [False, False]
    assert ticks(repairs(without, trace(without))[0].spec, 10) == [True] * 6
    assert ticks(network())[0] is None
    assert checklist(lenet, trace(lenet), 7)[-1].detail == "10 outputs, 7 classes"
