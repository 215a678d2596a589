"""The form of a layer: a control for every field of every kind, and what they do to the network."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from explorer.network import InputShape, NetworkSpec, edit
from explorer.network.base import LayerSpec
from explorer.network.blocks import BLOCKS, Residual
from explorer.network.layers import (
    GELU,
    KINDS,
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Conv2d,
    Conv3d,
    Unflatten,
    Upsample,
)
from explorer.ui.state import NETWORK


def script() -> None:
    import streamlit as st

    from explorer.network import edit
    from explorer.ui import state
    from explorer.ui.network import edit as network_edit
    from explorer.ui.network.layer_form import layer_form

    layer_form((0,), edit.at(state.network(), (0,)), "layer1", None)
    if network_edit.problem():
        st.error(str(network_edit.problem()))


def form(layer: LayerSpec) -> AppTest:
    input = InputShape(channels=4, height=8, width=8)
    app = AppTest.from_function(script)
    app.session_state[NETWORK] = NetworkSpec(name="one", input=input, layers=(layer,))
    return shown(app)


def shown(what: Any) -> AppTest:
    app: AppTest = what.run()
    assert not app.exception, [each.value for each in app.exception]
    return app


def layer_of(app: AppTest) -> Any:
    return edit.at(app.session_state[NETWORK], (0,))


@pytest.mark.parametrize("kind", [*KINDS, *BLOCKS])
def test_every_field_has_a_control(kind: str) -> None:
    layer = {**KINDS, **BLOCKS}[kind]
    app = form(layer.model_validate({}))
    controls = (app.number_input, app.selectbox, app.toggle, app.slider, app.text_input)
    labels = [control.label for several in controls for control in several]
    for field in layer.parameter_fields():
        label = field.replace("_", " ").capitalize() if len(field) > 1 else field
        assert any(each.split(",")[0] == label for each in labels), (field, labels)


def test_numbers_on_all_axes_and_on_one() -> None:
    app = form(Conv3d())
    app = shown(app.number_input(key="network_Conv3d_kernel_size").set_value(5))
    assert layer_of(app).kernel_size == (5, 5, 5)
    assert "Depth, height and width apart" in [toggle.label for toggle in app.toggle]
    app = shown(app.toggle(key="network_axes_apart").set_value(True))
    app = shown(app.number_input(key="network_Conv3d_kernel_size_depth").set_value(1))
    assert layer_of(app).kernel_size == (1, 5, 5)


def test_padding_in_a_word_and_back() -> None:
    app = form(Conv2d())
    app = shown(app.selectbox(key="network_Conv2d_padding_how").set_value("same"))
    assert layer_of(app).padding == "same"
    app = shown(app.selectbox(key="network_Conv2d_padding_how").set_value("in numbers"))
    app = shown(app.number_input(key="network_Conv2d_padding").set_value(2))
    assert layer_of(app).padding == (2, 2)


def test_choices_and_what_may_be_left_empty() -> None:
    app = form(GELU())
    app = shown(app.selectbox(key="network_GELU_approximate").set_value("tanh"))
    assert layer_of(app).approximate == "tanh"

    app = form(BatchNorm2d())
    app = shown(app.number_input(key="network_BatchNorm2d_momentum").set_value(0.2))
    assert layer_of(app).momentum == 0.2
    app = shown(app.number_input(key="network_BatchNorm2d_momentum").set_value(None))
    assert layer_of(app).momentum is None
    app = shown(app.number_input(key="network_BatchNorm2d_eps").set_value(0.01))
    app = shown(app.number_input(key="network_BatchNorm2d_eps").set_value(None))
    assert layer_of(app).eps == 1e-5

    app = form(Upsample(mode="bilinear"))
    app = shown(app.selectbox(key="network_Upsample_align_corners").set_value(True))
    assert layer_of(app).align_corners is True
    app = shown(app.selectbox(key="network_Upsample_align_corners").set_value(None))
    assert layer_of(app).align_corners is None
    app = shown(app.text_input(key="network_Upsample_scale_factor").set_value("2, 1.5"))
    assert layer_of(app).scale_factor == (2, 1.5)
    app = shown(app.text_input(key="network_Upsample_scale_factor").set_value(""))
    assert layer_of(app).scale_factor is None


def test_an_axis_that_is_kept() -> None:
    app = form(AdaptiveAvgPool2d())
    app = shown(app.text_input(key="network_AdaptiveAvgPool2d_output_size").set_value("-, 3"))
    assert layer_of(app).output_size == (None, 3)
    app = shown(app.text_input(key="network_AdaptiveAvgPool2d_output_size").set_value("2"))
    assert layer_of(app).output_size == (2, 2)


def test_several_numbers_are_typed() -> None:
    app = form(Unflatten())
    sizes = "network_Unflatten_unflattened_size"
    app = shown(app.text_input(key=sizes).set_value("16, 7, 7"))
    assert layer_of(app).unflattened_size == (16, 7, 7)
    app = shown(app.text_input(key=sizes).set_value("16, y"))
    assert layer_of(app).unflattened_size == (16, 7, 7)
    assert "16, y" in app.error[0].value
    for refused in ("0", "1.5", "nan", "1, inf"):
        app = shown(app.text_input(key=sizes).set_value(refused))
        assert layer_of(app).unflattened_size == (16, 7, 7)
        assert app.error
    app = shown(app.text_input(key=sizes).set_value(""))
    assert layer_of(app).unflattened_size == (-1, 1, 1)


def test_a_block_has_controls_for_what_is_not_a_layer() -> None:
    app = form(Residual())
    app = shown(app.selectbox(key="network_Residual_shortcut").set_value("projection"))
    assert layer_of(app).shortcut == "projection"
    assert "PyTorch" not in app.selectbox(key="network_Residual_shortcut").help
