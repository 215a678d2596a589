"""The diagram's JavaScript by its own tests under Node, and what it is sent."""

import shutil
import subprocess
from pathlib import Path

import pytest

from explorer.network import NetworkSpec
from explorer.network.layers import Conv2d, Flatten
from explorer.network.presets import PRESETS, TUTORIAL_CNN
from explorer.network.shapes import trace
from explorer.ui.network_view import view_data

TESTS = Path(__file__).parent / "components" / "network"


def test_layout_of_the_diagram() -> None:
    node = shutil.which("node")
    assert node, "No node on the path: install Debian's package 'nodejs'."
    result = subprocess.run(
        [node, "--test", str(TESTS / "layout.test.js")], capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("name", PRESETS)
def test_items_are_the_input_and_the_traced_layers(name: str) -> None:
    spec = PRESETS[name]
    traced = trace(spec)
    data = view_data(spec, traced, 0)
    items = data["items"]
    assert [item["shape"] for item in items] == [
        list(spec.input.shape),
        *(list(row.output_shape) for row in traced.rows),
    ]
    assert [item["name"] for item in items] == ["input", *spec.layer_names]
    assert [item["role"] for item in items] == [
        "input",
        *["layer"] * (len(spec.layers) - 1),
        "output",
    ]
    assert [item["index"] for item in items if item["selected"]] == [0]
    assert sum(item["parameters"] or 0 for item in items) == data["totals"]["parameters"]


def test_a_failure_is_marked_and_what_follows_waits() -> None:
    spec = TUTORIAL_CNN.with_layers([Conv2d(), Conv2d(in_channels=3), Flatten()])
    data = view_data(spec, trace(spec), 1)
    assert [item["role"] for item in data["items"]] == ["input", "layer", "failed", "waiting"]
    assert [item["shape"] is None for item in data["items"]] == [False, False, True, True]
    assert "in_channels is 3, but `conv1` gives 16 channels" in data["failure"]["problem"]


def test_windows_are_sent_with_their_gaps_and_plates_are_told_apart() -> None:
    spec: NetworkSpec = TUTORIAL_CNN.with_layers([Conv2d(kernel_size=(3, 2), dilation=(2, 5))])
    item = view_data(spec, trace(spec), 0)["items"][1]
    assert item["kernel"] == [5, 6]
    assert not item["plate"]
    lenet = PRESETS["LeNet-5"]
    plates = [item["name"] for item in view_data(lenet, trace(lenet), 0)["items"] if item["plate"]]
    assert plates == ["relu1", "relu2", "relu3", "relu4"]
