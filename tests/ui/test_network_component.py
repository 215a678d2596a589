"""The diagram's JavaScript by its own tests under Node, and what it is sent."""

import shutil
import subprocess
from pathlib import Path

import pytest

from explorer.network import NetworkSpec
from explorer.network.blocks import Branches, Residual, Sequential
from explorer.network.layers import Conv2d, Flatten
from explorer.network.presets import PRESETS, TUTORIAL_CNN
from explorer.network.shapes import LayerRow, Trace, trace
from explorer.ui.network.view import view_data

TESTS = Path(__file__).parent / "components" / "network"


def test_layout_of_the_diagram() -> None:
    node = shutil.which("node")
    assert node, "No node on the path: install Debian's package 'nodejs'."
    files = sorted(map(str, TESTS.glob("*.test.js")))
    assert files
    result = subprocess.run([node, "--test", *files], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr


def _once(traced: Trace) -> list[LayerRow]:
    """The rows of nodes, those in repeated blocks the first time."""
    return [row for row in traced.rows if not row.is_repeated and not row.is_shortcut]


@pytest.mark.parametrize("name", PRESETS)
def test_items_are_the_input_and_the_traced_layers(name: str) -> None:
    spec = PRESETS[name]
    traced = trace(spec)
    data = view_data(spec, traced, (0,))
    items = data["items"]
    assert [item["shape"] for item in items] == [
        list(spec.input.shape),
        *(list(row.output_shape) for row in _once(traced)),
    ]
    assert [item["name"] for item in items] == ["input", *(row.name for row in _once(traced))]
    assert [item["role"] for item in items] == [
        "input",
        *["layer"] * (len(items) - 2),
        "output",
    ]
    assert [item["index"] for item in items if item["selected"]] == [0]
    outer = [item for item in items if item["depth"] == 0]
    assert sum(item["parameters"] or 0 for item in outer) == data["totals"]["parameters"]


def test_what_is_in_a_block_stands_below_it_under_a_short_name() -> None:
    same = Conv2d(out_channels=16, padding=1)
    spec = TUTORIAL_CNN.with_layers(
        [
            same,
            Residual(body=(same, Sequential(layers=(same,), repeat=3)), shortcut="projection"),
            Branches(branches=((same,), (Conv2d(kernel_size=9),))),
            same,
        ]
    )
    items = view_data(spec, trace(spec), (1, 1, 0))["items"]
    assert [(item["label"], item["depth"], item["block"], item["role"]) for item in items] == [
        ("input", 0, False, "input"),
        ("conv1", 0, False, "layer"),
        ("block1", 0, True, "layer"),
        ("body.conv1", 1, False, "layer"),
        ("body.block1", 1, True, "layer"),
        ("0.conv1", 2, False, "layer"),
        ("branches1", 0, True, "failed"),
        ("branch1.conv1", 1, False, "layer"),
        ("branch2.conv1", 1, False, "layer"),
        ("conv2", 0, False, "waiting"),
    ]
    assert [item["name"] for item in items if item["selected"]] == ["block1.body.block1.0.conv1"]
    assert items[2]["formula"] == f"{16 * 16 + 2 * 16} of them in the shortcut"
    assert [item["index"] for item in items] == list(range(-1, 9))


def test_blocks_say_how_what_is_in_them_comes_together() -> None:
    same = Conv2d(out_channels=16, padding=1)
    spec = TUTORIAL_CNN.with_layers(
        [
            same,
            Residual(body=(same,), shortcut="projection"),
            Branches(branches=((same,), (), (Sequential(layers=(same,), repeat=3),)), join="add"),
        ]
    )
    data = view_data(spec, trace(spec), (0,))
    fields = ("name", "lists", "list", "join", "shortcut", "repeat")
    assert [tuple(item[field] for field in fields) for item in data["items"]] == [
        ("input", 0, 0, None, None, 1),
        ("conv1", 0, 0, None, None, 1),
        ("block1", 1, 0, None, "projection", 1),
        ("block1.body.conv1", 0, 0, None, None, 1),
        ("branches1", 3, 0, "add", None, 1),
        ("branches1.branch1.conv1", 0, 0, None, None, 1),
        ("branches1.branch3.block1", 1, 2, None, None, 3),
        ("branches1.branch3.block1.0.conv1", 0, 0, None, None, 1),
    ]
    assert data["title"] == "Tutorial CNN"
    assert not any(item["frozen"] for item in data["items"])
    spec = PRESETS["ResNet-18 features, pretrained"]
    frozen = [
        item["kind"] for item in view_data(spec, trace(spec), (0,))["items"] if item["frozen"]
    ]
    assert frozen == ["Pretrained"]


def test_a_failure_is_marked_and_what_follows_waits() -> None:
    spec = TUTORIAL_CNN.with_layers([Conv2d(), Conv2d(in_channels=3), Flatten()])
    data = view_data(spec, trace(spec), (1,))
    assert [item["role"] for item in data["items"]] == ["input", "layer", "failed", "waiting"]
    assert [item["shape"] is None for item in data["items"]] == [False, False, True, True]
    assert "in_channels is 3, but `conv1` gives 16 channels" in data["failure"]["problem"]


def test_windows_are_sent_with_their_gaps_and_plates_are_told_apart() -> None:
    spec: NetworkSpec = TUTORIAL_CNN.with_layers([Conv2d(kernel_size=(3, 2), dilation=(2, 5))])
    item = view_data(spec, trace(spec), (0,))["items"][1]
    assert item["kernel"] == [5, 6]
    assert not item["plate"]
    lenet = PRESETS["LeNet-5"]
    plates = [
        item["name"] for item in view_data(lenet, trace(lenet), (0,))["items"] if item["plate"]
    ]
    assert plates == ["relu1", "relu2", "relu3", "relu4"]
