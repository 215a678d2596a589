"""The figures of a trace, as the Network page writes them."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer.network import NetworkSpec
from explorer.network.blocks import Residual, Sequential
from explorer.network.layers import Conv2d, ConvTranspose2d, MaxPool2d, Upsample
from explorer.network.presets import PRESETS, TUTORIAL_CNN
from explorer.network.receptive_field import AxisField
from explorer.network.shapes import trace
from explorer.ui.network.figures import bytes_text, facts, looks_at, megabytes_text
from explorer.ui.network.view import view_data
from tests.ui.pages import run, start


def plain_spaces(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1 kB"),
        (18_432, "18.4 kB"),
        (99_960, "100 kB"),
        (999_600, "1 MB"),
        (13_202_824, "13.2 MB"),
        (10**18, "1,000 PB"),
    ],
)
def test_bytes(number: float, text: str) -> None:
    assert plain_spaces(bytes_text(number)) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 MB"),
        (4e-6, "0.000004 MB"),
        (0.003136, "0.00314 MB"),
        (553.43, "553 MB"),
        (2e4, "20,000 MB"),
    ],
)
def test_megabytes(number: float, text: str) -> None:
    assert plain_spaces(megabytes_text(number)) == text


def items_of(spec: NetworkSpec) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in view_data(spec, trace(spec), (0,))["items"]}


def test_receptive_fields_memory_and_weights_of_the_tutorial_network() -> None:
    items = items_of(TUTORIAL_CNN)
    assert {name: item["looks"] for name, item in items.items()} == {
        "input": ["", ""],
        "conv1": ["3×3", "every 1, from −1"],
        "pool1": ["4×4", "every 2, from −1"],
        "conv2": ["8×8", "every 2, from −1"],
        "pool2": ["10×10", "every 4, from −3"],
        "conv3": ["10×10", "every 4, from −3"],
        "conv4": ["26×26", "every 4, from −3"],
        "flatten1": ["all", ""],
        "fc1": ["all", ""],
    }
    memory = [plain_spaces(item["memory"]) for item in items.values()]
    assert memory[:5] == ["3.14 kB", "50.2 kB", "12.5 kB", "18.4 kB", "6.27 kB"]
    assert items["conv2"]["weights"] == "weight 32×16×3×3, bias 32"
    assert items["pool1"]["weights"] == ""


def test_axes_that_differ_and_fractions() -> None:
    assert looks_at((AxisField(3, 2, -1), AxisField(5, 1, 0))) == (
        "3×5",
        "every (2, 1), from (−1, 0)",
    )
    assert looks_at((AxisField(2.5, 0.5, -0.001),)) == ("2.5", "every 0.5, from 0")
    spec = TUTORIAL_CNN.with_layers([MaxPool2d(), Upsample(scale_factor=4.0)])
    assert items_of(spec)["up1"]["looks"][1].startswith("every 0.5, from ")


def told(spec: NetworkSpec, name: str) -> dict[str, str]:
    traced = trace(spec)
    row = next(row for row in traced.rows if row.name == name)
    return {fact: plain_spaces(value) for fact, value in facts(row, traced)}


def test_facts_of_a_layer() -> None:
    about = told(TUTORIAL_CNN, "conv2")
    assert about["Weight"] == "32×16×3×3 (out × in × height × width)"
    assert about["Bias"] == "32"
    assert about["Output"] == "32×12×12 = 4,608 values"
    assert about["Memory"] == "18.4 kB for one picture"
    assert about["Looks at"] == "8×8 cells: the receptive field of one unit; the input has 28×28"
    assert about["Jump"].startswith("2:") and about["Offset"].startswith("−1:")
    assert "padding" in about["Offset"]
    assert told(TUTORIAL_CNN, "fc1")["Weight"] == "10×36 (out × in)"
    assert "Jump" not in told(TUTORIAL_CNN, "fc1") and "Weight" not in told(TUTORIAL_CNN, "pool1")
    up = told(TUTORIAL_CNN.with_layers([ConvTranspose2d(name="wider")]), "wider")
    assert up["Weight"].endswith("(in × out × height × width)")


def test_facts_of_a_block_and_of_what_is_repeated() -> None:
    same = Conv2d(out_channels=1, padding=1)
    spec = TUTORIAL_CNN.with_layers([Sequential(layers=(Residual(body=(same,)),), repeat=3)])
    block = told(spec, "block1")
    assert (
        block["Memory"]
        == f"{plain_spaces(bytes_text(3 * 784 * 4))} for the outputs of all layers in it"
    )
    assert told(spec, "block1.0.block1.body.conv1")["Repeated"].startswith("3 times")
    assert items_of(spec)["block1"]["memory"].endswith(" inside")


@pytest.mark.parametrize("name", PRESETS)
def test_every_row_has_facts(name: str) -> None:
    traced = trace(PRESETS[name])
    for row in traced.rows:
        values = dict(facts(row, traced))
        assert values["Output"] and values["Memory"] and values["Looks at"]


def sizes(app: AppTest) -> str:
    return plain_spaces(next(each.value for each in app.markdown if "Training with" in each.value))


def test_the_page_gives_the_sizes_and_the_memory_of_training(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = start(monkeypatch, "network")
    traced = trace(TUTORIAL_CNN)
    assert sizes(app) == (
        "Input 0.00314 MB, forward and backward pass 0.163 MB, parameters 0.0547 MB: 0.221 MB for "
        "one picture. Training with SGD with momentum on batches of 64 pictures takes "
        f"**about {plain_spaces(bytes_text(traced.training_bytes(64)))}**."
    )
    app.number_input(key="network_batch_size").set_value(1)
    app = run(app.selectbox(key="network_optimizer").set_value("adam"))
    about = plain_spaces(bytes_text(traced.training_bytes(1, "adam")))
    assert f"with Adam on batches of 1 picture takes **about {about}**" in sizes(app)
    app.session_state["carried_network"] = TUTORIAL_CNN.with_layers(
        [Conv2d(), Conv2d(in_channels=3)]
    )
    assert sizes(run(app)).startswith("Up to the failure: input 0.00314 MB")
