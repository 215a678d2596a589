"""The Network page: blocks are shown and edited like layers."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer.network import InputShape, NetworkSpec
from explorer.network.blocks import BLOCKS, Branches, Path, Residual, Sequential
from explorer.network.layers import Conv2d, Flatten, Linear, ReLU, Upsample
from explorer.network.presets import PRESETS
from tests.ui.pages import run, start

SAME = Conv2d(out_channels=4, padding=1)
INPUT = InputShape(channels=4, height=12, width=12)
NESTED = NetworkSpec(
    name="nested",
    input=INPUT,
    layers=(
        SAME,
        Residual(body=(SAME, ReLU())),
        Branches(branches=((SAME,), ())),
        Sequential(layers=(Conv2d(out_channels=8, padding=1),), repeat=2),
        Flatten(),
        Linear(),
    ),
)


def opened(monkeypatch: pytest.MonkeyPatch, spec: NetworkSpec, path: Path) -> AppTest:
    """The page with a network and a layer selected."""
    app = start(monkeypatch, "network")
    app.session_state["carried_network"] = spec
    app.session_state["network_selected"] = path
    return run(app)


def carried(app: AppTest) -> NetworkSpec:
    return app.session_state["carried_network"]


def widget(app: AppTest, kind: str, label: str) -> Any:
    widgets: list[Any] = list(app.get(kind))
    return next(each for each in widgets if each.label == label)


def heading(app: AppTest) -> str:
    """The selected layer, without Markdown's escapes."""
    return app.subheader[0].value.replace("\\", "")


def click(app: AppTest, label: str) -> AppTest:
    return run(widget(app, "button", label).click())


@pytest.mark.parametrize("kind", BLOCKS)
def test_blocks_have_forms(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    block = BLOCKS[kind].model_validate({})
    app = opened(monkeypatch, NESTED.with_layers([block]), (0,))
    assert heading(app).endswith(kind)
    controls = (*app.number_input, *app.selectbox, *app.toggle)
    keys = " ".join(str(control.key) for control in controls)
    for field in block.parameter_fields():
        assert f"network_{kind}_{field}" in keys


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_shown(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    app = opened(monkeypatch, PRESETS[name], (0,))
    assert any("class Network(nn.Module)" in each.value for each in app.code)


def test_a_layer_in_a_block_is_changed_moved_and_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, NESTED, (1, 0))
    assert heading(app) == "block1.body.conv1 · Conv2d"
    run(widget(app, "number_input", "Kernel size").set_value(5))
    assert carried(app).layers[1].body[0].kernel_size == (5, 5)  # pyright: ignore
    click(app, "Undo")
    assert carried(app) == NESTED
    click(app, "Move down")
    assert [node.kind for node in carried(app).layers[1].body] == ["ReLU", "Conv2d"]  # pyright: ignore
    click(app, "Move down")
    assert [node.kind for node in carried(app).layers[:4]] == [
        *("Conv2d", "Residual", "Conv2d", "Branches")
    ]
    click(app, "Duplicate")
    click(app, "Remove")
    click(app, "Remove")
    assert len(carried(app).layers) == 6


def test_blocks_are_wrapped_unwrapped_and_given_branches(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, NESTED, (4,))
    run(widget(app, "number_input", "Layers from here on").set_value(2))
    click(app, "Sequential")
    assert carried(app).layers[4] == Sequential(layers=(Flatten(), Linear()))
    run(widget(app, "number_input", "Repeat").set_value(3))
    assert carried(app).layers[4].repeat == 3  # pyright: ignore
    click(app, "Undo")
    click(app, "Unwrap")
    assert carried(app) == NESTED
    app.session_state["network_selected"] = (2,)
    click(run(app), "Add a branch")
    assert carried(app).layers[2].branches == ((SAME,), (), ())  # pyright: ignore
    run(widget(app, "selectbox", "Join").set_value("add"))
    assert carried(app).layers[2].join == "add"  # pyright: ignore
    click(app, "Remove branch3")
    assert carried(app).layers[2].branches == ((SAME,), ())  # pyright: ignore


def test_sizes_as_words_and_rows_of_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, NESTED, (0,))
    run(widget(app, "selectbox", "Padding, how").set_value("same"))
    assert carried(app).layers[0].padding == "same"  # pyright: ignore
    run(widget(app, "selectbox", "Padding, how").set_value("in numbers"))
    assert carried(app).layers[0].padding == (0, 0)  # pyright: ignore
    app = opened(monkeypatch, NESTED.with_layers([Upsample()]), (0,))
    run(widget(app, "text_input", "Scale factor").set_value("2, 1.5"))
    assert carried(app).layers[0].scale_factor == (2.0, 1.5)  # pyright: ignore
    run(widget(app, "text_input", "Scale factor").set_value("two"))
    assert "is no row of numbers" in app.error[0].value
    run(widget(app, "text_input", "Scale factor").set_value(""))
    assert carried(app).layers[0].scale_factor is None  # pyright: ignore


def test_a_selection_that_is_gone_falls_on_what_is_near(monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(monkeypatch, NESTED, (1, 7, 3))
    assert heading(app) == "block1.body.relu1 · ReLU"
    app = opened(monkeypatch, NESTED, ())
    assert heading(app) == "Input"
