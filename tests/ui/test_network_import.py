"""The Network page takes code in and gives it out."""

from io import BytesIO
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.network.codegen import source
from explorer.network.presets import PRESETS, TUTORIAL_CNN
from explorer.network.shapes import trace
from explorer.ui.network import importing as network_import
from tests.network.sources import CIFAR_TUTORIAL, LENET_REUSED_POOL
from tests.ui.pages import code, run, start


def _import(app: AppTest, text: str) -> AppTest:
    app.text_area(key="network_import_text").set_value(text)
    return run(app.button(key="network_import_code").click())


def test_pasted_code_becomes_the_network_and_undo_takes_it_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = _import(start(monkeypatch, "network"), LENET_REUSED_POOL)
    kinds = [node.kind for node in app.session_state["carried_network"].layers]
    assert kinds == [node.kind for node in PRESETS["LeNet-5"].layers]
    assert [each.value for each in app.success] and not app.error
    app = run(app.button(key="network_undo").click())
    assert app.session_state["carried_network"] == TUTORIAL_CNN


def test_a_mistake_is_quoted_and_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = LENET_REUSED_POOL.replace("self.conv2(x)", "self.conv3(x)")
    app = _import(start(monkeypatch, "network"), broken)
    assert app.session_state["carried_network"] == TUTORIAL_CNN
    (error,) = [each.value for each in app.error]
    assert "Line 13" in error and "`self.conv3`" in error
    assert any(each.value == "x = self.pool(F.relu(self.conv3(x)))" for each in app.code)
    assert _import(app, LENET_REUSED_POOL).error == []


def test_json_and_ones_own_export_with_its_input(monkeypatch: pytest.MonkeyPatch) -> None:
    preset = PRESETS["Bottleneck block"]
    app = _import(start(monkeypatch, "network"), source(preset))
    assert app.session_state["carried_network"] == preset
    app = _import(app, TUTORIAL_CNN.model_dump_json())
    assert app.session_state["carried_network"] == TUTORIAL_CNN


@pytest.mark.parametrize("text", ["", "{", "{}", "import os", "def", "\0", "💥", "nn.Sequential("])
def test_anything_else_is_an_error_in_place(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    app = _import(start(monkeypatch, "network"), text)
    assert len(app.error) == 1
    assert app.session_state["carried_network"] == TUTORIAL_CNN


@pytest.mark.parametrize("text", ["[[[[", '[{"kind": "ReLU"}', " {'name': 1}"])
def test_broken_json_is_called_that(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    app = _import(start(monkeypatch, "network"), text)
    assert app.error[0].value.startswith("This is not JSON")


def test_a_json_file_is_read_as_json_whatever_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    values: dict[str, Any] = {"carried_network": TUTORIAL_CNN}
    monkeypatch.setattr(st, "session_state", values)
    for name, says in (("net.JSON", "This is not JSON"), ("net.py", "Line 1")):
        file = BytesIO(b"nn.Sequential(")
        file.name = name
        values["upload"] = file
        network_import._opened("upload")
        assert str(values["network_import_outcome"].error).startswith(says)


def test_the_input_comes_with_the_code_and_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    app = _import(start(monkeypatch, "network"), CIFAR_TUTORIAL)
    spec = app.session_state["carried_network"]
    assert spec.input.shape == (3, 32, 32) and trace(spec).failure is None
    assert any("The input is now 3×32×32, not 1×28×28" in each.value for each in app.info)
    assert not app.error
    app = run(app.button(key="network_undo").click())
    assert app.session_state["carried_network"] == TUTORIAL_CNN


def test_three_forms_of_code(monkeypatch: pytest.MonkeyPatch) -> None:
    app = start(monkeypatch, "network")
    assert "class Network(nn.Module)" in code(app)
    assert any("super().__init__()" in each.value for each in app.markdown)
    for form, says in (("nn.Sequential", "model = nn.Sequential("), ("Training script", "epochs")):
        app.button_group(key="network_code_form").set_value(form)
        assert says in code(run(app))
