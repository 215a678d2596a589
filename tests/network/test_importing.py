"""Pasted source becomes the network it describes, or is refused on the line to change."""

from typing import Any

import pytest
import torch
from torch import nn

from explorer.errors import ExplorerError
from explorer.network import InputShape, NetworkSpec
from explorer.network.blocks import Branches, Residual
from explorer.network.build import build
from explorer.network.importing import import_source, read_source, stated_input
from explorer.network.importing.errors import SourceError
from explorer.network.presets import PRESETS
from tests.network.sources import BLOCKS, MISTAKES, PRESET_SOURCES, REFUSED

DIGIT = InputShape(channels=1, height=28, width=28)
COLOUR = InputShape(channels=3, height=32, width=32)


def _made(text: str) -> nn.Module:
    """The module of a source that this test wrote."""
    namespace: dict[str, Any] = {"__name__": "pasted"}
    text = "\n".join(line for line in text.splitlines() if not line.startswith(("`", "%")))
    prelude = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"
    prelude += "from collections import OrderedDict\n"
    exec(compile(prelude + text, "pasted.py", "exec"), namespace)
    if isinstance(namespace.get("model"), nn.Module):
        return namespace["model"]
    classes = [value for value in namespace.values() if isinstance(value, type)]
    return [value for value in classes if issubclass(value, nn.Module)][-1]()


def _same_outputs(text: str, spec: NetworkSpec) -> None:
    """With the same weights, copied in order."""
    torch.manual_seed(0)
    written, built = _made(text).eval(), build(spec).eval()
    weights = [value.clone() for value in written.state_dict().values()]
    keys = list(built.state_dict())
    assert len(weights) == len(keys)
    built.load_state_dict(dict(zip(keys, weights, strict=True)))
    pixels = torch.rand(2, *spec.input.shape)
    torch.testing.assert_close(built(pixels), written(pixels), rtol=0, atol=1e-6)


def _kinds(spec: NetworkSpec) -> list[tuple[Any, ...]]:
    """A pool's stride may be left out or say what it is anyway."""
    return [(node.kind, node.windows() or node.summary()) for node in spec.layers]


@pytest.mark.parametrize(("name", "text"), PRESET_SOURCES)
def test_tutorial_idioms_give_the_preset(name: str, text: str) -> None:
    preset = PRESETS[name]
    spec = read_source(text, preset.input)
    assert _kinds(spec) == _kinds(preset)
    _same_outputs(text, spec)


@pytest.mark.parametrize(("kinds", "text"), BLOCKS)
def test_what_meets_again_becomes_a_block(kinds: list[str], text: str) -> None:
    spec = read_source(text, COLOUR)
    assert [node.kind for node in spec.layers] == kinds
    _same_outputs(text, spec)


@pytest.mark.parametrize(("line", "says", "text"), MISTAKES)
def test_mistakes_are_named_with_their_line(line: int, says: str, text: str) -> None:
    with pytest.raises(SourceError) as error:
        read_source(text, DIGIT)
    assert says in str(error.value)
    assert error.value.line == line, str(error.value)
    assert str(error.value).startswith(f"Line {line}: ")


@pytest.mark.parametrize("text", REFUSED)
def test_anything_else_is_refused_and_never_run(text: str) -> None:
    with pytest.raises(ExplorerError) as error:
        read_source(text, DIGIT)
    assert error.value.problem and "Traceback" not in str(error.value)


def test_what_is_never_used_is_a_note() -> None:
    text = "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    text += "        self.fc = nn.Linear(784, 10)\n        self.spare = nn.Linear(1, 2)\n"
    text += "    def forward(self, x):\n        F.relu(x)\n        return self.fc(x.flatten(1))\n"
    imported = import_source(text, DIGIT)
    assert [node.kind for node in imported.spec.layers] == ["Flatten", "Linear"]
    assert [note.line for note in imported.notes] == [5, 7]
    assert "never used" in imported.notes[0].text


def test_log_softmax_at_the_end_is_left_out_with_a_note() -> None:
    text = "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    text += "        self.fc = nn.Linear(784, 10)\n    def forward(self, x):\n"
    text += "        return F.log_softmax(self.fc(x.view(-1, 784)), dim=1)\n"
    imported = import_source(text, DIGIT)
    assert [node.kind for node in imported.spec.layers] == ["Flatten", "Linear"]
    assert "cross-entropy" in imported.notes[0].text


def test_wrong_sizes_stay_for_the_trace_to_show() -> None:
    spec = read_source("nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(16, 4, 3))", COLOUR)
    assert [node.model_dump()["in_channels"] for node in spec.layers] == [None, 16]


def test_a_wrong_view_is_a_note() -> None:
    text = "class Net(nn.Module):\n    def forward(self, x):\n        return x.view(-1, 400)\n"
    imported = import_source(text, DIGIT)
    assert "784 arrive" in imported.notes[0].text and imported.notes[0].line == 3


def test_names_are_kept() -> None:
    spec = read_source(PRESET_SOURCES[0][1], DIGIT)
    assert spec.layer_names[:2] == ("conv1", "relu1")
    text = "nn.Sequential(OrderedDict([('stem', nn.Conv2d(1, 4, 3)), ('bend', nn.ReLU())]))"
    assert read_source(text, DIGIT).layer_names == ("stem", "bend")


def test_blocks_are_residual_and_branches() -> None:
    found = [read_source(text, COLOUR).layers for _, text in BLOCKS]
    nodes = [node for layers in found for node in layers]
    assert any(isinstance(node, Residual) and node.shortcut == "projection" for node in nodes)
    assert any(isinstance(node, Branches) and node.join == "concatenate" for node in nodes)


def test_the_input_an_export_states() -> None:
    assert stated_input("# x: (batch, 1, 28, 28), pixels from 0 to 1") == DIGIT
    assert stated_input("# x: (batch, 0, 28, 28), pixels") is None
    assert stated_input("x = 1") is None
